import { execFile } from "node:child_process";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";

const SCRIPT = fileURLToPath(new URL("./debian/restart-when-clear.sh", import.meta.url));

interface Computer {
  /** Whether systemd says that the agent runs. */
  readonly isActive: boolean;
  /** Exit code of `gate lanes --wait-clear`. */
  readonly lanes: number;
}

/** Runs the script on a computer whose systemd and `gate` write down what they are asked. */
async function restarts({ isActive, lanes }: Computer): Promise<{ readonly asked: string[]; readonly out: string }> {
  const folder = await mkdtemp(join(tmpdir(), "restart-when-clear-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const log = join(folder, "asked");
  const command = async (name: string, body: string): Promise<void> => {
    await writeFile(join(folder, name), `#!/bin/sh\necho "${name} $*" >> "${log}"\n${body}\n`);
    await chmod(join(folder, name), 0o755);
  };
  await command("systemctl", `case "$*" in *is-active*) exit ${isActive ? 0 : 3} ;; esac`);
  await command("gate", `exit ${lanes}`);
  const out = await new Promise<string>((resolve, reject) =>
    execFile("/bin/sh", [SCRIPT, "90"], { env: { PATH: `${folder}:/usr/bin:/bin` } }, (error, text) =>
      error ? reject(error) : resolve(text),
    ),
  );
  return { asked: (await readFile(log, "utf8")).trim().split("\n"), out };
}

const IS_ACTIVE = "systemctl --system is-active --quiet gatehouse.service";
const RESTART = "systemctl --system restart gatehouse.service";

it("an upgrade waits for clear lanes before it restarts the agent", async () => {
  const { asked } = await restarts({ isActive: true, lanes: 0 });
  expect(asked).toEqual([IS_ACTIVE, "gate lanes --wait-clear 90", RESTART]);
});

it.each([
  [5, /still in use/],
  [4, /could not be asked/],
])("it restarts in the end, and says what it did not see (gate: %i)", async (lanes, said) => {
  const { asked, out } = await restarts({ isActive: true, lanes });
  expect(asked.at(-1)).toBe(RESTART);
  expect(out).toMatch(said);
});

it("an agent that does not run is started at once", async () => {
  expect((await restarts({ isActive: false, lanes: 0 })).asked).toEqual([IS_ACTIVE, RESTART]);
});

it("is what the package's script calls", async () => {
  const postinst = await readFile(new URL("./debian/postinst", import.meta.url), "utf8");
  expect(postinst).toContain("/usr/lib/gatehouse/restart-when-clear");
  expect(postinst).not.toMatch(/systemctl restart/);
});

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { leanOnSystemNode } from "./system-node.ts";

/** As Debian builds it: Node that can't read types. */
const WITHOUT_TYPES = ["--no-strip-types"];

let release: string;

beforeEach(() => {
  release = join(mkdtempSync(join(tmpdir(), "gatehouse system node ")), "a release");
  const put = (name: string, text: string): void => writeFileSync(join(release, name), text);
  mkdirSync(join(release, "edge"), { recursive: true });
  put("edge/package.json", '{ "type": "module" }');
  put("edge/gate.ts", 'export const word: string = "gate";\n');
  put(
    "edge/main.ts",
    `import { Worker, isMainThread } from "node:worker_threads";
import { word } from "./gate.ts";
interface Lane { readonly id: string }
const lane: Lane = { id: word };
if (isMainThread) new Worker(new URL("./main.ts", import.meta.url));
else console.log(lane.id, process.argv0 !== undefined);
`,
  );
});
afterEach(() => rmSync(join(release, ".."), { recursive: true }));

const start = (...words: string[]): { status: number | null; stdout: string; stderr: string } =>
  spawnSync(join(release, "bin/node"), [...words, join(release, "edge/main.ts")], {
    encoding: "utf8",
    env: { PATH: process.env.PATH, GATEHOUSE_SYSTEM_NODE: process.execPath },
  });

test("sources with types taken out run, also in a thread, on a Node that reads no TypeScript", () => {
  const untouched = spawnSync(process.execPath, [...WITHOUT_TYPES, join(release, "edge/main.ts")]);
  expect(untouched.status).not.toBe(0);
  leanOnSystemNode(release);
  expect(start(...WITHOUT_TYPES)).toMatchObject({ status: 0, stdout: "gate true\n", stderr: "" });
});

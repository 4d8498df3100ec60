import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { wallMs } from "@gatehouse/shared/kit/clock.ts";
import { expect, it, onTestFinished } from "vitest";
import { createLocalApi } from "../local-api.ts";
import { recordedAgent } from "../testing/agent-view.ts";
import { backupFile } from "./backup-files.ts";

it("an agent that starts removes the copies of one that was killed, and nothing else", async () => {
  const directory = await mkdtemp(join(tmpdir(), "gate-backup-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  await writeFile(backupFile(directory, wallMs(1_000)), "half a store");
  await writeFile(join(directory, "backup-4711-99.tmp"), "another half");
  for (const kept of ["gatehouse.db", "backup-of-mine.tmp", "backup-1-2.tmp.keep"])
    await writeFile(join(directory, kept), "");
  const api = createLocalApi({
    view: recordedAgent(directory),
    http: { host: "127.0.0.1", port: 0 },
    socketPath: join(directory, "gate.sock"),
  });
  await api.run();
  await api.stop();
  expect((await readdir(directory)).sort()).toEqual(["backup-1-2.tmp.keep", "backup-of-mine.tmp", "gatehouse.db"]);
});

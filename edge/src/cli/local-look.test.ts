import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { lockStore } from "../store/agent-lock.ts";
import { CommandFailure, EXIT } from "./exit-codes.ts";
import { lookLocally } from "./local-look.ts";

let dataDir: string;
let socketPath: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "gate-look-"));
  socketPath = join(dataDir, "gate.sock");
});
afterEach(() => rmSync(dataDir, { recursive: true }));

const silent = new CommandFailure(EXIT.notReachable, "No agent runs here.");
const ids = (reason = silent): string[] => lookLocally(reason, { socketPath, dataDir }).map(({ id }) => id);

it("says that no agent runs, and nothing else where nothing else is wrong", () => {
  expect(ids()).toEqual(["agent.silent"]);
});

it("finds another agent that holds the store, by its process, and only while it does", () => {
  const lock = lockStore(dataDir, 4_711);
  const found = lookLocally(silent, { socketPath, dataDir }).find(({ id }) => id === "agent.other");
  expect(found?.message).toContain("process 4711");
  expect(found?.advice).toContain("--socket");
  lock.release();
  expect(ids()).toEqual(["agent.silent"]);
});

it("finds a socket with a wrong mode, a person without the right to it, and a data directory that is not there", () => {
  writeFileSync(socketPath, "");
  chmodSync(socketPath, 0o600);
  expect(ids(new CommandFailure(EXIT.notAuthorised, "You may not open it."))).toEqual(["agent.permission", "socket"]);
  const elsewhere = lookLocally(silent, { socketPath: join(dataDir, "none"), dataDir: join(dataDir, "none") });
  expect(elsewhere.map(({ id }) => id)).toEqual(["agent.silent", "agent.data"]);
});

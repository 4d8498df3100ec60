import { execFile } from "node:child_process";
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { serviceManagerOf } from "./service-manager.ts";

const RECEIVER = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1].replace("@", "\\0"))
s.settimeout(8)
print(s.recv(4096).decode())
`;

/** Node has no Unix datagram sockets, so systemd's end is played by Python. */
const hasPython = existsSync("/usr/bin/python3");

it.skipIf(!hasPython)("sends what systemd reads, to a path and to an abstract name", async () => {
  const directory = mkdtempSync(join(tmpdir(), "gatehouse-notify-"));
  for (const address of [join(directory, "notify"), `@gatehouse-test-${process.pid}`]) {
    const failures: string[] = [];
    const manager = serviceManagerOf({ NOTIFY_SOCKET: address }, { pid: 1, onFailure: (why) => failures.push(why) });
    const received = promisify(execFile)("/usr/bin/python3", ["-c", RECEIVER, address]);
    await expect
      .poll(
        () => {
          failures.length = 0;
          manager?.tell("READY=1", "STATUS=up");
          return failures;
        },
        { timeout: 8_000 },
      )
      .toEqual([]);
    expect((await received).stdout).toBe("READY=1\nSTATUS=up\n");
  }
});

it("reports a manager that is gone and goes on", () => {
  const failures: string[] = [];
  const environment = { NOTIFY_SOCKET: "/nowhere/notify" };
  serviceManagerOf(environment, { pid: 1, onFailure: (why) => failures.push(why) })?.tell("READY=1");
  expect(failures[0]).toMatch(/ENOENT/);
});

it("knows whether it is watched (sd_watchdog_enabled)", () => {
  const of = (environment: Record<string, string>) =>
    serviceManagerOf({ NOTIFY_SOCKET: "/n", ...environment }, { pid: 7, onFailure() {} })?.watchdogMs;
  expect(of({ WATCHDOG_USEC: "10000000", WATCHDOG_PID: "7" })).toBe(10_000);
  expect(of({ WATCHDOG_USEC: "10000000" })).toBe(10_000);
  expect(of({ WATCHDOG_USEC: "10000000", WATCHDOG_PID: "8" })).toBeNull();
  expect(of({})).toBeNull();
  expect(serviceManagerOf({}, { pid: 7, onFailure() {} })).toBeNull();
});

import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { SystemCalls } from "../kernel/system-calls.ts";
import { openHardwareWatchdog } from "./hardware-watchdog.ts";

const KEEP_ALIVE = 0x80045705;
const SET_TIMEOUT = 0xc0045706;
const GET_SUPPORT = 0x80285700;

/** A file in place of the device, and a kernel that notes the ioctls; `npm run test:gpio` asks real hardware. */
function bench({ takes = (s: number) => s, magic = true } = {}) {
  const device = join(mkdtempSync(join(tmpdir(), "gatehouse-watchdog-")), "watchdog");
  writeFileSync(device, "");
  const asked: string[] = [];
  const calls: Pick<SystemCalls, "ioctl"> = {
    ioctl(_, request, data) {
      if (request === SET_TIMEOUT) {
        asked.push(`timeout ${data.readInt32LE()}`);
        data.writeInt32LE(takes(data.readInt32LE()));
      } else if (request === KEEP_ALIVE) asked.push("fed");
      else if (request === GET_SUPPORT) data.writeUInt32LE(magic ? 0x8180 : 0x8080);
    },
  };
  const open = (timeoutS: number) =>
    openHardwareWatchdog({
      device,
      timeoutS,
      calls: { ...calls, poll: () => [], lock: () => true, sendDatagram() {} },
    });
  return { open, asked, written: () => readFileSync(device, "utf8") };
}

it("asks for at most 15 s and refuses hardware that takes more (Verifies: SAFE-10)", () => {
  const { open, asked } = bench();
  open(60).stop();
  expect(asked).toEqual(["timeout 15"]);
  expect(() => bench({ takes: () => 60 }).open(10)).toThrow(/it takes 60 s, more than 15 s/);
});

it("is fed by feed alone, and stands down with the magic letter", () => {
  const { open, asked, written } = bench();
  const watchdog = open(10);
  watchdog.feed();
  watchdog.feed();
  expect(asked).toEqual(["timeout 10", "fed", "fed"]);
  expect(written()).toBe("");
  watchdog.stop();
  watchdog.stop();
  watchdog.feed();
  expect(written()).toBe("V");
  expect(asked).toHaveLength(3);
});

it("doesn't write the letter to hardware that would take it for food", () => {
  const { open, written } = bench({ magic: false });
  open(10).stop();
  expect(written()).toBe("");
});

it("says what to do when there is none", () => {
  const calls: SystemCalls = { ioctl() {}, poll: () => [], lock: () => true, sendDatagram() {} };
  expect(() => openHardwareWatchdog({ device: "/dev/no-such-watchdog", timeoutS: 10, calls })).toThrow(
    /There is no watchdog \/dev\/no-such-watchdog/,
  );
});

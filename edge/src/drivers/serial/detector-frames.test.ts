import { serialLoop } from "@gatehouse/shared/contracts/config/site/serial-loop.ts";
import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { describe, expect, it } from "vitest";
import { frameCutter } from "./detector-frames.ts";

/** Takes bytes and gives what was told, `?` for what is no message. */
function read(frame: object, ...pieces: (string | number[])[]): string[] {
  const config = serialLoop.parse({ driver: "serial_loop", id: "d1", path: "/dev/x", frame });
  const seen: string[] = [];
  const cutter = frameCutter(config.frame, new ManualClock(), {
    told: (states) => seen.push([...states].map(([channel, state]) => `${channel}${state[0]}`).join(" ")),
    garbled: () => seen.push("?"),
  });
  for (const piece of pieces) cutter.take(Buffer.from(piece as string, "latin1"));
  return seen;
}

const BYTES = { kind: "bytes", header: "02aa", length: 4, status_at: 2, check: "xor" };
const check = (status: number): number => 0x02 ^ 0xaa ^ status;
const closed = (...channels: number[]): string =>
  [1, 2, 3, 4, 5, 6, 7, 8].map((one) => `${one}${channels.includes(one) ? "c" : "o"}`).join(" ");

describe("lines of a detector", () => {
  it.each([
    ["one channel a line", {}, "1=1\r\n2=0\r\n", ["1c", "2o"]],
    ["several channels", {}, "1=1, 2=0 3=1\n", ["1c 2o 3c"]],
    [
      "a template of its own",
      { template: "L{channel}:{state};", closed: "ON", open: "OFF" },
      "L2:ON; L1:OFF;\r",
      ["2c 1o"],
    ],
    [
      "signs that mean something elsewhere",
      { template: "({channel})*{state}", closed: "+", open: "." },
      "(1)*+\r(1)*.\r",
      ["1c", "1o"],
    ],
    ["half a line", {}, "1=1,2=\r\n1=0,2=0\r\n", ["?", "1o 2o"]],
    ["another state", {}, "1=2\r\n", ["?"]],
    ["noise", {}, "\u0000\u00ff\r\n", ["?"]],
  ])("%s", (_, frame, text, told) => expect(read({ kind: "line", ...frame }, text)).toEqual(told));
});

describe("bytes of a detector", () => {
  it("are a message wherever they are cut", () => {
    const message = [0x02, 0xaa, 0b101, check(0b101)];
    expect(read(BYTES, message.slice(0, 1), message.slice(1, 3), message.slice(3))).toEqual([closed(1, 3)]);
  });

  it("are no message when the check is wrong, and the next one counts", () => {
    expect(read(BYTES, [0x02, 0xaa, 1, 0x00, 0x02, 0xaa, 2, check(2)])).toEqual(["?", "?", closed(2)]);
  });

  it("may hold the header in their data", () => {
    const frame = { ...BYTES, header: "02", length: 3, status_at: 1 };
    expect(read(frame, [0x02, 0x02, 0x00, 0x02, 0x01, 0x03])).toEqual([closed(2), closed(1)]);
  });

  it("count the other way round where a set bit is an open contact", () => {
    const frame = { ...BYTES, check: "none", length: 3, set_is: "open" };
    expect(read(frame, [0x02, 0xaa, 0b10])).toEqual([closed(1, 3, 4, 5, 6, 7, 8)]);
  });
});

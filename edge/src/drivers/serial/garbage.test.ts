import { readers } from "@gatehouse/shared/contracts/config/site/readers.ts";
import { serialLoop } from "@gatehouse/shared/contracts/config/site/serial-loop.ts";
import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_SCAN_CODE } from "../../ports/reader/reader-port.ts";
import { ApduCutter, MAX_APDU_BYTES, readStatus } from "../zvt/zvt-codec.ts";
import { frameCutter } from "./detector-frames.ts";
import { StatusCutter } from "./escpos-status.ts";
import { LineCutter } from "./line-cutter.ts";
import { readLine } from "./read-line.ts";

/* What a broken, foreign or hostile device sends: nothing throws, and nothing but printable codes of known length comes out. */

const chunks = fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 20 });

describe("garbage on a serial line", () => {
  it("makes a reader give printable codes of bounded length, or nothing", () => {
    const kinds = fc.constantFrom("code", "card", "pin");
    const formats = fc.constantFrom("text", "uid", "wiegand26");
    fc.assert(
      fc.property(chunks, kinds, formats, fc.boolean(), (bytes, reads, card_format, aim) => {
        const [config] = readers.parse([
          { driver: "serial_lines", id: "r", path: "/dev/x", reads, card_format, aim, buttons: { help: "B" } },
        ]);
        if (config?.driver !== "serial_lines") throw new Error("not the reader of this test");
        const cutter = new LineCutter({
          clock: new ManualClock(),
          ends: [0x0d, 0x0a],
          maxBytes: MAX_SCAN_CODE,
          gap: { ms: 0, means: "end" },
          line: (line) => {
            const read = readLine(line, config);
            if (!read.ok || read.value.kind === "press") return;
            expect(read.value.scan.code).toMatch(/^[\x20-\x7e]{1,512}$/);
          },
          tooLong: () => {},
        });
        for (const chunk of bytes) cutter.take(chunk);
      }),
    );
  });

  it("makes a detector tell channels, or nothing", () => {
    const frames = fc.constantFrom(
      { kind: "line" },
      { kind: "bytes", header: "02", length: 3, status_at: 1, check: "xor" },
      { kind: "bytes", header: "0202", length: 32, status_at: 30, check: "sum" },
    );
    fc.assert(
      fc.property(chunks, frames, (bytes, frame) => {
        const config = serialLoop.parse({ driver: "serial_loop", id: "d", path: "/dev/x", frame });
        const cutter = frameCutter(config.frame, new ManualClock(), {
          told: (states) => expect(states.size).toBeGreaterThan(0),
          garbled: () => {},
        });
        for (const chunk of bytes) cutter.take(chunk);
      }),
    );
  });

  it("makes a printer's statuses of their own length, or nothing", () => {
    fc.assert(
      fc.property(chunks, fc.boolean(), (bytes, full) => {
        const cutter = new StatusCutter(full);
        for (const message of bytes.flatMap((chunk) => cutter.take(chunk)))
          if ("bytes" in message) expect(message.bytes).toHaveLength(4);
      }),
    );
  });
});

describe("garbage from a terminal", () => {
  it("is cut into messages of bounded length, or the line is given up", () => {
    fc.assert(
      fc.property(chunks, (bytes) => {
        const cutter = new ApduCutter();
        for (const chunk of bytes) {
          const found = cutter.take(chunk);
          for (const apdu of found) if (apdu) expect(apdu.data.length).toBeLessThanOrEqual(MAX_APDU_BYTES);
          if (found.includes(null)) return;
        }
      }),
    );
  });

  it("is no approval unless a whole status information says so", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (data) => {
        const status = readStatus(data);
        if (status?.result !== 0) return;
        expect(Buffer.from(data).includes(Buffer.from([0x27, 0x00]))).toBe(true);
      }),
    );
  });
});

import { SerialReader } from "@gatehouse/edge/drivers/serial/serial-reader.ts";
import { type ReaderBench, readerConformance } from "@gatehouse/edge/ports/reader/conformance.ts";
import type { ReaderEvent } from "@gatehouse/edge/ports/reader/reader-port.ts";
import { soon } from "@gatehouse/edge/ports/testing/soon.ts";
import { readers, type SerialLinesConfig } from "@gatehouse/shared/contracts/config/site/readers.ts";
import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { systemRandom } from "@gatehouse/shared/kit/random.ts";
import { afterEach, expect, it } from "vitest";
import { SerialLine } from "./pty.ts";

const benches: ReaderBench[] = [];

afterEach(async () => {
  for (const bench of benches.splice(0)) await bench.end();
});

interface Wired extends ReaderBench {
  readonly line: SerialLine;
  readonly reader: SerialReader;
}

function wire(config: object, frame: (code: string) => string = (code) => `${code}\r\n`): Wired {
  const line = new SerialLine(() => {});
  const clock = new ManualClock();
  const [parsed] = readers.parse([{ driver: "serial_lines", id: "r1", path: line.path, reads: "code", ...config }]);
  const reader = new SerialReader({ config: parsed as SerialLinesConfig, clock, random: systemRandom });
  const bench: Wired = {
    line,
    reader,
    port: reader,
    show: (code) => line.write(frame(code)),
    unplug: () => line.unplug(),
    plug: () => line.plug(),
    wait: (ms) => clock.advance(ms),
    end: async () => {
      await reader.close();
      line.close();
    },
  };
  benches.push(bench);
  return bench;
}

readerConformance("serial lines", async () => wire({}));
readerConformance("serial lines with AIM id, prefix and suffix", async () =>
  wire({ prefix: "#", suffix: ";", aim: true }, (code) => `#]Q1${code};\r`),
);

async function connected(bench: Wired): Promise<ReaderEvent[]> {
  const seen: ReaderEvent[] = [];
  bench.port.watch((event) => seen.push(event));
  await soon(() => bench.port.health().connected).toBe(true);
  return seen;
}

it("reads nothing from noise and an endless line, says so, and goes on", async () => {
  const bench = wire({});
  const seen = await connected(bench);
  bench.line.write(Buffer.from([0x00, 0x81, 0xff, 0x0d]));
  await soon(() => bench.port.health().lastFault?.code).toBe("not_printable");
  bench.line.write("x".repeat(2_000));
  await soon(() => bench.port.health().lastFault?.message).toMatch(/longer than 512/);
  bench.line.write("\rABC\r");
  await soon(() => seen).toEqual([{ kind: "scan", scan: { medium: "qr", code: "ABC" } }]);
});

it("does not make one code of two halves when the cable is pulled in between", async () => {
  const bench = wire({});
  const seen = await connected(bench);
  // The fault of the first line shows that the half behind it was taken in too.
  bench.line.write("\x00\rHALF");
  await soon(() => bench.port.health().lastFault?.code).toBe("not_printable");
  bench.unplug();
  await soon(() => bench.port.health().connected).toBe(false);
  expect(bench.port.health().lastFault?.message).toMatch(/is gone; plug the device in again/);
  bench.plug();
  bench.wait(20_000);
  await soon(() => bench.port.health().connected).toBe(true);
  bench.show("WHOLE");
  await soon(() => seen).toEqual([{ kind: "scan", scan: { medium: "qr", code: "WHOLE" } }]);
});

it("takes a PIN typed key by key, its end key, and buttons at its inputs", async () => {
  const bench = wire({ reads: "pin", buttons: { help: "BELL" } });
  const seen = await connected(bench);
  for (const key of "99*4711#") bench.line.write(key);
  bench.line.write("BELL\r");
  await soon(() => seen).toEqual([
    { kind: "scan", scan: { medium: "pin", code: "4711" } },
    { kind: "press", button: "help" },
  ]);
});

it("says what is wrong with a path that leads nowhere, and comes up when the device is plugged in", async () => {
  const bench = wire({});
  await soon(() => bench.port.health().connected).toBe(true);
  bench.unplug();
  await soon(() => bench.port.health().connected).toBe(false);
  bench.wait(1_000);
  await soon(() => bench.port.health().lastFault?.message).toMatch(/There is no .*plug the device in/);
});

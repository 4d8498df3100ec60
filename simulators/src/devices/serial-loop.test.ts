import { SerialLoopBoard } from "@gatehouse/edge/drivers/serial/serial-loop-board.ts";
import { soon } from "@gatehouse/edge/ports/testing/soon.ts";
import { serialLoop } from "@gatehouse/shared/contracts/config/site/serial-loop.ts";
import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { systemRandom } from "@gatehouse/shared/kit/random.ts";
import { afterEach, describe, expect, it } from "vitest";
import { SerialLine } from "./pty.ts";

const ASK = 0x05;
const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** A detector with four loops at a real serial line; it answers when it is asked, or tells by itself. */
function wire(frame: object, ask?: string) {
  const loops = [false, false, false, false];
  let asks = 0;
  const bits = (): number => loops.reduce((sum, on, at) => sum | (on ? 1 << at : 0), 0);
  const line = new SerialLine((bytes) => {
    for (const byte of bytes) {
      if (byte !== ASK) continue;
      asks++;
      line.write(Uint8Array.of(0x02, bits(), 0x02 ^ bits()));
    }
  });
  const tell = (): void => line.write(`${loops.map((on, at) => `${at + 1}=${on ? 1 : 0}`).join(",")}\r\n`);
  const clock = new ManualClock();
  const config = serialLoop.parse({ driver: "serial_loop", id: "d1", path: line.path, frame, ...(ask ? { ask } : {}) });
  const board = new SerialLoopBoard({ config, inputs: [1, 3], clock, random: systemRandom });
  const seen: string[] = [];
  board.watch({
    sample: (channel, state) => seen.push(`${channel}=${state}`),
    holds: () => seen.push("holds"),
    lost: () => seen.push("lost"),
  });
  ends.push(async () => {
    await board.close();
    line.close();
  });
  return { line, board, clock, seen, tell, loops, asked: () => asks };
}

type Wired = ReturnType<typeof wire>;

async function until({ clock }: Wired, check: () => boolean, stepMs: number, act = (): void => {}): Promise<void> {
  await soon(() => {
    clock.advance(stepMs);
    act();
    return check();
  }).toBe(true);
}

const BYTES = { kind: "bytes", header: "02", length: 3, status_at: 1, check: "xor" };

describe("a loop detector on a serial line", () => {
  it("is asked in its rounds and tells each used loop, each change, and confirmations", async () => {
    const bench = wire(BYTES, "05");
    await until(bench, () => bench.seen.includes("holds"), 25);
    expect(bench.seen.slice(0, 3)).toEqual(["1=open", "3=open", "holds"]);
    bench.loops[0] = true;
    bench.loops[1] = true;
    await until(bench, () => bench.seen.includes("1=closed"), 25);
    expect(bench.seen.filter((one) => one.startsWith("2") || one.startsWith("3"))).toEqual(["3=open"]);
    expect(bench.asked()).toBeGreaterThan(1);
  });

  it("tells by itself, and is lost when it falls silent (Verifies: SAFE-03)", async () => {
    const bench = wire({ kind: "line" });
    await until(bench, () => bench.board.health().ok, 0, bench.tell);
    expect(bench.seen.at(-1)).toBe("holds");
    await until(bench, () => bench.seen.at(-1) === "lost", 100);
    expect(bench.board.health()).toMatchObject({ ok: false, why: expect.stringMatching(/tells nothing any more/) });
    const lost = bench.seen.length;
    await until(bench, () => bench.board.health().ok, 0, bench.tell);
    expect(bench.seen.slice(lost, lost + 3)).toEqual(["1=open", "3=open", "holds"]);
  });

  it("is lost at once when it is unplugged, tells all anew when it is back, and counts its rounds meanwhile (Verifies: SAFE-03, SAFE-10)", async () => {
    const bench = wire(BYTES, "05");
    await until(bench, () => bench.board.health().ok, 25);
    bench.line.unplug();
    await until(bench, () => bench.seen.at(-1) === "lost", 0);
    const round = bench.board.sampledAt();
    bench.clock.advance(25);
    expect(bench.board.sampledAt()).not.toBe(round);
    bench.line.plug();
    await until(bench, () => bench.board.health().ok, 100);
    expect(bench.seen.slice(bench.seen.indexOf("lost") + 1, bench.seen.indexOf("lost") + 3)).toEqual([
      "1=open",
      "3=open",
    ]);
  });

  it("is lost when it falls silent before it has told of every loop (Verifies: SAFE-03, SAFE-15)", async () => {
    const bench = wire({ kind: "line" });
    await until(
      bench,
      () => bench.seen.includes("1=open"),
      0,
      () => bench.line.write("1=0\r\n"),
    );
    await until(bench, () => bench.seen.at(-1) === "lost", 100);
    expect(bench.board.health()).toMatchObject({ ok: false, why: expect.stringMatching(/tells nothing any more/) });
  });

  it("never confirms loops that it does not tell of", async () => {
    const bench = wire({ kind: "line" });
    await until(
      bench,
      () => bench.seen.includes("1=open"),
      0,
      () => bench.line.write("1=0\r\n"),
    );
    for (let line = 0; line < 5; line++) bench.line.write("1=0\r\n");
    bench.line.write("1=1\r\n");
    await until(bench, () => bench.seen.includes("1=closed"), 0);
    expect(bench.seen).not.toContain("holds");
  });

  it("has no outputs", () => {
    const { board } = wire(BYTES, "05");
    expect(board.energise()).toEqual({ ok: false, error: "unknown_channel" });
    expect(board.release()).toEqual({ ok: false, error: "unknown_channel" });
  });
});

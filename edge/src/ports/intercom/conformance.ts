import { describe, expect, it } from "vitest";
import { soon } from "../testing/soon.ts";
import type { CallEvent, IntercomPort } from "./intercom-port.ts";

export interface IntercomBench {
  readonly port: IntercomPort;
  /** Ids of the calls that ring or talk at the far side. */
  open(): readonly string[];
  answer(callId: string): void;
  hangUp(callId: string): void;
  unplug(): void;
  /** Time passes on the driver's clock. */
  wait(ms: number): void;
  end(): Promise<void>;
}

/** What every intercom driver must do; see the contract in intercom-port.ts. */
export function intercomConformance(driver: string, make: () => Promise<IntercomBench>): void {
  describe(`intercom port: ${driver}`, () => {
    const withBench = async (check: (bench: IntercomBench, events: CallEvent[]) => Promise<void>): Promise<void> => {
      const bench = await make();
      const events: CallEvent[] = [];
      bench.port.watch((event) => events.push(event));
      try {
        await check(bench, events);
      } finally {
        await bench.end();
      }
    };
    const until = <Value>(bench: IntercomBench, look: () => Value): ReturnType<typeof expect.poll<Value>> =>
      soon(() => {
        bench.wait(2_000);
        return look();
      });
    const states = (events: readonly CallEvent[]): readonly string[] =>
      events.map(({ callId, state }) => `${callId} ${state}`);

    it("rings, is answered and ends, each told once", () =>
      withBench(async (bench, events) => {
        expect(bench.port.call({ callId: "c1", reason: "help" })).toEqual({ ok: true, value: undefined });
        await until(bench, () => states(events)).toEqual(["c1 ringing"]);
        bench.answer("c1");
        await until(bench, () => states(events)).toEqual(["c1 ringing", "c1 answered"]);
        bench.hangUp("c1");
        await until(bench, () => states(events)).toEqual(["c1 ringing", "c1 answered", "c1 ended"]);
      }));

    it("has one call at a time, and hangs up when it is told to", () =>
      withBench(async (bench, events) => {
        bench.port.call({ callId: "c1", reason: "help" });
        expect(bench.port.call({ callId: "c2", reason: "help" })).toEqual({ ok: false, error: "busy" });
        await until(bench, () => bench.open()).toEqual(["c1"]);
        await until(bench, () => states(events)).toEqual(["c1 ringing"]);
        bench.port.end("other");
        bench.port.end("c1");
        await until(bench, () => bench.open()).toEqual([]);
        expect(states(events)).toEqual(["c1 ringing", "c1 ended"]);
        expect(bench.port.call({ callId: "c2", reason: "help" }).ok).toBe(true);
      }));

    it("comes to an end when the far side is gone", () =>
      withBench(async (bench, events) => {
        bench.port.call({ callId: "c1", reason: "help" });
        await until(bench, () => states(events)).toEqual(["c1 ringing"]);
        bench.unplug();
        await until(bench, () => states(events)).toEqual(["c1 ringing", "c1 failed"]);
        expect(bench.port.health().connected).toBe(false);
      }));
  });
}

import { describe, expect, it } from "vitest";
import type { SampleSink } from "./sample-sink.ts";

/** A driver of inputs with its hardware in the hands of the test. */
export interface SamplingBench<Name extends string, Signal extends string> {
  watch(sink: SampleSink<Name, Signal>): () => void;
  set(name: Name, signal: Signal): void;
  confirm(): void;
  unplug(): void;
}

/** What every driver of inputs must do, whatever its inputs are called. */
export function samplingConformance<Name extends string, Signal extends string>(
  driver: string,
  inputs: { readonly names: readonly Name[]; readonly signals: readonly Signal[] },
  make: () => SamplingBench<Name, Signal>,
): void {
  describe(driver, () => {
    const record = (bench: SamplingBench<Name, Signal>): { seen: string[]; end: () => void } => {
      const seen: string[] = [];
      const end = bench.watch({
        sample: (name, signal) => seen.push(`${name}=${signal}`),
        holds: () => seen.push("holds"),
        lost: () => seen.push("lost"),
      });
      return { seen, end };
    };

    it("says nothing before its hardware does: silence is unknown (Verifies: SAFE-03)", () => {
      expect(record(make()).seen).toEqual([]);
    });

    it("passes every signal of every input on as it is (Verifies: SAFE-08)", () => {
      const bench = make();
      const { seen } = record(bench);
      for (const name of inputs.names) for (const signal of inputs.signals) bench.set(name, signal);
      expect(seen).toEqual(inputs.names.flatMap((name) => inputs.signals.map((signal) => `${name}=${signal}`)));
    });

    it("tells confirmations and loss apart, to every watcher, until it is told to stop", () => {
      const bench = make();
      const one = record(bench);
      const two = record(bench);
      bench.confirm();
      one.end();
      bench.unplug();
      expect(one.seen).toEqual(["holds"]);
      expect(two.seen).toEqual(["holds", "lost"]);
    });
  });
}

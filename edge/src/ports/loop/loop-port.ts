import type { LoopName, LoopSignal } from "@gatehouse/shared/contracts/edge/io-socket.ts";
import type { SampleSink } from "../sample-sink.ts";

/**
 * The vehicle detectors of one lane. A detector that re-tunes, restarts or contradicts itself says `fault` or `unknown`,
 * never `clear`. One that lost power, or was tuned anew, says `restarted` before anything else: it does not see a vehicle
 * that stands on its loop already (SAFE-15).
 *
 * Fail-safe: before the first sample and after `lost` a loop is unknown, and unknown counts as a vehicle (SAFE-03).
 */
export interface LoopPort {
  /** Reports each change and each confirmation; returns what ends it. */
  watch(sink: SampleSink<LoopName, LoopSignal>): () => void;
}

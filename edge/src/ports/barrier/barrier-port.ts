import type { LimitName } from "@gatehouse/shared/contracts/edge/io-socket.ts";
import type { Result } from "@gatehouse/shared/kit/result.ts";
import type { SampleSink } from "../sample-sink.ts";

export type Relay = "up" | "down";

/** `not_connected`: nobody takes the output. `io_failed`: the board refused or did not answer. */
export type BarrierError = "not_connected" | "io_failed";

/**
 * The two relays and two limit inputs of one barrier.
 *
 * Fail-safe: both relays are off before the first command, after `allOff`, and whenever the process that holds the driver
 * is gone; a board with a timed pulse of its own is given `atMostMs`, so that it lets go even when nobody tells it to
 * (SAFE-09, SAFE-11). A driver never turns a relay on by itself and never both; which one is right is not its business.
 *
 * An `ok` of `energise` says that the board has taken the command, not that the contact moved. What it then does not carry
 * out is told as lost; what was refused or lost is over for the driver, and comes again only when the guard asks again.
 */
export interface BarrierPort {
  /**
   * Turns a relay on for at most `atMostMs` ms from now. Refused with `io_failed` while the other one is on; accepted, and
   * put off, while the other one's end is not confirmed or was less than 200 ms ago (SAFE-01).
   */
  energise(relay: Relay, atMostMs: number): Result<void, BarrierError>;
  /** Turns a relay off; off stays off. */
  release(relay: Relay): Result<void, BarrierError>;
  /**
   * The controller's own hold-open input, left out where it has none. On for at most `atMostMs`, and renewed by the guard
   * while the arm is to stay up; off lets the controller obey `down` again.
   */
  readonly hold?: (on: boolean, atMostMs: number) => Result<void, BarrierError>;
  /**
   * Tells each relay whose board has gone, once for each time, whether it was on or not, and each whose order was accepted
   * and then not carried out, or for less than half of its time. Also from within `release`. Returns what ends it.
   */
  onRelayLost(listener: (relay: Relay) => void): () => void;
  /** Turns all of it off, whatever else is broken. Never throws. */
  allOff(): void;
  /** Reports the limit inputs of the barrier's own controller; returns what ends it. */
  watchLimits(sink: SampleSink<LimitName, boolean>): () => void;
}

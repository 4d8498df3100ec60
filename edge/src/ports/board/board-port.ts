import type { Channel, ContactState } from "@gatehouse/shared/contracts/config/site/points.ts";
import type { MonoMs } from "@gatehouse/shared/kit/clock.ts";
import type { Result } from "@gatehouse/shared/kit/result.ts";
import type { SampleSink } from "../sample-sink.ts";

/**
 * `not_connected`: the board is not there now. `unknown_channel`: the site doesn't use this channel of the board.
 * `io_failed`: the board or the kernel refused, or too much waits for it already.
 */
export type BoardError = "not_connected" | "unknown_channel" | "io_failed";

/** Longest time that an output may be asked to stay on, ms; `until_released` is for lights and holds, which harm nobody. */
export type OnFor = number | "until_released";

/**
 * A board of relays and contacts: one GPIO chip, one Modbus board. It is opened once and shared by the lanes that have
 * points on it; it knows channels, and neither lanes nor what a channel is for.
 *
 * A driver is made with the channels that the site uses (`BoardUse`) and must
 *
 * - put every used output to off as its first word to the hardware, before it reads an input, each time that the board is
 *   found (SAFE-09); an output that the site doesn't use is not touched;
 * - answer commands at once; a board at the end of a line is told in the background, and what it then does not take
 *   counts as its loss (below);
 * - turn an output off after `onFor` ms by itself, and tell the board to do so where the board has a timed pulse of its
 *   own, so that it lets go also when this process is dead (SAFE-11); an earlier energise is replaced by a later one;
 * - report what flows in a contact's circuit (`closed`, `open`), never what it means;
 * - tell a change of an input as soon as it is known, and `holds` after every round in which all inputs were read and none
 *   had changed; a round that ended with a change tells `holds` too, after the changes;
 * - tell `lost` once when the hardware no longer answers, tell nothing until it answers again, and then every input anew;
 * - move `sampledAt` with each ended round, successful or not: it shows that the driver lives, not that the board does
 *   (SAFE-10).
 */
export interface BoardPort {
  /** Name of the board in the site file. */
  readonly id: string;
  /**
   * The board is itself the detector of the loops at its inputs: when it is lost it may be its power that is gone, and then
   * it does not see a vehicle that stands there (SAFE-15). Left out: false.
   */
  readonly isDetector?: boolean;
  /** Turns an output on. */
  energise(output: Channel, onFor: OnFor): Result<void, BoardError>;
  /** Turns an output off; off stays off, and a board that is away is told as soon as it is back. */
  release(output: Channel): Result<void, BoardError>;
  /**
   * Tells each output as soon as the board has confirmed what it is now, those that it put off when it was found too; an
   * order that was accepted and is never confirmed was not carried out. A listener that comes late first gets what is known.
   * Returns what ends it.
   */
  onSwitched(listener: (output: Channel, on: boolean) => void): () => void;
  /** Every used output off, whatever else is broken. Never throws. */
  allOff(): void;
  /**
   * Reports every used input. A watcher that comes late first gets each input as it was last read, if the board is there.
   * Returns what ends it.
   */
  watch(sink: SampleSink<Channel, ContactState>): () => void;
  /** When the last round of sampling ended, successful or not; null before the first. */
  sampledAt(): MonoMs | null;
  /** Whether the board answers now, and else what is wrong and what to look at: words to follow "Board x: ". */
  health(): BoardHealth;
  /** Outputs off, told to the board if it is there; then everything is let go. May be called more than once. */
  close(): Promise<void>;
}

export type BoardHealth = { readonly ok: true } | { readonly ok: false; readonly why: string };

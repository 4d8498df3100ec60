import type { Hello } from "../contracts/mqtt/link.ts";
import type { Batch } from "./batch.ts";
import { chainHashes, ZERO_HASH } from "./hash-chain.ts";

/** Where the receiver stands with one device: all of 1..cursor of `epoch` is committed, and `hash` is H(cursor). */
export interface StreamPosition {
  readonly epoch: number;
  readonly cursor: number;
  readonly hash: string;
}

/** A place in a store's history: H(n) stands for all that it has written up to number n. */
export interface Mark {
  readonly n: number;
  readonly hash: string;
}

const ORIGIN: Mark = { n: 0, hash: ZERO_HASH };

/**
 * What a receiver does with a batch. Everything but `apply` changes nothing.
 *
 * - `apply`: `lines` are those beyond the cursor, the first of them is number `first`; `hashes[i]` is H after `lines[i]`;
 *   `position` is to be committed in the same transaction as they are (SYNC-03).
 * - `duplicate`: all of it is applied already; the same confirmation goes out again.
 * - `gap`: something before it is missing; ask for `expect` (SYNC-04).
 * - `fork`: number `at` or one before it came with another content earlier; the stream stops (SYNC-04).
 * - `stale_epoch`: the epoch has ended; refused for good (SYNC-07).
 */
export type CursorVerdict =
  | {
      readonly kind: "apply";
      readonly first: number;
      readonly lines: readonly string[];
      readonly hashes: readonly string[];
      readonly position: StreamPosition;
    }
  | { readonly kind: "duplicate" }
  | { readonly kind: "gap"; readonly expect: number }
  | { readonly kind: "fork"; readonly at: number }
  | { readonly kind: "stale_epoch"; readonly current: number };

/** The position of a device in an epoch of which nothing has come yet; it begins after `after`. */
export function startOfEpoch(epoch: number, after: Mark = ORIGIN): StreamPosition {
  return { epoch, cursor: after.n, hash: after.n === 0 ? ZERO_HASH : after.hash };
}

/**
 * The number whose stored H `judgeBatch` needs beside the position, or null when it needs none: the last event of a batch
 * that lies wholly below the cursor.
 */
export function overlapOf(position: StreamPosition, { header }: Batch): number | null {
  if (header.epoch !== position.epoch) return null;
  const last = header.first + header.count - 1;
  return last < position.cursor ? last : null;
}

/**
 * The receiver's rule for one batch (SYNC-03, SYNC-04). `storedHash` is H at `overlapOf(position, batch)` as it was
 * committed; without it (null: no longer kept) an old repeat counts as a duplicate unread.
 * A higher epoch than the position's, in which no hello has come, can only start at number 1.
 */
export function judgeBatch(held: StreamPosition, batch: Batch, storedHash: string | null): CursorVerdict {
  const { header, lines } = batch;
  if (header.epoch < held.epoch) return { kind: "stale_epoch", current: held.epoch };
  const position = header.epoch > held.epoch ? startOfEpoch(header.epoch) : held;
  if (header.first > position.cursor + 1) return { kind: "gap", expect: position.cursor + 1 };

  const hashes = chainHashes(header.previous_hash, lines);
  const last = header.first + lines.length - 1;
  const known = Math.min(position.cursor, last);
  const committed = known === position.cursor ? position.hash : storedHash;
  const offered = known < header.first ? header.previous_hash : hashes[known - header.first];
  if (committed !== null && offered !== committed) return { kind: "fork", at: known };
  if (last <= position.cursor) return { kind: "duplicate" };

  const skip = position.cursor + 1 - header.first;
  return {
    kind: "apply",
    first: position.cursor + 1,
    lines: lines.slice(skip),
    hashes: hashes.slice(skip),
    position: { epoch: header.epoch, cursor: last, hash: hashes[hashes.length - 1] ?? header.previous_hash },
  };
}

/** Where a sender says it stands when it connects. */
export interface SenderPosition {
  readonly epoch: number;
  readonly lastN: number;
  readonly lastHash: string;
  /** Its store is new, restored or reset: it asks for an epoch that nobody has used. */
  readonly wantsEpoch?: boolean;
  /**
   * What it knows to be confirmed, in whatever epoch, and what stands before the first event that it still keeps. An edge
   * before protocol version 5 tells neither, and numbers what it sends in a new epoch from 1.
   */
  readonly confirmed?: Mark;
  readonly kept?: Mark;
}

/** What a hello says of where its sender stands. */
export function senderOf(hello: Hello): SenderPosition {
  const { epoch, last_n: lastN, last_hash: lastHash, wants_epoch, confirmed, kept } = hello;
  const marks = { ...(confirmed && { confirmed }), ...(kept && { kept }) };
  return { epoch, lastN, lastHash, wantsEpoch: wants_epoch === true, ...marks };
}

/** The receiver's side at a hello. */
export interface ReceiverPosition extends StreamPosition {
  /** The cursor with which the epoch began; left out: 0. While the cursor stands there, nothing of the epoch has come. */
  readonly startN?: number;
  /** The position's epoch was given out, and the edge has not been heard in it yet. */
  readonly isEpochDue?: boolean;
}

export type HelloVerdict =
  /** It may send from the cursor on. */
  | { readonly kind: "ok"; readonly position: StreamPosition }
  /** Nothing of its epoch has come yet: it may send from `beginningOf` on, which is to be committed before it hears so. */
  | { readonly kind: "begin" }
  /** It is to begin the position's epoch; the position is to be committed before it hears so (SYNC-07). */
  | { readonly kind: "new_epoch"; readonly position: StreamPosition }
  /** It was rolled back: we hold events that it no longer knows (SYNC-08). */
  | { readonly kind: "edge_behind" }
  | { readonly kind: "fork"; readonly at: number }
  | { readonly kind: "stale_epoch"; readonly current: number };

/**
 * Compares both sides' positions at connect (SYNC-07, SYNC-08). A fork above the cursor shows with the next batch.
 * An epoch higher than ours is one that we gave before we were restored to an earlier point, so it counts.
 */
export function judgeHello(held: ReceiverPosition, sender: SenderPosition): HelloVerdict {
  if (sender.epoch < held.epoch) return judgeOlder(held, sender);
  const isOurs = sender.epoch === held.epoch;
  const isUnheard = isOurs && held.cursor === (held.startN ?? 0);
  if (sender.wantsEpoch && !isUnheard) return { kind: "new_epoch", position: startOfEpoch(sender.epoch + 1) };
  if (isUnheard || !isOurs) return { kind: "begin" };
  if (sender.lastN < held.cursor) return { kind: "edge_behind" };
  if (sender.lastN === held.cursor && sender.lastHash !== held.hash) return { kind: "fork", at: held.cursor };
  return { kind: "ok", position: plain(held) };
}

/**
 * Where the sender's epoch begins. Numbers and hashes go on from epoch to epoch of a store, so what it knows to be confirmed
 * need not come again, if the receiver has it (`isConfirmedHeld`). A receiver that was set back to an earlier point has not:
 * then all that is kept comes again, and what it does have is known by its number and hash (SYNC-06).
 */
export function beginningOf(sender: SenderPosition, isConfirmedHeld: boolean): StreamPosition {
  return startOfEpoch(sender.epoch, isConfirmedHeld ? sender.confirmed : sender.kept);
}

/** An ended epoch is refused for good, unless its successor is waiting for this very edge. */
function judgeOlder(held: ReceiverPosition, sender: SenderPosition): HelloVerdict {
  if (held.isEpochDue) return { kind: "new_epoch", position: startOfEpoch(held.epoch) };
  if (sender.wantsEpoch) return { kind: "new_epoch", position: startOfEpoch(held.epoch + 1) };
  return { kind: "stale_epoch", current: held.epoch };
}

function plain({ epoch, cursor, hash }: StreamPosition): StreamPosition {
  return { epoch, cursor, hash };
}

import { REPLICA_PART_MAX_BYTES, REPLICA_PART_MAX_ITEMS } from "@gatehouse/shared/contracts/mqtt/protocol.ts";

/**
 * A part of a snapshot is made about this large: the edge stores a part in one transaction, and a vehicle that comes
 * meanwhile waits for it. An item that is larger travels by itself.
 */
const SNAPSHOT_PART_BYTES = 65_536;
/** What a message has beside its items or changes, at most. */
const ENVELOPE_BYTES = 512;

/** The bytes of items or changes in the JSON of a message. */
export function bytesOf(entries: readonly object[]): number {
  return entries.reduce((sum, entry) => sum + Buffer.byteLength(JSON.stringify(entry)) + 1, 0);
}

/** Whether one message may carry all of them; `bytes` is at least what they take. */
export function fitsOneMessage(entries: readonly object[], bytes = bytesOf(entries)): boolean {
  return entries.length <= REPLICA_PART_MAX_ITEMS && ENVELOPE_BYTES + bytes <= REPLICA_PART_MAX_BYTES;
}

/** Entries in their order, in as few runs as the size of a part allows; one empty run when there are none. */
export function splitToParts<Entry extends object>(entries: readonly Entry[]): Entry[][] {
  let run: Entry[] = [];
  const runs = [run];
  let bytes = 0;
  for (const entry of entries) {
    const more = bytesOf([entry]);
    if (
      run.length > 0 &&
      (run.length === REPLICA_PART_MAX_ITEMS || ENVELOPE_BYTES + bytes + more > SNAPSHOT_PART_BYTES)
    ) {
      run = [];
      runs.push(run);
      bytes = 0;
    }
    run.push(entry);
    bytes += more;
  }
  return runs;
}

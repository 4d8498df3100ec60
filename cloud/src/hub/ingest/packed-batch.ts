import type { ReadBatch } from "../../services/ingest/read-events.ts";

/** A batch as it came, to be unpacked only when it is needed: unpacked it takes a few times as much. */
export interface PackedBatch {
  /** On the wire. */
  readonly bytes: number;
  /** The batch, unpacked when first asked for; null when the message is none. */
  unpacked(): ReadBatch | null;
}

export function packedBatch(message: Uint8Array, unpack: (message: Uint8Array) => ReadBatch | null): PackedBatch {
  let batch: ReadBatch | null | undefined;
  return {
    bytes: message.length,
    unpacked: () => {
      if (batch === undefined) batch = unpack(message);
      return batch;
    },
  };
}

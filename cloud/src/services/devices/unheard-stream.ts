import { ZERO_HASH } from "@gatehouse/shared/sync/hash-chain.ts";

/** What the row of a device's stream says while nothing has come in its epoch, beside the epoch itself. */
export const UNHEARD_STREAM = {
  cursor: 0,
  epoch_start: 0,
  hash: ZERO_HASH,
  forked_at: null,
  stopped_for: null,
  retold_epoch: null,
  retold_n: null,
} as const;

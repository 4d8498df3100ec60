import type { Migration } from "../migrate.ts";

/** An agent before this schema never asks for an epoch, and the default suits it. */
export const wantsEpoch: Migration = {
  version: 3,
  readableSince: 2,
  name: "wants epoch",
  sql: `
-- 1: this store is new or was restored, so the cloud may know its numbers with other events; it gives an epoch (SYNC-07).
ALTER TABLE outbox_head ADD COLUMN wants_epoch INTEGER NOT NULL DEFAULT 0;
UPDATE outbox_head SET wants_epoch = 1
  WHERE confirmed_n = 0 AND pruned_n = 0 AND NOT EXISTS (SELECT 1 FROM outbox);
`,
};

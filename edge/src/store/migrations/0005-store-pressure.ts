import type { Migration } from "../migrate.ts";

/** An agent before this schema drops nothing and refuses nobody for want of space, and leaves the row as it is. */
export const storePressure: Migration = {
  version: 5,
  readableSince: 2,
  name: "store pressure",
  sql: `
-- What the cloud was last told of the store's share of the disk, and the telemetry that was not written since (SYNC-14).
CREATE TABLE store_pressure (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  told TEXT NOT NULL,
  dropped INTEGER NOT NULL,
  first_dropped_at INTEGER,
  last_dropped_at INTEGER
) STRICT;
INSERT INTO store_pressure VALUES (1, 'normal', 0, NULL, NULL);
`,
};

import type { Migration } from "../migrate.ts";

/** Collections that an agent before this schema kept without the terms to find them by. */
const NEW_COLLECTIONS = "('validations', 'accounts', 'ticket_keys')";

export const areasTicketsValidations: Migration = {
  version: 2,
  readableSince: 2,
  name: "areas, tickets, validations",
  sql: `
-- The area that the vehicle was seen to go into last.
ALTER TABLE sessions ADD COLUMN area TEXT;
-- Serves: whether a shown ticket's stay has ended.
CREATE INDEX sessions_ended_by_ticket ON sessions (ticket) WHERE findable = 0 AND ticket IS NOT NULL;

-- What passages without a session changed in the count of an area; the rest is counted from the sessions.
CREATE TABLE area_corrections (
  area TEXT PRIMARY KEY,
  inside INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Codes of validations that were shown here, with what they take off, since the cloud may take them back later.
CREATE TABLE validation_uses (
  validation_id TEXT NOT NULL,
  session_id TEXT NOT NULL,
  terms TEXT NOT NULL,
  used_at INTEGER NOT NULL,
  PRIMARY KEY (validation_id, session_id)
) STRICT, WITHOUT ROWID;
-- Serves: what is on a stay.
CREATE INDEX validation_uses_by_session ON validation_uses (session_id);

-- Signs tickets while the cloud has given the lot no key. SQLite seeds its generator from the operating system
-- (sqlite.org/c3ref/randomness.html).
CREATE TABLE ticket_key (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  secret BLOB NOT NULL
) STRICT;
INSERT INTO ticket_key VALUES (1, randomblob(32));

-- A replica with items that can't be found stays in force until the cloud has sent it anew, whole.
UPDATE replica_generations SET version = 0, checksum = '${"0".repeat(64)}'
  WHERE state = 'current' AND EXISTS (SELECT 1 FROM replica_items WHERE collection IN ${NEW_COLLECTIONS});
UPDATE replica_generations SET state = 'dropped' WHERE state = 'staged';
`,
};

import type { Migration } from "../migrate.ts";

/** Times are ms since the epoch; amounts are minor units of the `currency` in the same row. */
export const first: Migration = {
  version: 1,
  readableSince: 1,
  name: "first",
  sql: `
CREATE TABLE sessions (
  session_id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  plate TEXT,
  -- confusableKey(plate): equal for plates that a camera may take for one another.
  plate_key TEXT,
  ticket TEXT,
  permit_id TEXT,
  reservation_id TEXT,
  spot_type TEXT NOT NULL,
  vehicle_class TEXT,
  occupancy_permille INTEGER,
  tariff_id TEXT,
  tariff_version INTEGER,
  entered_at INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('open', 'paid', 'closed', 'voided')),
  paid_until INTEGER,
  ended_at INTEGER,
  end_reason TEXT,
  fee_minor INTEGER,
  debt_minor INTEGER,
  paid_minor INTEGER NOT NULL DEFAULT 0,
  currency TEXT,
  last_movement_id TEXT,
  last_direction TEXT,
  last_outcome TEXT,
  -- 1 while a decision may still rest on it: inside, or gone without having been seen to pass.
  findable INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- Serves: candidates of a plate read.
CREATE INDEX sessions_by_plate ON sessions (plate_key) WHERE findable = 1 AND plate_key IS NOT NULL;
-- Serves: candidates of a shown ticket or code.
CREATE INDEX sessions_by_ticket ON sessions (ticket) WHERE findable = 1 AND ticket IS NOT NULL;
-- Serves: how many vehicles a permit or its pool has inside.
CREATE INDEX sessions_by_permit ON sessions (permit_id) WHERE findable = 1 AND permit_id IS NOT NULL;

CREATE TABLE movements (
  movement_id TEXT PRIMARY KEY,
  lane_id TEXT NOT NULL,
  direction TEXT NOT NULL,
  session_id TEXT,
  plate TEXT,
  decided TEXT NOT NULL CHECK (decided IN ('admit', 'refuse', 'ask', 'undecided')),
  reasons TEXT NOT NULL,
  -- JSON of the desk: what was asked, and what is done when the vehicle has passed.
  plan TEXT NOT NULL,
  began_at INTEGER NOT NULL,
  -- Null: the vehicle is still in the lane.
  outcome TEXT CHECK (outcome IN ('passed', 'backed_out', 'tailgated', 'not_seen')),
  ended_at INTEGER
) STRICT, WITHOUT ROWID;

-- What passages without a session of their own changed in the count; the rest is counted from the sessions.
CREATE TABLE count_corrections (
  spot_type TEXT PRIMARY KEY,
  inside INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE payments (
  payment_id TEXT PRIMARY KEY,
  session_id TEXT NOT NULL,
  lane_id TEXT NOT NULL,
  amount_minor INTEGER NOT NULL,
  currency TEXT NOT NULL,
  method TEXT NOT NULL,
  reference TEXT NOT NULL,
  paid_at INTEGER NOT NULL,
  paid_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- Serves: the payments of a session; and one settlement reference counts once for a session, however often the terminal tells of it.
CREATE UNIQUE INDEX payments_by_reference ON payments (session_id, method, reference);

CREATE TABLE debts (
  debt_id TEXT PRIMARY KEY,
  session_id TEXT NOT NULL,
  plate TEXT,
  amount_minor INTEGER NOT NULL,
  currency TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  settled_at INTEGER
) STRICT, WITHOUT ROWID;
-- Serves: unpaid debts of a plate.
CREATE INDEX debts_by_plate ON debts (plate) WHERE settled_at IS NULL AND plate IS NOT NULL;
-- Serves: settling what a session owes.
CREATE INDEX debts_by_session ON debts (session_id);

CREATE TABLE outbox (
  n INTEGER PRIMARY KEY,
  -- The event line exactly as the hash chain covers it and as it is sent.
  line TEXT NOT NULL,
  hash TEXT NOT NULL,
  at INTEGER NOT NULL,
  quality TEXT NOT NULL,
  -- Bytes of all lines of this epoch up to and with this one, one line end each.
  end_offset INTEGER NOT NULL
) STRICT;

CREATE TABLE outbox_head (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  epoch INTEGER NOT NULL,
  confirmed_n INTEGER NOT NULL,
  confirmed_hash TEXT NOT NULL,
  -- The last event that was deleted; the chain goes on from its hash.
  pruned_n INTEGER NOT NULL,
  pruned_hash TEXT NOT NULL,
  pruned_offset INTEGER NOT NULL
) STRICT;
INSERT INTO outbox_head VALUES (1, 1, 0, '${"0".repeat(64)}', 0, '${"0".repeat(64)}', 0);

CREATE TABLE replica_generations (
  generation INTEGER PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN ('current', 'staged', 'dropped')),
  version INTEGER NOT NULL,
  checksum TEXT NOT NULL,
  items INTEGER NOT NULL,
  -- What the checksum of a staged generation has to become.
  target_checksum TEXT,
  confirmed_at INTEGER
) STRICT;
-- Serves: the one generation in force.
CREATE UNIQUE INDEX replica_current ON replica_generations (state) WHERE state = 'current';
INSERT INTO replica_generations VALUES (1, 'current', 0, '${"0".repeat(64)}', 0, NULL, NULL);

CREATE TABLE replica_staged_parts (
  generation INTEGER NOT NULL,
  part INTEGER NOT NULL,
  PRIMARY KEY (generation, part)
) STRICT, WITHOUT ROWID;

CREATE TABLE replica_items (
  generation INTEGER NOT NULL,
  collection TEXT NOT NULL,
  key TEXT NOT NULL,
  -- Canonical JSON as it was received; the checksum runs over it.
  value TEXT NOT NULL,
  PRIMARY KEY (generation, collection, key)
) STRICT, WITHOUT ROWID;

-- Serves: items by what is known at a lane: kind 'plate' (confusableKey), 'code', 'session', 'pool'.
CREATE TABLE replica_terms (
  generation INTEGER NOT NULL,
  kind TEXT NOT NULL,
  term TEXT NOT NULL,
  collection TEXT NOT NULL,
  key TEXT NOT NULL,
  PRIMARY KEY (generation, kind, term, collection, key)
) STRICT, WITHOUT ROWID;
-- Serves: taking an item's terms out again.
CREATE INDEX replica_terms_by_item ON replica_terms (generation, collection, key);

CREATE TABLE commands (
  command_id TEXT PRIMARY KEY,
  nonce TEXT NOT NULL UNIQUE,
  claimed_at INTEGER NOT NULL,
  result TEXT
) STRICT;

CREATE TABLE journal (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  mono_ms REAL NOT NULL,
  lane_id TEXT,
  kind TEXT NOT NULL,
  data TEXT NOT NULL,
  -- Bytes of all entries up to and with this one.
  end_offset INTEGER NOT NULL
) STRICT;

CREATE TABLE boots (
  boot_id TEXT PRIMARY KEY,
  started_at INTEGER NOT NULL,
  quality TEXT NOT NULL
) STRICT;

-- The latest trusted time: a boot in 1970 starts from here (SYNC-13).
CREATE TABLE time_floor (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  at INTEGER NOT NULL
) STRICT;
INSERT INTO time_floor VALUES (1, 0);
`,
};

import type { Migration } from "../migrate.ts";

/** An agent before this schema books payments without the new column, and they are as they were then. */
export const paymentsWithoutStay: Migration = {
  version: 4,
  readableSince: 2,
  name: "payments without stay",
  sql: `
-- The movement of a vehicle that paid although no stay of it was known, until that stay is closed; else null.
ALTER TABLE payments ADD COLUMN waits_for TEXT;
-- Serves: who has paid and has not been seen to leave.
CREATE INDEX payments_waiting ON payments (session_id) WHERE waits_for IS NOT NULL;
`,
};

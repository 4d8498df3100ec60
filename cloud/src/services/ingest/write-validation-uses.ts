import type { EdgeEventBodyOf } from "@gatehouse/shared/contracts/mqtt/events.ts";
import type { ReadEvent } from "./read-events.ts";
import type { SqlRunner } from "./statement-queue.ts";
import { rowStatement } from "./unnest.ts";
import type { Stretch } from "./write-events.ts";

interface Used {
  readonly at: number;
  readonly body: EdgeEventBodyOf<"validation.used">;
}

const insertUses = rowStatement<Used>("ingest_validation_uses", {
  fixed: 1,
  columns: [
    { name: "validation_id", type: "text", of: ({ body }) => body.validation_id },
    { name: "session_id", type: "uuid", of: ({ body }) => body.session_id },
    { name: "lane_id", type: "uuid", of: ({ body }) => body.lane_id },
    { name: "at", type: "float8", of: ({ at }) => at / 1_000 },
  ],
  text: `
    INSERT INTO validation_uses (parking_lot_id, validation_id, session_id, lane_id, used_at)
    SELECT $1::uuid, row.validation_id, row.session_id, row.lane_id, to_timestamp(row.at) FROM ROWS
    ON CONFLICT DO NOTHING`,
});

/** Writes which validations were shown at the lanes, and for which stays. */
export async function writeValidationUses(
  client: SqlRunner,
  { lotId }: Stretch,
  reads: readonly ReadEvent[],
): Promise<void> {
  const used: Used[] = [];
  for (const { event } of reads) {
    if (event.body.type === "validation.used") used.push({ at: event.at, body: event.body });
  }
  if (used.length > 0) await insertUses.run(client, [lotId], used);
}

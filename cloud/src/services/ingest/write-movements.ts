import { type MovementChange, plateOf } from "./movement-changes.ts";
import type { SqlRunner } from "./statement-queue.ts";
import { arrayLiteral, rowStatement } from "./unnest.ts";
import type { Stretch } from "./write-events.ts";

const upsertMovements = rowStatement<MovementChange>("ingest_movements", {
  fixed: 2,
  columns: [
    { name: "id", type: "uuid", of: (change) => change.id },
    { name: "lane_id", type: "uuid", of: (change) => change.laneId },
    { name: "direction", type: "text", of: (change) => change.direction },
    { name: "quality", type: "text", of: (change) => change.quality },
    { name: "at", type: "float8", of: (change) => change.at / 1_000 },
    { name: "plate", type: "text", of: plateOf },
    { name: "session_id", type: "uuid", of: (change) => change.sessionId },
    { name: "decided", type: "bool", of: (change) => change.decision !== null },
    { name: "decision", type: "text", of: (change) => change.decision?.outcome ?? null },
    { name: "ask", type: "text", of: (change) => change.decision?.ask ?? null },
    // An array of arrays would be taken apart, so each list travels as text.
    { name: "reasons", type: "text", of: (change) => arrayLiteral(change.decision?.reasons ?? []) },
    { name: "tariff_id", type: "uuid", of: (change) => change.decision?.tariff?.id ?? null },
    { name: "tariff_version", type: "int4", of: (change) => change.decision?.tariff?.version ?? null },
    { name: "fee_minor", type: "int8", of: (change) => change.decision?.fee_minor ?? null },
    { name: "due_minor", type: "int8", of: (change) => change.decision?.due_minor ?? null },
    { name: "currency", type: "text", of: (change) => change.decision?.currency ?? null },
    { name: "replica_version", type: "int8", of: (change) => change.decision?.replica_version ?? null },
    { name: "replica_age_ms", type: "int8", of: (change) => change.decision?.replica_age_ms ?? null },
    { name: "link_state", type: "text", of: (change) => change.decision?.link_state ?? null },
    { name: "facts", type: "text", of: factsOf, isLines: true },
    { name: "outcome", type: "text", of: (change) => change.record?.outcome ?? null },
    { name: "began_at", type: "float8", of: (change) => secondsOf(change.record?.began_at) },
    { name: "ended_at", type: "float8", of: (change) => secondsOf(change.record?.ended_at) },
  ],
  text: `
    INSERT INTO movements AS held (lot_id, id, lane_id, direction, decision, ask, reasons, outcome, plate, session_id,
      tariff_id, tariff_version, fee_minor, due_minor, currency, replica_version, replica_age_ms, link_state,
      at, began_at, ended_at, clock_quality, received_at, facts)
    SELECT $1::uuid, row.id, row.lane_id, row.direction, row.decision, row.ask,
      row.reasons::text[], row.outcome, row.plate, row.session_id,
      row.tariff_id, row.tariff_version, row.fee_minor, row.due_minor, row.currency, row.replica_version,
      row.replica_age_ms, row.link_state, to_timestamp(row.at), to_timestamp(row.began_at), to_timestamp(row.ended_at),
      row.quality, $2::timestamptz, row.facts::jsonb
    FROM ROWS
    ON CONFLICT (lot_id, id) DO UPDATE SET
      plate = coalesce(excluded.plate, held.plate),
      session_id = coalesce(excluded.session_id, held.session_id),
      outcome = coalesce(excluded.outcome, held.outcome),
      began_at = coalesce(excluded.began_at, held.began_at),
      ended_at = coalesce(excluded.ended_at, held.ended_at),
      decision = coalesce(excluded.decision, held.decision),
      ask = CASE WHEN excluded.decision IS NULL THEN held.ask ELSE excluded.ask END,
      reasons = CASE WHEN excluded.decision IS NULL THEN held.reasons ELSE excluded.reasons END,
      tariff_id = coalesce(excluded.tariff_id, held.tariff_id),
      tariff_version = coalesce(excluded.tariff_version, held.tariff_version),
      fee_minor = coalesce(excluded.fee_minor, held.fee_minor),
      due_minor = coalesce(excluded.due_minor, held.due_minor),
      currency = coalesce(excluded.currency, held.currency),
      replica_version = coalesce(excluded.replica_version, held.replica_version),
      replica_age_ms = coalesce(excluded.replica_age_ms, held.replica_age_ms),
      link_state = coalesce(excluded.link_state, held.link_state),
      facts = coalesce(excluded.facts, held.facts)`,
});

/** Writes what a run of events told of movements: a decision, what the vehicle did after it, or both at once. */
export async function writeMovements(
  client: SqlRunner,
  stretch: Stretch,
  changes: readonly MovementChange[],
): Promise<void> {
  if (changes.length > 0) await upsertMovements.run(client, [stretch.lotId, new Date(stretch.receivedAt)], changes);
}

function factsOf({ decision }: MovementChange): string | null {
  if (!decision) return null;
  const { credential, read, display_key } = decision;
  return JSON.stringify({ credential, read, display_key });
}

function secondsOf(ms: number | undefined): number | null {
  return ms === undefined ? null : ms / 1_000;
}

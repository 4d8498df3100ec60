import type { LiveMovement } from "@gatehouse/shared/contracts/http/operations.ts";
import { decisionOutcome, direction, movementOutcome } from "@gatehouse/shared/contracts/primitives.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { sql } from "drizzle-orm";
import type { Database } from "../../db/database.ts";

interface MovementRow extends Record<string, unknown> {
  readonly id: string;
  readonly lot_id: string;
  readonly lane_id: string;
  readonly lane_code: string | null;
  readonly direction: string;
  readonly plate: string | null;
  readonly decision: string | null;
  readonly reasons: string[];
  readonly outcome: string | null;
  readonly fee_minor: string | null;
  readonly currency: string | null;
  readonly at: Date | string;
  readonly received_at: Date | string;
}

const idList = (ids: readonly Uuid[]) => sql`${sql.param([...ids])}::uuid[]`;

const MOVEMENT_COLUMNS = sql`m.id, m.lot_id, m.lane_id, lane.code AS lane_code, m.direction, m.plate, m.decision, m.reasons,
  m.outcome, m.fee_minor, m.currency, m.at, m.received_at`;

/** Movements of one lot by id, oldest first; at most `limit`, the newest ones. */
export async function readMovements(
  db: Database,
  { lotId, ids, limit }: { readonly lotId: Uuid; readonly ids: readonly Uuid[]; readonly limit: number },
): Promise<readonly LiveMovement[]> {
  const found = await db.execute<MovementRow>(sql`
    SELECT ${MOVEMENT_COLUMNS} FROM movements m LEFT JOIN lanes lane ON lane.id = m.lane_id
    WHERE m.lot_id = ${lotId} AND m.id = ANY(${idList(ids)}) ORDER BY m.at DESC, m.id DESC LIMIT ${limit}`);
  return found.rows.map(toMovement).reverse();
}

/** The latest movements of several lots, oldest first; at most `limit` of each lot. */
export async function readLatestMovements(
  db: Database,
  { lotIds, limit }: { readonly lotIds: readonly Uuid[]; readonly limit: number },
): Promise<readonly LiveMovement[]> {
  const found = await db.execute<MovementRow>(sql`
    SELECT ${MOVEMENT_COLUMNS}
    FROM unnest(${idList(lotIds)}) AS wanted (lot_id)
    CROSS JOIN LATERAL (
      SELECT * FROM movements WHERE movements.lot_id = wanted.lot_id ORDER BY at DESC LIMIT ${limit}
    ) m
    LEFT JOIN lanes lane ON lane.id = m.lane_id
    ORDER BY m.at, m.id`);
  return found.rows.map(toMovement);
}

function toMovement(row: MovementRow): LiveMovement {
  return {
    movement_id: row.id,
    lot_id: row.lot_id,
    lane_id: row.lane_id,
    lane_code: row.lane_code ?? "",
    direction: direction.parse(row.direction),
    plate: row.plate,
    decision: decisionOutcome.nullable().parse(row.decision),
    reasons: row.reasons,
    outcome: movementOutcome.nullable().parse(row.outcome),
    fee_minor: row.fee_minor === null ? null : Number(row.fee_minor),
    currency: row.currency,
    at: new Date(row.at).getTime(),
    received_at: new Date(row.received_at).getTime(),
  };
}

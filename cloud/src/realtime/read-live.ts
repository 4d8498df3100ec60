import type { LiveLot, LiveMovement, LotLink } from "@gatehouse/shared/contracts/http/operations.ts";
import type { TelemetryLane } from "@gatehouse/shared/contracts/mqtt/link.ts";
import { decisionOutcome, direction, linkState, movementOutcome } from "@gatehouse/shared/contracts/primitives.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { sql } from "drizzle-orm";
import type { Database } from "../db/database.ts";
import { readAvailability } from "../services/lots/availability.ts";

interface LotRow extends Record<string, unknown> {
  readonly id: string;
  readonly code: string;
  readonly name: string;
  readonly time_zone: string;
  readonly currency: string;
  readonly open_sessions: number;
  readonly replica_version: string | null;
  readonly link: {
    readonly state: string;
    readonly connected: boolean;
    readonly since: string;
    readonly cursor: number | null;
    readonly outbox_pending: number | null;
    readonly replica_version: number | null;
    readonly lanes: readonly TelemetryLane[];
  } | null;
}

const idList = (ids: readonly Uuid[]) => sql`${sql.param([...ids])}::uuid[]`;

/** The live picture of lots, in the order of their codes. A lot that no edge serves yet shows as not connected. */
export async function readLiveLots(db: Database, lotIds: readonly Uuid[]): Promise<readonly LiveLot[]> {
  if (lotIds.length === 0) return [];
  const [found, spots] = await Promise.all([
    db.execute<LotRow>(sql`
      SELECT lot.id, lot.code, lot.name, lot.time_zone, lot.currency,
        (SELECT count(*)::int FROM parking_sessions WHERE parking_lot_id = lot.id AND status IN ('open', 'paid')) AS open_sessions,
        (SELECT version FROM replica_heads WHERE lot_id = lot.id) AS replica_version,
        (SELECT json_build_object('state', link.link_state, 'connected', link.connected, 'since', link.since,
            'cursor', stream.cursor, 'outbox_pending', link.outbox_pending, 'replica_version', link.replica_version,
            'lanes', link.lanes)
          FROM device_links link
          JOIN devices device ON device.id = link.device_id AND device.revoked_at IS NULL
          LEFT JOIN device_streams stream ON stream.device_id = link.device_id
          WHERE link.lot_id = lot.id ORDER BY link.connected DESC, link.since DESC LIMIT 1) AS link
      FROM parking_lots lot WHERE lot.id = ANY(${idList(lotIds)}) ORDER BY lot.code`),
    readAvailability(db, lotIds),
  ]);
  const spotsOf = new Map(spots.map((one) => [one.parking_lot_id, one.by_type]));
  return found.rows.map((row) => ({
    lot_id: row.id,
    code: row.code,
    name: row.name,
    time_zone: row.time_zone,
    currency: row.currency,
    spots: spotsOf.get(row.id) ?? [],
    open_sessions: row.open_sessions,
    link: linkOf(row),
    lanes: [...(row.link?.lanes ?? [])],
  }));
}

function linkOf({ link, replica_version }: LotRow): LotLink {
  const connected = link?.connected ?? false;
  return {
    // What the edge last said holds only while it can say something else.
    state: connected ? linkState.parse(link?.state) : "cloud_down",
    connected,
    since: link ? Date.parse(link.since) : null,
    cursor: link?.cursor ?? 0,
    outbox_pending: link?.outbox_pending ?? null,
    replica_version: Number(replica_version ?? 0),
    replica_version_at_edge: link?.replica_version ?? null,
  };
}

/** The lanes of a lot as its edge last said. */
export async function readLanes(db: Database, lotId: Uuid): Promise<readonly TelemetryLane[]> {
  const found = await db.execute<{ lanes: readonly TelemetryLane[] }>(sql`
    SELECT link.lanes FROM device_links link
    JOIN devices device ON device.id = link.device_id AND device.revoked_at IS NULL
    WHERE link.lot_id = ${lotId} ORDER BY link.connected DESC, link.since DESC LIMIT 1`);
  return found.rows[0]?.lanes ?? [];
}

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

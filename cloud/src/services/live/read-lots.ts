import type { LiveLot, LotLink } from "@gatehouse/shared/contracts/http/operations.ts";
import type { TelemetryLane } from "@gatehouse/shared/contracts/mqtt/link.ts";
import { linkState } from "@gatehouse/shared/contracts/primitives.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { sql } from "drizzle-orm";
import type { Database } from "../../db/database.ts";
import { readAvailability } from "../lots/availability.ts";

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

import pg from "pg";
import type { CloudMovement, CloudPayment, CloudPicture, CloudSession } from "./cloud-picture.ts";

/** How far one edge's events have come into the cloud. */
export interface CloudStream {
  readonly lot_id: string;
  readonly epoch: number;
  readonly cursor: number;
  readonly hash: string;
  readonly forked: boolean;
}

export interface CloudReading extends CloudPicture {
  readonly streams: readonly CloudStream[];
  readonly deadLetters: number;
  readonly alarms: readonly { readonly code: string; readonly detail: string }[];
  readonly occupiedSpots: number;
}

/** Reads the cloud's tables as they are now, straight from Postgres. Rejects when it can't be reached. */
export async function readCloud(databaseUrl: string): Promise<CloudReading> {
  const client = new pg.Client({ connectionString: databaseUrl });
  // The database may be killed under us; the query then rejects, and this keeps the process alive.
  client.on("error", () => {});
  await client.connect();
  try {
    const rows = async <Row extends pg.QueryResultRow>(text: string): Promise<Row[]> =>
      (await client.query<Row>(text)).rows;
    const [spots] = await rows<{ occupied: number }>(OCCUPIED_SPOTS);
    const [dead] = await rows<{ letters: number }>("SELECT count(*)::int AS letters FROM dead_letters");
    return {
      movements: await rows<CloudMovement>(MOVEMENTS),
      sessions: await rows<CloudSession>(SESSIONS),
      payments: await rows<CloudPayment>(PAYMENTS),
      streams: await rows<CloudStream>(STREAMS),
      alarms: await rows<{ code: string; detail: string }>("SELECT code, detail FROM alarms ORDER BY at"),
      deadLetters: dead?.letters ?? 0,
      occupiedSpots: spots?.occupied ?? 0,
    };
  } finally {
    await client.end();
  }
}

const MOVEMENTS = `
  SELECT lot_id, id, lane_id, direction, decision, reasons, outcome, plate, session_id,
         (extract(epoch FROM at) * 1000)::float8 AS at, (extract(epoch FROM ended_at) * 1000)::float8 AS ended_at
  FROM movements ORDER BY at`;
const SESSIONS = `
  SELECT parking_lot_id AS lot_id, id, license_plate AS plate, ticket, status, close_reason,
         (extract(epoch FROM entry_time) * 1000)::float8 AS entry_at, (extract(epoch FROM exit_time) * 1000)::float8 AS exit_at,
         entry_lane_id, exit_lane_id
  FROM parking_sessions ORDER BY entry_time`;
const PAYMENTS = `
  SELECT parking_lot_id AS lot_id, parking_session_id AS session_id, amount_minor::int AS amount_minor, currency, reference
  FROM payments ORDER BY paid_at`;
const STREAMS = `
  SELECT lot_id, epoch, cursor::int AS cursor, hash, forked_at IS NOT NULL AS forked FROM device_streams`;
const OCCUPIED_SPOTS = "SELECT count(*)::int AS occupied FROM parking_spots WHERE status = 'occupied'";

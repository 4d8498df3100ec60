import type { Direction, MovementOutcome } from "@gatehouse/shared/contracts/primitives.ts";
import { type WallMs, wallMs } from "@gatehouse/shared/kit/clock.ts";
import type { Database } from "better-sqlite3";

export interface Movement {
  readonly movementId: string;
  readonly laneId: string;
  readonly direction: Direction;
  readonly sessionId: string | null;
  readonly plate: string | null;
  readonly decided: "admit" | "refuse" | "ask" | "undecided";
  readonly reasons: readonly string[];
  /** What the desk keeps to go on with: JSON text of its own. */
  readonly plan: string;
  readonly beganAt: WallMs;
  readonly outcome: MovementOutcome | null;
  readonly endedAt: WallMs | null;
}

interface MovementRecord extends Omit<Movement, "reasons" | "beganAt" | "endedAt"> {
  readonly reasons: string;
  readonly beganAt: number;
  readonly endedAt: number | null;
}

export interface MovementRows {
  find(movementId: string): Movement | null;
  /** Those whose vehicle was in the lane when the agent stopped. Reads the table; meant for the start. */
  pending(): readonly Movement[];
  write(movement: Movement): void;
}

const COLUMNS = `movement_id AS movementId, lane_id AS laneId, direction, session_id AS sessionId, plate, decided, reasons,
  plan, began_at AS beganAt, outcome, ended_at AS endedAt`;

/** Movements on the writing connection. */
export function prepareMovementRows(db: Database): MovementRows {
  const find = db.prepare<[string], MovementRecord>(`SELECT ${COLUMNS} FROM movements WHERE movement_id = ?`);
  const pending = db.prepare<[], MovementRecord>(
    `SELECT ${COLUMNS} FROM movements WHERE outcome IS NULL ORDER BY movement_id`,
  );
  const write = db.prepare<(string | number | null)[]>(
    `INSERT INTO movements (movement_id, lane_id, direction, session_id, plate, decided, reasons, plan, began_at, outcome,
       ended_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (movement_id) DO UPDATE SET session_id = excluded.session_id, plate = excluded.plate,
       decided = excluded.decided, reasons = excluded.reasons, plan = excluded.plan, outcome = excluded.outcome,
       ended_at = excluded.ended_at`,
  );
  return {
    find: (movementId) => {
      const row = find.get(movementId);
      return row === undefined ? null : toMovement(row);
    },
    pending: () => pending.all().map(toMovement),
    write: (m) =>
      void write.run(
        m.movementId,
        m.laneId,
        m.direction,
        m.sessionId,
        m.plate,
        m.decided,
        JSON.stringify(m.reasons),
        m.plan,
        m.beganAt,
        m.outcome,
        m.endedAt,
      ),
  };
}

function toMovement(row: MovementRecord): Movement {
  return {
    ...row,
    reasons: JSON.parse(row.reasons) as string[],
    beganAt: wallMs(row.beganAt),
    endedAt: row.endedAt === null ? null : wallMs(row.endedAt),
  };
}

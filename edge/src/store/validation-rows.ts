import { type ValidationGrant, validationGrant } from "@gatehouse/shared/contracts/replica/validation.ts";
import type { WallMs } from "@gatehouse/shared/kit/clock.ts";
import type { Database } from "better-sqlite3";

/** Validations that are looked at for one stay; a tariff counts far fewer. */
const USES_MAX = 100;

export interface ValidationUse {
  readonly validationId: string;
  readonly sessionId: string;
  readonly grant: ValidationGrant;
  readonly usedAt: WallMs;
}

/** Validations whose code was shown at this lot. */
export interface ValidationRows {
  /** False when it is on this stay already. */
  use(use: ValidationUse): boolean;
  /** Whether another stay has it. */
  isUsedByOther(validationId: string, sessionId: string): boolean;
  ofSession(sessionId: string): readonly Pick<ValidationUse, "validationId" | "grant">[];
}

/** On the writing connection; reads see what the running transaction wrote. */
export function prepareValidationRows(db: Database): ValidationRows {
  const insert = db.prepare<[string, string, string, number]>(
    "INSERT OR IGNORE INTO validation_uses (validation_id, session_id, terms, used_at) VALUES (?, ?, ?, ?)",
  );
  const others = db
    .prepare<[string, string], number>(
      "SELECT 1 FROM validation_uses WHERE validation_id = ? AND session_id <> ? LIMIT 1",
    )
    .pluck();
  const ofSession = db.prepare<[string], { validation_id: string; terms: string; used_at: number }>(
    `SELECT validation_id, terms, used_at FROM validation_uses WHERE session_id = ? LIMIT ${USES_MAX}`,
  );
  return {
    use: ({ validationId, sessionId, grant, usedAt }) =>
      insert.run(validationId, sessionId, JSON.stringify(grant), usedAt).changes === 1,
    isUsedByOther: (validationId, sessionId) => others.get(validationId, sessionId) !== undefined,
    ofSession: (sessionId) =>
      ofSession
        .all(sessionId)
        .sort((left, right) => left.used_at - right.used_at)
        .map(({ validation_id, terms }) => ({
          validationId: validation_id,
          grant: validationGrant.parse(JSON.parse(terms)),
        })),
  };
}

import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import type { NewId, Uuid } from "@gatehouse/shared/kit/ids.ts";
import type pg from "pg";

/** What ingest works with. It writes plain SQL through `pg`: an ORM's multi-row insert takes 2.7 times as long. */
export interface IngestContext {
  readonly pool: pg.Pool;
  /** Wall time of the lots' world, which a simulation may run faster. */
  readonly clock: Pick<Clock, "wall">;
  readonly newId: NewId;
}

/** Whose events these are, by its certificate. */
export interface StreamOwner {
  readonly operatorId: Uuid;
  readonly lotId: Uuid;
  readonly deviceId: Uuid;
}

import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import type { NewId } from "@gatehouse/shared/kit/ids.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import type { Logger } from "pino";
import type { Database, DatabasePool } from "../db/database.ts";

/** What all parts of the hub work with. */
export interface HubContext {
  readonly db: Database;
  readonly pool: DatabasePool;
  /** Wall time of the lots' world, which a simulation may run faster. */
  readonly clock: Clock;
  /** The machine's own time: lives of tokens, commands and certificates are physical. */
  readonly realClock: Clock;
  readonly newId: NewId;
  readonly random: Random;
  readonly log: Logger;
}

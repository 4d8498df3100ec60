import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import type { NewId } from "@gatehouse/shared/kit/ids.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import type { Logger } from "pino";
import type { Database, DatabasePool } from "../db/database.ts";
import type { HubLedger } from "./hub-ledger.ts";

/** What the hub's connections work with. */
export interface LinkContext {
  readonly ledger: HubLedger;
  /** Wall time of the lots' world, which a simulation may run faster. */
  readonly clock: Clock;
  /** The machine's own time: lives of tokens, commands and certificates are physical. */
  readonly realClock: Clock;
  readonly random: Random;
  readonly log: Pick<Logger, "debug" | "info" | "warn" | "error">;
}

/** What the hub is put together from. */
export interface HubContext extends Omit<LinkContext, "ledger"> {
  readonly db: Database;
  readonly pool: DatabasePool;
  readonly newId: NewId;
  readonly log: Logger;
}

import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import type { NewId } from "@gatehouse/shared/kit/ids.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import type { Database } from "../../db/database.ts";

/** What the verbs of devices work with. */
export interface DevicesContext {
  readonly db: Database;
  /** Wall time of the lots' world, which a simulation may run faster. */
  readonly clock: Pick<Clock, "wall">;
  /** The machine's own time: lives of tokens, commands and certificates are physical. */
  readonly realClock: Clock;
  readonly newId: NewId;
  readonly random: Random;
}

/** Told on commit when a device was revoked or enrolled anew; the payload is `{"device_id"}`. */
export const DEVICES_CHANNEL = "gatehouse_devices";
/** Told on commit of a new command; the payload is `{"id", "device_id"}`. */
export const COMMANDS_CHANNEL = "gatehouse_commands";
/** Told on commit of what live pages show; the payload is `{"lot_id", "kind", ...}`. */
export const LIVE_CHANNEL = "gatehouse_live";

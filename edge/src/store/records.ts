import type { MoneyRows } from "./money-rows.ts";
import type { MovementRows } from "./movement-rows.ts";
import type { Occupancy } from "./occupancy.ts";
import type { ReplicaFactRows } from "./replica-facts.ts";
import type { SessionRows } from "./session-rows.ts";
import type { TicketSecrets } from "./ticket-keys.ts";
import type { ValidationRows } from "./validation-rows.ts";

/** What a decision reads and writes; only within a transaction of the store. */
export interface DecisionRecords {
  readonly sessions: SessionRows;
  readonly movements: MovementRows;
  readonly money: MoneyRows;
  readonly occupancy: Omit<Occupancy, "save">;
  readonly validations: ValidationRows;
  readonly ticketSecrets: TicketSecrets;
  readonly replica: ReplicaFactRows;
}

import { ticketCode } from "@gatehouse/shared/domain/ticket/ticket-code.ts";
import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import type { NewId, Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { EdgeStore } from "../store/store-port.ts";
import { ticketMac } from "./shown-code.ts";

/** The last characters of an id that make the ticket's nonce, all of them random. */
const NONCE_HEX_DIGITS = 4;

/**
 * A code that no ticket has had, signed with the newest key of the lot. Nothing is written: a stay hangs on it only when
 * it is shown with a decision. Throws `store_failed` when the store has no key.
 */
export function newTicket({
  store,
  lotId,
  newId,
}: {
  readonly store: EdgeStore;
  readonly lotId: Uuid;
  readonly newId: NewId;
}): string {
  const [secret] = store.records.ticketSecrets();
  if (secret === undefined) {
    throw new GatehouseError("store_failed", "The gate's store has no key for tickets: set the store aside.");
  }
  const nonce = Number.parseInt(newId().slice(-NONCE_HEX_DIGITS), 16);
  return ticketCode({ lotId, at: store.stamp().at, nonce }, ticketMac(secret));
}

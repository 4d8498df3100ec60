import { ticketCode } from "@gatehouse/shared/domain/ticket/ticket-code.ts";
import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import type { NewId, Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { EdgeStore } from "../store/store-port.ts";
import { ticketMac } from "./shown-code.ts";

/** The last characters of an id, all of them random, where the count of tickets starts. */
const START_HEX_DIGITS = 4;

/**
 * Makes codes that no ticket has had: signed with the newest key of the lot, told apart within a second by a count that
 * starts anywhere. Nothing is written; a stay hangs on a code only when it is shown with a decision.
 */
export function prepareTickets({
  store,
  lotId,
  newId,
}: {
  readonly store: EdgeStore;
  readonly lotId: Uuid;
  readonly newId: NewId;
}): () => string {
  let nonce = Number.parseInt(newId().slice(-START_HEX_DIGITS), 16);
  return () => {
    const [secret] = store.records.ticketSecrets();
    if (secret === undefined) {
      throw new GatehouseError("store_failed", "The gate's store has no key for tickets: set the store aside.");
    }
    nonce += 1;
    return ticketCode({ lotId, at: store.stamp().at, nonce }, ticketMac(secret));
  };
}

import type { Database } from "better-sqlite3";
import type { ReplicaFactRows } from "./replica-facts.ts";

/** Keys of the lot's tickets, the one that signs first. They leave the store for nothing but signing and checking. */
export type TicketSecrets = () => readonly Uint8Array[];

/**
 * The cloud's keys come first, the newest in front: all edges and handhelds of the lot have them, so each of them can
 * check a ticket of any other without a network. The store's own key stands behind them: it signs while the cloud has
 * given none, and tickets that it signed hold after the cloud has.
 */
export function prepareTicketSecrets(db: Database, replica: Pick<ReplicaFactRows, "ticketKeys">): TicketSecrets {
  const own = db.prepare<[], Uint8Array>("SELECT secret FROM ticket_key").pluck().get();
  const last = own === undefined ? [] : [own];
  return () => {
    const given = [...replica.ticketKeys()].sort((left, right) => (left.created_at < right.created_at ? 1 : -1));
    return [...given.map(({ secret }) => Buffer.from(secret, "base64url")), ...last];
  };
}

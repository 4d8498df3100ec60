import type { z } from "zod";
import { type Account, account } from "./account.ts";
import { type BlocklistEntry, blocklistEntry } from "./blocklist.ts";
import { type Credit, credit } from "./credit.ts";
import { type LotPolicy, lotPolicy } from "./lot.ts";
import { type Permit, type Pool, permit, pool } from "./permit.ts";
import { type Reservation, reservation } from "./reservation.ts";
import { type Tariff, tariff } from "./tariff.ts";
import { type TicketKey, ticketKey } from "./ticket-key.ts";
import { type ReplicaValidation, validation } from "./validation.ts";

export interface ReplicaValues {
  permits: Permit;
  pools: Pool;
  reservations: Reservation;
  tariffs: Tariff;
  blocklist: BlocklistEntry;
  credits: Credit;
  validations: ReplicaValidation;
  accounts: Account;
  ticket_keys: TicketKey;
  lot: LotPolicy;
}
export type ReplicaCollection = keyof ReplicaValues;

export interface CollectionContract<Value> {
  readonly schema: z.ZodType<Value>;
  /** The item's key, unique within its collection and lot. */
  readonly keyOf: (value: Value) => string;
}

/**
 * What a lot's edge holds a copy of. Keep the JSON as it was received, since the checksum runs over it and an older
 * edge must not lose fields that it doesn't know; parse it with `schema` where it is used.
 */
export const replicaCollections: { readonly [Name in ReplicaCollection]: CollectionContract<ReplicaValues[Name]> } = {
  permits: { schema: permit, keyOf: (one) => one.permit_id },
  pools: { schema: pool, keyOf: (one) => one.pool_id },
  reservations: { schema: reservation, keyOf: (one) => one.reservation_id },
  tariffs: { schema: tariff, keyOf: tariffKey },
  blocklist: { schema: blocklistEntry, keyOf: (one) => one.entry_id },
  credits: { schema: credit, keyOf: (one) => one.credit_id },
  validations: { schema: validation, keyOf: (one) => one.validation_id },
  accounts: { schema: account, keyOf: (one) => one.account_id },
  ticket_keys: { schema: ticketKey, keyOf: (one) => one.key_id },
  lot: { schema: lotPolicy, keyOf: (one) => one.lot_id },
};

/** The key of one version of a tariff; versions are kept apart, because a session stays with the one of its entry. */
export function tariffKey(one: { readonly tariff_id: string; readonly version: number }): string {
  return `${one.tariff_id}@${one.version}`;
}

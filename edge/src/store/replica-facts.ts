import { type Account, account } from "@gatehouse/shared/contracts/replica/account.ts";
import { type BlocklistEntry, blocklistEntry } from "@gatehouse/shared/contracts/replica/blocklist.ts";
import { type Credit, credit } from "@gatehouse/shared/contracts/replica/credit.ts";
import { type LotPolicy, lotPolicy } from "@gatehouse/shared/contracts/replica/lot.ts";
import { type Permit, type Pool, permit, pool } from "@gatehouse/shared/contracts/replica/permit.ts";
import { type Reservation, reservation } from "@gatehouse/shared/contracts/replica/reservation.ts";
import { type Tariff, tariff } from "@gatehouse/shared/contracts/replica/tariff.ts";
import { type TicketKey, ticketKey } from "@gatehouse/shared/contracts/replica/ticket-key.ts";
import { type ReplicaValidation, validation } from "@gatehouse/shared/contracts/replica/validation.ts";
import { confusableKey } from "@gatehouse/shared/domain/plate/normalise.ts";
import { parseJson } from "@gatehouse/shared/kit/json.ts";
import type { Database } from "better-sqlite3";
import type { GenerationHolder } from "./replica-generations.ts";
import type { TermKind } from "./replica-terms.ts";
import type { StoreLog } from "./store-port.ts";

/** Items found by one plate or code that one decision looks at. */
const FOUND_MAX = 64;
/** Items whose fault was logged are remembered up to this many, so that a bad one is not logged at each vehicle. */
const FAULTS_KEPT = 1_000;

/** Rows that equal or resemble what was read or shown; which of them count is for the rules to say. */
export interface FoundItems {
  readonly permits: readonly Permit[];
  readonly reservations: readonly Reservation[];
  readonly blocklist: readonly BlocklistEntry[];
  readonly accounts: readonly Account[];
}

/** What the cloud has put on a stay. */
export interface AttachedItems {
  readonly credits: readonly Credit[];
  readonly validations: readonly ReplicaValidation[];
}

export interface ReplicaFactRows {
  /** The generation in force, for reads that join it. */
  generation(): number;
  policy(lotId: string): LotPolicy | null;
  tariffs(): readonly Tariff[];
  find(who: { readonly plate: string | null; readonly code: string | null }): FoundItems;
  reservation(reservationId: string): Reservation | null;
  pool(poolId: string): Pool | null;
  attachedTo(sessionId: string): AttachedItems;
  validationsByCode(code: string): readonly ReplicaValidation[];
  ticketKeys(): readonly TicketKey[];
}

interface ItemRow {
  readonly collection: string;
  readonly key: string;
  readonly value: string;
}

interface Schema<Value> {
  safeParse(
    value: unknown,
  ): { readonly success: true; readonly data: Value } | { readonly success: false; readonly error: Error };
}

/**
 * The replica in force as facts for a decision, by index. An item that this agent can't read, from a newer cloud or
 * broken, counts as not there and is logged once.
 */
export function prepareReplicaFacts(db: Database, holder: GenerationHolder, log: StoreLog): ReplicaFactRows {
  // Not a join: SQLite would plan that anew at each call, for 25 us.
  const byTerm = db.prepare<[number, TermKind, string], ItemRow>(
    `SELECT collection, key, (SELECT value FROM replica_items i
       WHERE i.generation = t.generation AND i.collection = t.collection AND i.key = t.key) AS value
     FROM replica_terms t WHERE generation = ? AND kind = ? AND term = ? LIMIT ${FOUND_MAX}`,
  );
  const byKey = db.prepare<[number, string, string], ItemRow>(
    "SELECT collection, key, value FROM replica_items WHERE generation = ? AND collection = ? AND key = ?",
  );
  const all = db.prepare<[number, string], ItemRow>(
    "SELECT collection, key, value FROM replica_items WHERE generation = ? AND collection = ? ORDER BY key",
  );
  const faults = new Set<string>();
  const generation = (): number => holder.get().generation;

  function parse<Value>(schema: Schema<Value>, { collection, key, value }: ItemRow): Value | null {
    const parsed = schema.safeParse(parseJson(value));
    if (parsed.success) return parsed.data;
    const name = `${collection}/${key}`;
    if (!faults.has(name) && faults.size < FAULTS_KEPT) {
      faults.add(name);
      log.warn(
        { collection, key, cause: parsed.error.message },
        "An item from the cloud can't be read and is left out.",
      );
    }
    return null;
  }

  function parseAll<Value>(schema: Schema<Value>, rows: readonly ItemRow[], collection: string): Value[] {
    return rows.flatMap((row) => (row.collection === collection ? (parse(schema, row) ?? []) : []));
  }

  const tariffs = rememberParsed(
    () => all.all(generation(), "tariffs"),
    (row) => parse(tariff, row),
  );
  const policies = rememberParsed(
    () => all.all(generation(), "lot"),
    (row) => parse(lotPolicy, row),
  );
  const ticketKeys = rememberParsed(
    () => all.all(generation(), "ticket_keys"),
    (row) => parse(ticketKey, row),
  );
  const stateKey = (): string => `${generation()}/${holder.get().version}`;

  return {
    generation,
    policy: (lotId) => policies(stateKey()).find((one) => one.lot_id === lotId) ?? null,
    tariffs: () => tariffs(stateKey()),
    find: ({ plate, code }) => {
      const now = generation();
      const rows = unique([
        ...(plate === null ? [] : byTerm.all(now, "plate", confusableKey(plate))),
        ...(code === null ? [] : byTerm.all(now, "code", code)),
      ]);
      return {
        permits: parseAll(permit, rows, "permits"),
        reservations: parseAll(reservation, rows, "reservations"),
        blocklist: parseAll(blocklistEntry, rows, "blocklist"),
        accounts: parseAll(account, rows, "accounts"),
      };
    },
    reservation: (id) => parseOne(reservation, byKey.get(generation(), "reservations", id)),
    pool: (id) => parseOne(pool, byKey.get(generation(), "pools", id)),
    attachedTo: (sessionId) => {
      const rows = byTerm.all(generation(), "session", sessionId);
      return { credits: parseAll(credit, rows, "credits"), validations: parseAll(validation, rows, "validations") };
    },
    validationsByCode: (code) => parseAll(validation, byTerm.all(generation(), "code", code), "validations"),
    ticketKeys: () => ticketKeys(stateKey()),
  };

  function parseOne<Value>(schema: Schema<Value>, row: ItemRow | undefined): Value | null {
    return row === undefined ? null : parse(schema, row);
  }
}

/**
 * Few items that each decision needs and that are dear to check (tariffs): read again only when the replica's version
 * changed, and checked again only when their own text did.
 */
function rememberParsed<Value>(
  read: () => readonly ItemRow[],
  parse: (row: ItemRow) => Value | null,
): (stateKey: string) => readonly Value[] {
  let parsedAt = "";
  let known = new Map<string, Value | null>();
  let values: readonly Value[] = [];
  return (stateKey) => {
    if (stateKey === parsedAt) return values;
    const next = new Map<string, Value | null>();
    for (const row of read()) next.set(row.value, known.has(row.value) ? (known.get(row.value) ?? null) : parse(row));
    known = next;
    values = [...next.values()].flatMap((value) => (value === null ? [] : [value]));
    parsedAt = stateKey;
    return values;
  };
}

function unique(rows: readonly ItemRow[]): readonly ItemRow[] {
  return [...new Map(rows.map((row) => [`${row.collection}\0${row.key}`, row])).values()];
}

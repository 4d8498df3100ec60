import type { ReplicaItem } from "@gatehouse/shared/contracts/mqtt/replica.ts";
import type { LotPolicy } from "@gatehouse/shared/contracts/replica/lot.ts";
import type { Permit } from "@gatehouse/shared/contracts/replica/permit.ts";
import type { Tariff } from "@gatehouse/shared/contracts/replica/tariff.ts";
import { canonicalJson, type Json } from "@gatehouse/shared/kit/canonical-json.ts";
import { checksumOf } from "@gatehouse/shared/sync/replica-checksum.ts";
import type { EdgeStore } from "../../store/store-port.ts";

export const LOT_ID = "00000000-0000-7000-8000-000000000001";
export const TARIFF_ID = "00000000-0000-7000-8000-0000000000f1";
export const ENTRY_LANE = "00000000-0000-7000-8000-0000000000a1";
export const EXIT_LANE = "00000000-0000-7000-8000-0000000000a2";

const NO_AGE_LIMIT = { max_age_minutes: null, beyond: "use" } as const;

/** Two euros for each started hour, ten minutes to leave after paying. */
export const sampleTariff: Tariff = {
  schema_version: 1,
  tariff_id: TARIFF_ID,
  version: 1,
  name: "Standard",
  currency: "EUR",
  time_zone: "Europe/Berlin",
  entry_grace_minutes: 5,
  free_minutes: 0,
  exit_grace_minutes: 10,
  bands: [
    {
      band_id: "always",
      days: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
      from: "00:00",
      to: "00:00",
      rate: {
        kind: "steps",
        steps: [{ unit_minutes: 60, price_minor: 200, count: null }],
        counts_from: "stay",
        at_edge: "finish_unit",
      },
      cap_minor: null,
    },
  ],
  special_days: [],
  caps: [],
  early_birds: [],
  multipliers: [],
  max_validations: 1,
  rounding: { scope: "stay", mode: "nearest", to_minor: 10 },
  tax: { prices: "inclusive", rates: [] },
  lost_ticket_minor: 2_500,
};

export function samplePolicy(change: Partial<LotPolicy> = {}): LotPolicy {
  return {
    lot_id: LOT_ID,
    version: 1,
    name: "Station garage",
    time_zone: "Europe/Berlin",
    currency: "EUR",
    capacity: { total: 100_000, by_spot_type: {} },
    when_full: "refuse_transients",
    opening_hours: [],
    when_closed: "refuse_everyone",
    passback: "none",
    transients: "both",
    min_confidence: 0.6,
    resembling_plate: "ask",
    exit_without_session: "ask_operator",
    collect_debts: true,
    tariffs: [{ tariff_id: TARIFF_ID, version: 1, in_force_from: "2026-01-01T00:00:00Z" }],
    replica_age_limits: {
      permits: NO_AGE_LIMIT,
      reservations: NO_AGE_LIMIT,
      blocklist: NO_AGE_LIMIT,
      credits: NO_AGE_LIMIT,
    },
    unknown_time: "assume_in_time",
    fail_policy: { entry: "closed", exit: "open" },
    offline_payment: { max_debt_minor: 5_000, max_open_debts: 3 },
    areas: [],
    lanes: [
      { lane_id: ENTRY_LANE, code: "entry-1", name: "Entry", direction: "entry", area: null, outer_area: null },
      { lane_id: EXIT_LANE, code: "exit-1", name: "Exit", direction: "exit", area: null, outer_area: null },
    ],
    ...change,
  };
}

export function samplePermit(permitId: string, plate: string, change: Partial<Permit> = {}): Permit {
  return {
    permit_id: permitId,
    holder_label: "Holder",
    plates: [plate],
    codes: [],
    max_concurrent: 1,
    valid_from: "2026-01-01T00:00:00Z",
    valid_until: null,
    access_windows: [],
    spot_type: null,
    area: null,
    overflow: "deny",
    pool_id: null,
    ...change,
  };
}

export function replicaItem(collection: string, key: string, value: Json): ReplicaItem {
  return { collection, key, value: canonicalJson(value) };
}

export function lotItem(policy: LotPolicy): ReplicaItem {
  return replicaItem("lot", policy.lot_id, policy);
}

export function tariffItem(tariff: Tariff = sampleTariff): ReplicaItem {
  return replicaItem("tariffs", `${tariff.tariff_id}@${tariff.version}`, tariff);
}

export function permitItem(permit: Permit): ReplicaItem {
  return replicaItem("permits", permit.permit_id, permit);
}

/** A validation of 1.50 by the code `CAFE-1`, for one stay, changed by `change`. */
export function validationItem(change: { readonly [key: string]: Json } = {}): ReplicaItem {
  return replicaItem("validations", "v-1", {
    validation_id: "v-1",
    provider: "Café",
    code: "CAFE-1",
    session_id: null,
    grant: { kind: "amount", amount_minor: 150 },
    uses: "once",
    valid_from: "2026-01-01T00:00:00Z",
    valid_until: null,
    ...change,
  });
}

/** Puts a whole replica in force, in parts of `partSize` items. */
export async function loadReplica(
  store: EdgeStore,
  items: readonly ReplicaItem[],
  { version = 1, partSize = 1_000 }: { readonly version?: number; readonly partSize?: number } = {},
): Promise<void> {
  const parts = Math.max(1, Math.ceil(items.length / partSize));
  const checksum = checksumOf(items);
  for (let part = 0; part < parts; part++) {
    await store.replica.applySnapshotPart({
      v: 1,
      kind: "snapshot",
      version,
      checksum,
      item_count: items.length,
      part,
      parts,
      items: items.slice(part * partSize, (part + 1) * partSize),
    });
  }
}

import type { ReplicaEdit } from "@gatehouse/cloud/services/replica/next-version.ts";
import type { LotPolicy } from "@gatehouse/shared/contracts/replica/lot.ts";
import type { Permit } from "@gatehouse/shared/contracts/replica/permit.ts";
import type { Tariff } from "@gatehouse/shared/contracts/replica/tariff.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { type Random, randomInt } from "@gatehouse/shared/kit/random.ts";

/** Plates that have a permit, an entry of the blocklist, both or neither. */
export const PLATES = 20;
/** Permits that make a replica heavy enough for a snapshot in several parts; none of them is shown at a lane. */
const HEAVY_PERMITS = 34;
const WINDOWS_OF_HEAVY = 50;
const ALL_WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
const TARIFF_ID = "0190f3a1-0000-7000-8000-0000000000f1";

/** How long each class holds here: shorter than days without a link, so that it runs out. */
const AGE_LIMITS: LotPolicy["replica_age_limits"] = {
  permits: { max_age_minutes: 24 * 60, beyond: "ask_operator" },
  reservations: { max_age_minutes: 4 * 60, beyond: "ask_operator" },
  blocklist: { max_age_minutes: 12 * 60, beyond: "use" },
  credits: { max_age_minutes: 30, beyond: "ignore" },
};

export function plateOf(index: number): string {
  return `GH${100 + index}`;
}

export function permitKey(index: number): string {
  return `permit-${index}`;
}

export function entryKey(index: number): string {
  return `entry-${index}`;
}

/** The first version of a lot's replica. */
export function firstEdits(lotId: Uuid, laneId: Uuid): readonly ReplicaEdit[] {
  const heavy = Array.from({ length: HEAVY_PERMITS }, (_, index) => heavyPermit(index, "first"));
  return [policyEdit({ lotId, laneId, version: 1 }), tariffEdit(1), ...heavy, permitEdit(0, "first")];
}

/** Drawn edits of one moment. One word marks them all, so that half of them would show. */
export function drawEdits(
  random: Random,
  { lotId, laneId, version }: { readonly lotId: Uuid; readonly laneId: Uuid; readonly version: number },
): readonly ReplicaEdit[] {
  const word = `after version ${version}`;
  const edits = Array.from({ length: randomInt(random, 1, 3) }, () => randomInt(random, 0, PLATES - 1)).flatMap(
    (index) => plateEdits(index, word, random),
  );
  if (random.next() < 0.2) edits.push(heavyPermit(randomInt(random, 0, HEAVY_PERMITS - 1), word));
  if (random.next() < 0.1) edits.push(tariffEdit(version + 1), policyEdit({ lotId, laneId, version: version + 1 }));
  return edits;
}

function plateEdits(index: number, word: string, random: Random): ReplicaEdit[] {
  const draw = random.next();
  if (draw < 0.2)
    return [
      { op: "delete", collection: "permits", key: permitKey(index) },
      { op: "delete", collection: "blocklist", key: entryKey(index) },
    ];
  const blocked: ReplicaEdit = {
    op: "put",
    collection: "blocklist",
    value: { entry_id: entryKey(index), plate: plateOf(index), action: "flag", reason: word, until: null },
  };
  return [permitEdit(index, word), blocked];
}

function permitEdit(index: number, word: string): ReplicaEdit {
  return { op: "put", collection: "permits", value: permit(permitKey(index), word, [plateOf(index)]) };
}

function heavyPermit(index: number, word: string): ReplicaEdit {
  const window = { days: [...ALL_WEEK], from: "00:00", to: "23:59" };
  const access_windows = Array.from({ length: WINDOWS_OF_HEAVY }, () => window);
  return { op: "put", collection: "permits", value: { ...permit(`heavy-${index}`, word, []), access_windows } };
}

function permit(permit_id: string, holder_label: string, plates: string[]): Permit {
  return {
    permit_id,
    holder_label,
    plates,
    codes: [],
    max_concurrent: 1,
    valid_from: "2026-01-01T00:00:00Z",
    valid_until: null,
    access_windows: [],
    spot_type: null,
    area: null,
    overflow: "deny",
    pool_id: null,
  };
}

function tariffEdit(price: number): ReplicaEdit {
  const value: Tariff = {
    schema_version: 1,
    tariff_id: TARIFF_ID,
    version: 1,
    name: "Simulated",
    currency: "EUR",
    time_zone: "Europe/Berlin",
    entry_grace_minutes: 5,
    free_minutes: 0,
    exit_grace_minutes: 10,
    bands: [
      {
        band_id: "always",
        days: [...ALL_WEEK],
        from: "00:00",
        to: "00:00",
        rate: { kind: "flat", price_minor: price },
        cap_minor: null,
      },
    ],
    special_days: [],
    caps: [],
    early_birds: [],
    multipliers: [],
    max_validations: 1,
    rounding: { scope: "stay", mode: "nearest", to_minor: 1 },
    tax: { prices: "inclusive", rates: [] },
    lost_ticket_minor: 2_500,
  };
  return { op: "put", collection: "tariffs", value };
}

function policyEdit({
  lotId,
  laneId,
  version,
}: {
  readonly lotId: Uuid;
  readonly laneId: Uuid;
  readonly version: number;
}): ReplicaEdit {
  const value: LotPolicy = {
    lot_id: lotId,
    version,
    name: "Simulated lot",
    time_zone: "Europe/Berlin",
    currency: "EUR",
    capacity: { total: 1_000, by_spot_type: {} },
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
    replica_age_limits: AGE_LIMITS,
    unknown_time: "assume_in_time",
    fail_policy: { entry: "closed", exit: "open" },
    offline_payment: { max_debt_minor: 5_000, max_open_debts: 3 },
    areas: [],
    lanes: [{ lane_id: laneId, code: "in", name: "Entry", direction: "entry", area: null, outer_area: null }],
  };
  return { op: "put", collection: "lot", value };
}

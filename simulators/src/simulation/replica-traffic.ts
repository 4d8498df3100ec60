import type { ReplicaEdit } from "@gatehouse/cloud/services/replica/next-version.ts";
import { samplePermit, samplePolicy, sampleTariff } from "@gatehouse/edge/decision/testing/lot-sample.ts";
import type { LotPolicy } from "@gatehouse/shared/contracts/replica/lot.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { type Random, randomInt } from "@gatehouse/shared/kit/random.ts";

/** Plates that have a permit, an entry of the blocklist, both or neither. */
export const PLATES = 20;
/** Permits that make a replica heavy enough for a snapshot in several parts; none of them is shown at a lane. */
const HEAVY_PERMITS = 34;
const WINDOWS_OF_HEAVY = 50;
const ALL_WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

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
  const value = samplePermit(permitKey(index), plateOf(index), { holder_label: word });
  return { op: "put", collection: "permits", value };
}

function heavyPermit(index: number, word: string): ReplicaEdit {
  const window = { days: [...ALL_WEEK], from: "00:00", to: "23:59" };
  const access_windows = Array.from({ length: WINDOWS_OF_HEAVY }, () => window);
  const value = samplePermit(`heavy-${index}`, "", { holder_label: word, plates: [], access_windows });
  return { op: "put", collection: "permits", value };
}

function tariffEdit(price: number): ReplicaEdit {
  const bands = sampleTariff.bands.map((band) => ({ ...band, rate: { kind: "flat", price_minor: price } as const }));
  return { op: "put", collection: "tariffs", value: { ...sampleTariff, bands } };
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
  const lane = {
    lane_id: laneId,
    code: "in",
    name: "Entry",
    direction: "entry",
    area: null,
    outer_area: null,
  } as const;
  const value = samplePolicy({ lot_id: lotId, version, replica_age_limits: AGE_LIMITS, lanes: [lane] });
  return { op: "put", collection: "lot", value };
}

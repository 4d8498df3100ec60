import { formatUuid } from "@gatehouse/shared/kit/ids.ts";
import { seededRandom } from "@gatehouse/shared/kit/random.ts";
import type { SetupDataInput } from "../../process/setup-data.ts";
import { newTokenText } from "../../services/api-tokens/token-text.ts";

type LotInput = SetupDataInput["lots"][number];

export interface SampleOperator {
  readonly data: SetupDataInput;
  readonly operatorId: string;
  readonly lotId: string;
  readonly entryLane: string;
  readonly exitLane: string;
  /** Bearer tokens by role. */
  readonly tokens: {
    readonly admin: string;
    readonly attendant: string;
    readonly lpr: string;
    readonly viewer: string;
  };
}

export interface SampleOptions {
  /** Tells operators of one test apart: all ids come from it. */
  readonly seed: number;
  readonly spots?: readonly { readonly type: "standard" | "disabled" | "ev"; readonly count: number }[];
}

/** One operator with one lot, a tariff of 2.00 for each started hour with 10 minutes of grace, and a token of each role. */
export function sampleOperator({ seed, spots = [{ type: "standard", count: 3 }] }: SampleOptions): SampleOperator {
  const random = seededRandom(seed);
  const id = (): string => formatUuid(random.bytes(16));
  const operatorId = id();
  const lot = sampleLot({ id, seed, spots });
  const tokens = {
    admin: newTokenText(id(), random),
    attendant: newTokenText(id(), random),
    lpr: newTokenText(id(), random),
    viewer: newTokenText(id(), random),
  };
  const [entry, exit] = lot.lanes;
  if (!entry || !exit) throw new Error("The sample lot has two lanes.");
  return {
    operatorId,
    lotId: lot.lot_id,
    entryLane: entry.id,
    exitLane: exit.id,
    tokens,
    data: {
      operator: { id: operatorId, code: `operator-${seed}`, name: `Operator ${seed}` },
      lots: [lot],
      tokens: [
        { token: tokens.admin, name: "admin", role: "operator_admin" },
        { token: tokens.attendant, name: "attendant", role: "gate_attendant" },
        { token: tokens.lpr, name: "camera", role: "lpr_device" },
        { token: tokens.viewer, name: "viewer", role: "viewer" },
      ],
    },
  };
}

function sampleLot({
  id,
  seed,
  spots,
}: {
  id: () => string;
  seed: number;
  spots: NonNullable<SampleOptions["spots"]>;
}): LotInput {
  const lotId = id();
  const tariffId = id();
  const lanes = [
    { id: id(), code: "in", name: "Way in", direction: "entry" as const },
    { id: id(), code: "out", name: "Way out", direction: "exit" as const },
  ];
  const numbered = spots.flatMap(({ type, count }) =>
    Array.from({ length: count }, (_, place) => ({
      id: id(),
      spot_number: `${type.charAt(0).toUpperCase()}${String(place + 1).padStart(3, "0")}`,
      type,
    })),
  );
  return {
    lot_id: lotId,
    code: `lot-${seed}`,
    name: `Lot ${seed}`,
    time_zone: "Europe/Berlin",
    currency: "EUR",
    spots: numbered,
    lanes,
    tariffs: [sampleTariff(tariffId)],
    policy: samplePolicy({ lotId, tariffId, name: `Lot ${seed}`, total: numbered.length, lanes }),
  };
}

/** 2.00 EUR for each started hour, 10 minutes of grace at the entry. */
export function sampleTariff(tariffId: string): LotInput["tariffs"][number] {
  return {
    schema_version: 1,
    tariff_id: tariffId,
    version: 1,
    name: "Hourly",
    currency: "EUR",
    time_zone: "Europe/Berlin",
    entry_grace_minutes: 10,
    free_minutes: 0,
    exit_grace_minutes: 15,
    bands: [
      {
        band_id: "all",
        days: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
        from: "00:00",
        to: "00:00",
        rate: {
          kind: "steps",
          steps: [{ unit_minutes: 60, price_minor: 200, count: null }],
          counts_from: "stay",
          at_edge: "cut_unit",
        },
        cap_minor: null,
      },
    ],
    special_days: [],
    caps: [],
    early_birds: [],
    multipliers: [],
    max_validations: 0,
    rounding: { scope: "stay", mode: "nearest", to_minor: 1 },
    tax: { prices: "inclusive", rates: [] },
    lost_ticket_minor: 2_500,
  };
}

interface PolicyFacts {
  readonly lotId: string;
  readonly tariffId: string;
  readonly name: string;
  readonly total: number;
  readonly lanes: LotInput["lanes"];
}

function samplePolicy({ lotId, tariffId, name, total, lanes }: PolicyFacts): LotInput["policy"] {
  const limit = { max_age_minutes: null, beyond: "use" as const };
  return {
    lot_id: lotId,
    version: 1,
    name,
    time_zone: "Europe/Berlin",
    currency: "EUR",
    capacity: { total, by_spot_type: {} },
    when_full: "refuse_transients",
    opening_hours: [],
    when_closed: "refuse_transients",
    passback: "soft",
    transients: "by_plate",
    min_confidence: 0.7,
    resembling_plate: "ask",
    exit_without_session: "ask_operator",
    collect_debts: true,
    tariffs: [{ tariff_id: tariffId, version: 1, in_force_from: "2020-01-01T00:00:00Z" }],
    replica_age_limits: { permits: limit, reservations: limit, blocklist: limit, credits: limit },
    unknown_time: "assume_in_time",
    fail_policy: { entry: "closed", exit: "open" },
    offline_payment: { max_debt_minor: 5_000, max_open_debts: 3 },
    lanes: lanes.map(({ id, code, name: laneName, direction }) => ({ lane_id: id, code, name: laneName, direction })),
  };
}

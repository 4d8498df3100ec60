import type { SetupDataInput } from "@gatehouse/cloud/process/setup-data.ts";
import { type Site, site as siteSchema } from "@gatehouse/shared/contracts/config/site/site.ts";
import type { LaneDirection, SpotType } from "@gatehouse/shared/contracts/primitives.ts";
import type { BlocklistEntry } from "@gatehouse/shared/contracts/replica/blocklist.ts";
import type { LotPolicy } from "@gatehouse/shared/contracts/replica/lot.ts";
import type { Permit } from "@gatehouse/shared/contracts/replica/permit.ts";
import type { Tariff } from "@gatehouse/shared/contracts/replica/tariff.ts";
import type { ReplicaValidation } from "@gatehouse/shared/contracts/replica/validation.ts";
import { normalisePlate } from "@gatehouse/shared/domain/plate/normalise.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { WorldLot } from "./config.ts";
import { type DemoLotPlan, type DemoShop, demoLotPlan } from "./demo-lots.ts";
import { PlateRegister } from "./plates.ts";
import { randomFor, uuidFor } from "./seeds.ts";

export interface DemoOptions {
  /** How many lots, at least 1. */
  readonly lots: number;
  readonly seed: number;
}

/** A lot of the world, without the addresses that a running system gives it. */
export type DemoLot = Omit<WorldLot, "io_socket" | "gate_socket" | "agent_url" | "proxies">;

/** An operator with simulated lots: what the cloud is set up with, and what agents and world are given. */
export interface DemoSystem {
  readonly setup: SetupDataInput;
  readonly lots: readonly DemoLot[];
}

type SetupLotInput = SetupDataInput["lots"][number];

const RULES_FROM = "2020-01-01T00:00:00Z";
/** The world's samples cross a socket between busy processes, which wired inputs don't. */
const SIM_FRESH_MS = 250;
const OPERATOR = { code: "demo", name: "Demo Parking" };
const SPOT_TYPES: readonly SpotType[] = ["standard", "disabled", "ev"];

/** Makes the whole system of a seed; the same seed gives the same ids, plates and rules. Tokens are left to the caller. */
export function demoSystem({ lots, seed }: DemoOptions): DemoSystem {
  const operatorId = uuidFor(seed, "operator");
  const made = Array.from({ length: lots }, (_, index) => demoLot(demoLotPlan(index), { seed, operatorId }));
  return {
    setup: { operator: { id: operatorId, ...OPERATOR }, lots: made.map(({ setup }) => setup), tokens: [] },
    lots: made.map(({ lot }) => lot),
  };
}

interface LotPlace {
  readonly seed: number;
  readonly operatorId: Uuid;
}

function demoLot(plan: DemoLotPlan, { seed, operatorId }: LotPlace): { setup: SetupLotInput; lot: DemoLot } {
  const lotId = uuidFor(seed, plan.code);
  const plates = drawKnownPlates(plan, seed);
  const tariff = plan.tariff({
    tariffId: uuidFor(seed, plan.code, "tariff"),
    currency: plan.currency,
    timeZone: plan.timeZone,
  });
  const site = siteOf(plan, { seed, operatorId }, lotId);
  const setup: SetupLotInput = {
    lot_id: lotId,
    code: plan.code,
    name: plan.name,
    address: plan.address,
    time_zone: plan.timeZone,
    currency: plan.currency,
    spots: spotsOf(plan, seed),
    areas: [],
    lanes: plan.lanes.map(({ code, name, direction }) => ({ id: laneId(seed, plan, code), code, name, direction })),
    tariffs: [tariff],
    validations: plan.shops.map(validationOf),
    permits: plates.permits.map((painted, index) => permitOf(painted, `${plan.code}-permit-${index + 1}`)),
    blocklist: plates.blocked.map((painted, index) => blockedOf(painted, `${plan.code}-blocked-${index + 1}`)),
    policy: policyOf(plan, { lotId, tariff, seed }),
  };
  const population = {
    ...plan.people,
    countries: plan.countries,
    permit_plates: plates.permits.flat(),
    blocked_plates: plates.blocked,
    validation_codes: plan.shops.map(({ code }) => code),
  };
  const { arrivalsPerHour, dayProfile, armTravelMs } = plan;
  const lot: DemoLot = {
    site,
    population,
    arrivals_per_hour: arrivalsPerHour,
    day_profile: [...dayProfile],
    arm_travel_ms: armTravelMs,
    max_arrivals: null,
  };
  return { setup, lot };
}

/** Every third permit has a second plate, of which only one may be inside. */
function drawKnownPlates(plan: DemoLotPlan, seed: number): { permits: string[][]; blocked: string[] } {
  const random = randomFor(seed, plan.code, "known plates");
  const register = new PlateRegister();
  const permits = Array.from({ length: plan.permits }, (_, index) =>
    Array.from({ length: index % 3 === 2 ? 2 : 1 }, () => register.draw(plan.countries, random)),
  );
  return { permits, blocked: Array.from({ length: plan.blocked }, () => register.draw(plan.countries, random)) };
}

function laneId(seed: number, plan: DemoLotPlan, code: string): Uuid {
  return uuidFor(seed, plan.code, "lane", code);
}

function siteOf(plan: DemoLotPlan, { seed, operatorId }: LotPlace, lotId: Uuid): Site {
  return siteSchema.parse({
    lot_id: lotId,
    operator_id: operatorId,
    code: plan.code,
    name: plan.name,
    time_zone: plan.timeZone,
    lanes: plan.lanes.map(({ code, direction, camera, tickets }) => ({
      id: laneId(seed, plan, code),
      code,
      direction,
      // Where tickets are given out, who is not read at the exit has one to show.
      without_read: givesTickets(plan) ? "ask" : "open",
      peripherals: tickets ? { printer: { driver: "sim" } } : {},
      wiring: { driver: "sim" },
      timings: { fresh_ms: SIM_FRESH_MS },
      cameras: [
        {
          id: `${plan.code}-${code}`,
          secret: uuidFor(seed, plan.code, "camera secret", code),
          direction: "approaching",
          ...camera,
        },
      ],
    })),
  });
}

function givesTickets({ lanes }: DemoLotPlan): boolean {
  return lanes.some(({ tickets }) => tickets);
}

function validationOf({ code, provider, freeMinutes }: DemoShop): ReplicaValidation {
  return {
    validation_id: code.toLowerCase(),
    provider,
    code,
    session_id: null,
    grant: { kind: "free_time", minutes: freeMinutes, taken: "from_start" },
    uses: "reusable",
    valid_from: RULES_FROM,
    valid_until: null,
  };
}

function spotsOf(plan: DemoLotPlan, seed: number): NonNullable<SetupLotInput["spots"]> {
  return SPOT_TYPES.flatMap((type) =>
    Array.from({ length: plan.spots[type] }, (_, index) => {
      const number = `${type.charAt(0).toUpperCase()}${String(index + 1).padStart(3, "0")}`;
      return { id: uuidFor(seed, plan.code, "spot", number), spot_number: number, type };
    }),
  );
}

function permitOf(painted: readonly string[], id: string): Permit {
  return {
    permit_id: id,
    holder_label: `Tenant ${id.split("-").at(-1)}`,
    plates: painted.map(normalised),
    codes: [],
    max_concurrent: 1,
    valid_from: RULES_FROM,
    valid_until: null,
    access_windows: [],
    spot_type: null,
    area: null,
    overflow: "bill_as_visitor",
    pool_id: null,
  };
}

function blockedOf(painted: string, id: string): BlocklistEntry {
  return { entry_id: id, plate: normalised(painted), action: "refuse", reason: "Unpaid exits", until: null };
}

function normalised(painted: string): string {
  const plate = normalisePlate(painted);
  if (plate === null) throw new RangeError(`${painted} is no plate`);
  return plate;
}

function policyOf(
  plan: DemoLotPlan,
  { lotId, tariff, seed }: { lotId: Uuid; tariff: Tariff; seed: number },
): LotPolicy {
  const keepUsing = { max_age_minutes: null, beyond: "use" } as const;
  return {
    lot_id: lotId,
    version: 1,
    name: plan.name,
    time_zone: plan.timeZone,
    currency: plan.currency,
    capacity: { total: SPOT_TYPES.reduce((sum, type) => sum + plan.spots[type], 0), by_spot_type: plan.spots },
    when_full: "refuse_transients",
    opening_hours: [],
    when_closed: "refuse_transients",
    passback: "soft",
    transients: givesTickets(plan) ? "both" : "by_plate",
    min_confidence: 0.7,
    resembling_plate: "treat_as_stranger",
    exit_without_session: "open",
    collect_debts: false,
    tariffs: [{ tariff_id: tariff.tariff_id, version: tariff.version, in_force_from: RULES_FROM }],
    replica_age_limits: { permits: keepUsing, reservations: keepUsing, blocklist: keepUsing, credits: keepUsing },
    unknown_time: "assume_in_time",
    fail_policy: { entry: "closed", exit: "open" },
    // Above every stay's fee: nobody is there to answer when a lot without its link calls the operator.
    offline_payment: { max_debt_minor: 10 * tariff.lost_ticket_minor, max_open_debts: 2 },
    areas: [],
    lanes: plan.lanes.map(({ code, name, direction }) => ({
      lane_id: laneId(seed, plan, code),
      code,
      name,
      direction: direction satisfies LaneDirection,
      area: null,
      outer_area: null,
    })),
  };
}

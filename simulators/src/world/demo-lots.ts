import type { PushedCamera } from "@gatehouse/shared/contracts/config/site/camera.ts";
import type { Direction, SpotType } from "@gatehouse/shared/contracts/primitives.ts";
import type { Tariff } from "@gatehouse/shared/contracts/replica/tariff.ts";
import { eveningTariff, garageTariff, type TariffPlace } from "./demo-tariffs.ts";
import type { PlateMix } from "./plates.ts";
import type { Population } from "./population.ts";

export interface DemoLane {
  readonly code: string;
  readonly name: string;
  readonly direction: Direction;
  /** Whether the lane gives out tickets; an exit always takes them. */
  readonly tickets?: true;
  /** The keys of the site file that tell what the camera is. */
  readonly camera: { readonly format: PushedCamera["format"] } & Readonly<Record<string, unknown>>;
}

/** A shop that gives its customers a code for the exit. */
export interface DemoShop {
  readonly code: string;
  readonly provider: string;
  readonly freeMinutes: number;
}

/** One lot of the demo before ids and plates are drawn. */
export interface DemoLotPlan {
  readonly code: string;
  readonly name: string;
  readonly address: string;
  readonly timeZone: string;
  readonly currency: string;
  readonly countries: PlateMix;
  readonly spots: Readonly<Record<SpotType, number>>;
  readonly lanes: readonly DemoLane[];
  readonly tariff: (place: TariffPlace) => Tariff;
  /** Shops whose codes are taken off what a stay costs. */
  readonly shops: readonly DemoShop[];
  readonly permits: number;
  readonly blocked: number;
  readonly arrivalsPerHour: number;
  /** Factor by hour of the lot's day. */
  readonly dayProfile: readonly number[];
  readonly armTravelMs: [number, number];
  readonly people: Omit<Population, "countries" | "permit_plates" | "blocked_plates" | "validation_codes">;
}

const HIKVISION = { format: "hikvision" } as const;
const GENERIC = {
  format: "generic",
  mapping: {
    plate: "vehicle.plate.text",
    confidence: "vehicle.plate.score",
    captured_at: "time",
    event_id: "id",
    direction: "vehicle.heading",
  },
} as const;

/*
 * Only cameras that say how sure they are. Without that (UniFi), or with a first text that is short of a character (Axis),
 * a misread is as good as a read, and an exit that lets strangers out lets them out by it.
 */
const MILESIGHT = { format: "milesight" } as const;
const DAHUA = { format: "dahua" } as const;
/** The barrier is ours; the camera's own relay is left alone. */
const VZENITH = { format: "vzenith" } as const;

const PEOPLE = {
  permit_share: 0.25,
  blocked_share: 0.015,
  unplated_share: 0.01,
  ticket_share: 0,
  loses_ticket: 0,
  shows_validation: 0,
  backs_out: 0.03,
  tailgates: 0,
  mean_stay_minutes: 75,
};

const CITY_DAY = [
  0.3, 0.3, 0.3, 0.3, 0.4, 0.6, 0.9, 1.3, 1.4, 1.3, 1.1, 1.1, 1.2, 1.1, 1, 1, 1.1, 1.2, 1.2, 1, 0.8, 0.6, 0.5, 0.4,
];
const EVENING_DAY = [
  1, 0.8, 0.5, 0.4, 0.3, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.8, 0.9, 0.9, 0.9, 1, 1.2, 1.4, 1.6, 1.7, 1.6, 1.5, 1.3, 1.2,
];

const GARAGE: DemoLotPlan = {
  code: "mitte",
  name: "Parkhaus Mitte",
  address: "Fischerinsel 3, 10179 Berlin",
  timeZone: "Europe/Berlin",
  currency: "EUR",
  countries: ["DE", "NL", "FR", "PL", "IT", "GB"],
  spots: { standard: 52, disabled: 3, ev: 5 },
  lanes: [
    { code: "entry-1", name: "Entry 1", direction: "entry", camera: HIKVISION },
    { code: "entry-2", name: "Entry 2", direction: "entry", camera: GENERIC, tickets: true },
    { code: "exit-1", name: "Exit 1", direction: "exit", camera: MILESIGHT },
    { code: "exit-2", name: "Exit 2", direction: "exit", camera: VZENITH },
  ],
  tariff: garageTariff,
  shops: [{ code: "CAFE-SPREE-60", provider: "Café an der Spree", freeMinutes: 60 }],
  permits: 18,
  blocked: 3,
  arrivalsPerHour: 36,
  dayProfile: CITY_DAY,
  armTravelMs: [900, 1_500],
  people: { ...PEOPLE, unplated_share: 0, ticket_share: 0.12, loses_ticket: 0.15, shows_validation: 0.2 },
};

const EVENING_LOT: DemoLotPlan = {
  code: "ferry-terminal",
  name: "Harborside Evening Parking at the Old Ferry Terminal, Pier 17 North, Levels 0 to 2",
  address: "89 South Street, New York, NY 10038",
  timeZone: "America/New_York",
  currency: "USD",
  countries: ["US", "US", "CA"],
  spots: { standard: 33, disabled: 2, ev: 5 },
  lanes: [
    {
      code: "waterside-entry",
      name: "Waterside entry under the elevated highway",
      direction: "entry",
      camera: DAHUA,
    },
    { code: "waterside-exit", name: "Waterside exit towards the bridge", direction: "exit", camera: HIKVISION },
  ],
  tariff: eveningTariff,
  shops: [],
  permits: 8,
  blocked: 2,
  arrivalsPerHour: 18,
  dayProfile: EVENING_DAY,
  armTravelMs: [800, 1_200],
  people: { ...PEOPLE, mean_stay_minutes: 100, permit_share: 0.15 },
};

const KINDS: readonly DemoLotPlan[] = [GARAGE, EVENING_LOT];

/** The plan of lot number `index` from 0: the two kinds in turn, numbered from the third on. */
export function demoLotPlan(index: number): DemoLotPlan {
  const plan = KINDS[index % KINDS.length] ?? GARAGE;
  const number = Math.floor(index / KINDS.length) + 1;
  return number === 1 ? plan : { ...plan, code: `${plan.code}-${number}`, name: `${plan.name} (${number})` };
}

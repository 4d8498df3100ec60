import type {
  ContactName,
  ContactSignal,
  LimitName,
  LoopName,
  LoopSignal,
} from "@gatehouse/shared/contracts/edge/io-socket.ts";
import { type MonoMs, monoMs } from "@gatehouse/shared/kit/clock.ts";
import { type Relays, type RelayTrace, relaysOff } from "../lane/interlocks.ts";
import type { Relay } from "../ports/barrier/barrier-port.ts";
import type { BlindLoops } from "./blind-loops.ts";
import type { Channels } from "./channels.ts";
import { type DeviceTests, NO_TESTS } from "./device-tests.ts";
import { type DoubtedInputs, doubtedChannels, doubtedLoops, NO_DOUBT } from "./doubted-inputs.ts";
import type { GuardAlarm, LatchCause, RaiseCause } from "./guard-reports.ts";
import { INPUT_NAMES, type InputName, type LaneInputs } from "./inputs.ts";
import { type SensedInput, unknownInput } from "./sensed.ts";

export type Motion =
  /** `wasUp`: seen at its upper limit since it rests; `leftAt`: since when it is not there any more, though nobody asked. */
  | { readonly kind: "resting"; readonly wasUp: boolean; readonly leftAt: MonoMs | null }
  | {
      readonly kind: "raising";
      readonly since: MonoMs;
      readonly cause: RaiseCause;
      readonly pulseDone: boolean;
      /** Pulses given for this raise; a second one is tried when the arm does not arrive. */
      readonly tries: number;
      /** When the board last refused or lost the relay; it is tried again `RELAY_RETRY_MS` later. Null before that. */
      readonly refusedAt: MonoMs | null;
      /** End of the command's life, null where the raise doesn't come from one (SAFE-16). */
      readonly notAfter: MonoMs | null;
    }
  | { readonly kind: "lowering"; readonly since: MonoMs; readonly record: string; readonly pulseDone: boolean };

export const RESTING: Motion = { kind: "resting", wasUp: false, leftAt: null };

export const NO_FALLS: GuardState["falls"] = { count: 0, at: monoMs(0) };

export interface GuardState {
  readonly inputs: Readonly<Record<InputName, SensedInput>>;
  readonly view: LaneInputs;
  readonly channels: Channels;
  readonly blind: BlindLoops;
  readonly tests: DeviceTests;
  readonly motion: Motion;
  readonly relays: Relays;
  readonly trace: RelayTrace;
  /** The hold-open output, where the barrier has one. */
  readonly hold: boolean;
  readonly green: boolean;
  readonly greenWanted: boolean;
  /** Whether the lane machine wants the arm to stay up, for a vehicle or by a hand (SAFE-24). */
  readonly keepOpen: boolean;
  /** Since when the arm is up though it could come down and nobody wants it up (SAFE-24). */
  readonly idleOpen: { readonly since: MonoMs } | null;
  /** A lock that is asked for takes effect when the arm rests, so that a lowering arm can still be reversed (SAFE-22). */
  readonly maintenance: "off" | "asked" | "on";
  /** A close that waits for the end of this tick, so that an open in the same tick wins (SAFE-06). */
  readonly closeAsked: string | null;
  readonly openAsked: boolean;
  /** Starts of the closes within the last hour, newest last; at most the cycles an hour of the lane (SAFE-23). */
  readonly closes: readonly MonoMs[];
  /** Reversals since the arm was last down. */
  readonly reversals: number;
  /** It has been reversed since the last close began; a reset does not take that back. */
  readonly isReversed: boolean;
  readonly lastHazardAt: MonoMs;
  readonly lastMotionAt: MonoMs;
  /** When the arm was last sent up, or that was given up; null when it may be sent up at once. */
  readonly raisedAt: MonoMs | null;
  /** How often the arm has left its upper limit though nobody asked, since `at`. */
  readonly falls: { readonly count: number; readonly at: MonoMs };
  readonly latch: LatchCause | null;
  /** Latched until reset at the lot (SAFE-07). */
  readonly fire: boolean;
  readonly alarms: readonly GuardAlarm[];
  /** Grants and close records already carried out, newest last, at most `REMEMBERED_IDS`. */
  readonly used: readonly string[];
}

export const REMEMBERED_IDS = 64;

export type GuardEvent =
  | { readonly kind: "loop"; readonly name: LoopName; readonly signal: LoopSignal }
  | { readonly kind: "contact"; readonly name: ContactName; readonly signal: ContactSignal }
  | { readonly kind: "limit"; readonly name: LimitName; readonly active: boolean }
  | { readonly kind: "holds"; readonly inputs: readonly InputName[] }
  | { readonly kind: "lost"; readonly inputs: readonly InputName[] }
  | { readonly kind: "open"; readonly grant: string; readonly notAfter: MonoMs }
  | { readonly kind: "close"; readonly record: string }
  | { readonly kind: "light"; readonly green: boolean }
  | { readonly kind: "keep_open"; readonly on: boolean }
  | { readonly kind: "maintenance"; readonly on: boolean }
  | { readonly kind: "reset"; readonly id: string; readonly fireInLot: boolean }
  /** The fire input of another lane of this lot. */
  | { readonly kind: "fire_in_lot" }
  /** The board refused to switch this relay. */
  | { readonly kind: "relay_failed"; readonly relay: Relay }
  /** The board of this relay is gone: it takes nothing, and what it took may not have been carried out. */
  | { readonly kind: "relay_lost"; readonly relay: Relay }
  | { readonly kind: "tick" };

const NOTHING_KNOWN: LaneInputs = {
  arming: "unknown",
  safety: "unknown",
  closing: "unknown",
  position: "unknown",
  fire: false,
  hazard: "safety",
  blocked: null,
  keySwitch: false,
  cabinetOpen: false,
};

/** What is known of a lane before its inputs have spoken. */
export interface GuardStart {
  readonly locked?: boolean;
  readonly doubted?: DoubtedInputs;
}

/** After boot: both relays off, every input unknown, which forbids lowering (SAFE-09), and a lock kept (SAFE-22). */
export function initialGuard(now: MonoMs, { locked = false, doubted = NO_DOUBT }: GuardStart = {}): GuardState {
  const unknown = unknownInput(now);
  return {
    inputs: Object.fromEntries(INPUT_NAMES.map((name) => [name, unknown])) as GuardState["inputs"],
    view: { ...NOTHING_KNOWN, blocked: locked ? "maintenance" : null },
    channels: doubtedChannels(doubted),
    blind: doubtedLoops(doubted, now),
    tests: NO_TESTS,
    motion: RESTING,
    relays: { up: false, down: false },
    trace: relaysOff(now),
    hold: false,
    green: false,
    greenWanted: false,
    keepOpen: false,
    idleOpen: null,
    maintenance: locked ? "on" : "off",
    closeAsked: null,
    openAsked: false,
    closes: [],
    reversals: 0,
    isReversed: false,
    lastHazardAt: now,
    lastMotionAt: now,
    raisedAt: null,
    falls: NO_FALLS,
    latch: null,
    fire: false,
    alarms: [],
    used: [],
  };
}

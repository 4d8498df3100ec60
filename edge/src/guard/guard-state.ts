import {
  type ContactName,
  type ContactSignal,
  contactName,
  type LimitName,
  type LoopName,
  type LoopSignal,
  loopName,
} from "@gatehouse/shared/contracts/edge/io-socket.ts";
import type { MonoMs } from "@gatehouse/shared/kit/clock.ts";
import { type CloseVeto, type OpenVeto, type Relays, type RelayTrace, relaysOff } from "../lane/interlocks.ts";
import { type SensedInput, unknownInput } from "./sensed.ts";

export type InputName = LoopName | ContactName | "limit_up" | "limit_down";

/** Every input that a lane can have; which of them it has says its `protection`. */
export const INPUT_NAMES: readonly InputName[] = [
  ...loopName.options,
  ...contactName.options,
  "limit_up",
  "limit_down",
];

export type LatchCause = "reversals" | "not_opened" | "relay_overrun" | "relay_failed";

export type Motion =
  | { readonly kind: "resting" }
  | {
      readonly kind: "raising";
      readonly since: MonoMs;
      readonly cause: "command" | "reversal" | "fire" | "latch";
      readonly pulseDone: boolean;
      /** Pulses given for this raise; a second one is tried when the arm does not arrive. */
      readonly tries: number;
    }
  | { readonly kind: "lowering"; readonly since: MonoMs; readonly record: string; readonly pulseDone: boolean };

export type LoopView = "occupied" | "clear" | "unknown";
export type ArmPosition = "up" | "down" | "raising" | "lowering" | "stopped" | "unknown";

/** The lane's inputs as the lane machine sees them: debounced, and unknown where they can't be believed. */
export interface LaneInputs {
  readonly arming: LoopView;
  readonly safety: LoopView;
  readonly closing: LoopView;
  readonly position: ArmPosition;
  readonly fire: boolean;
  /** The input that forbids lowering, null when all are clear. */
  readonly hazard: string | null;
}

export interface GuardState {
  readonly inputs: Readonly<Record<InputName, SensedInput>>;
  readonly view: LaneInputs;
  readonly motion: Motion;
  readonly relays: Relays;
  readonly trace: RelayTrace;
  readonly green: boolean;
  readonly greenWanted: boolean;
  /** A close that waits for the end of this tick, so that an open in the same tick wins (SAFE-06). */
  readonly closeAsked: string | null;
  readonly openAsked: boolean;
  /** Reversals since the arm was last down. */
  readonly reversals: number;
  readonly lastHazardAt: MonoMs;
  readonly lastMotionAt: MonoMs;
  readonly latch: LatchCause | null;
  /** Latched until reset at the lot (SAFE-07). */
  readonly fire: boolean;
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
  | { readonly kind: "reset"; readonly id: string; readonly fireInLot: boolean }
  /** The fire input of another lane of this lot. */
  | { readonly kind: "fire_in_lot" }
  | { readonly kind: "relay_failed"; readonly relay: "up" | "down" }
  | { readonly kind: "tick" };

export type GuardReport =
  | { readonly kind: "inputs"; readonly inputs: LaneInputs }
  | { readonly kind: "raising"; readonly cause: "command" | "reversal" | "fire" | "latch" }
  | { readonly kind: "lowering"; readonly record: string }
  | { readonly kind: "opened" }
  | { readonly kind: "closed" }
  /** `cause`: the input at hazard, or `not_closed`. */
  | { readonly kind: "reversed"; readonly cause: string; readonly count: number }
  | { readonly kind: "latched"; readonly cause: LatchCause }
  | { readonly kind: "fault"; readonly code: "relay_overrun" | "relay_failed" }
  | { readonly kind: "fire" }
  | { readonly kind: "reset"; readonly id: string }
  | { readonly kind: "vetoed"; readonly command: "open"; readonly id: string; readonly reason: OpenVeto }
  | {
      readonly kind: "vetoed";
      readonly command: "close";
      readonly id: string;
      readonly reason: CloseVeto;
      readonly hazard: string | null;
    }
  | { readonly kind: "vetoed"; readonly command: "reset"; readonly id: string; readonly reason: "fire" };

const NOTHING_KNOWN: LaneInputs = {
  arming: "unknown",
  safety: "unknown",
  closing: "unknown",
  position: "unknown",
  fire: false,
  hazard: "safety",
};

/** After boot: both relays off, every input unknown, which forbids lowering (SAFE-09). */
export function initialGuard(now: MonoMs): GuardState {
  const unknown = unknownInput(now);
  return {
    inputs: Object.fromEntries(INPUT_NAMES.map((name) => [name, unknown])) as GuardState["inputs"],
    view: NOTHING_KNOWN,
    motion: { kind: "resting" },
    relays: { up: false, down: false },
    trace: relaysOff(now),
    green: false,
    greenWanted: false,
    closeAsked: null,
    openAsked: false,
    reversals: 0,
    lastHazardAt: now,
    lastMotionAt: now,
    latch: null,
    fire: false,
    used: [],
  };
}

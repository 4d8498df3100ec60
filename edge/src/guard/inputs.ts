import { type ContactName, contactName, type LoopName, loopName } from "@gatehouse/shared/contracts/edge/io-socket.ts";
import type { Blocked } from "../lane/interlocks.ts";

export type InputName = LoopName | ContactName | "limit_up" | "limit_down";

/** Every input that a lane can have; which of them it has says its `protection`. */
export const INPUT_NAMES: readonly InputName[] = [
  ...loopName.options,
  ...contactName.options,
  "limit_up",
  "limit_down",
];

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
  /** Why no relay may be on at all, null when one may. */
  readonly blocked: Blocked | null;
  /** The key is turned; false in a lane without key switch. */
  readonly keySwitch: boolean;
  readonly cabinetOpen: boolean;
}

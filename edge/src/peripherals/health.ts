import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { DeviceHealth } from "../ports/device-health.ts";

export type PeripheralKind = "display" | "terminal" | "printer" | "reader" | "intercom";

/** One peripheral of a lane, as the doctor tells of it. */
export interface PeripheralHealth extends DeviceHealth {
  readonly laneId: Uuid;
  /** The lane's code. */
  readonly lane: string;
  readonly kind: PeripheralKind;
  /** Its id in the site file; the kind where there is only one. */
  readonly id: string;
  readonly driver: string;
}

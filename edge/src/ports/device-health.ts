import type { WallMs } from "@gatehouse/shared/kit/clock.ts";

/** The last thing that went wrong with a device, kept until the next one. */
export interface DeviceFault {
  readonly code: string;
  /** One sentence that a technician can act on. */
  readonly message: string;
  readonly at: WallMs;
}

/** How a device is, as its driver sees it. */
export interface DeviceHealth {
  readonly connected: boolean;
  /** What the device says of itself beside that: a printer's paper, a terminal's state. */
  readonly detail: string | null;
  readonly lastFault: DeviceFault | null;
}

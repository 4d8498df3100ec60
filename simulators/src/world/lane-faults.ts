/** Shares of 1 of what goes wrong with the devices of a lane that drivers use. */
export interface LaneFaults {
  /** Payments that are declined at first. */
  readonly declined: number;
  /** Scans that are misread. */
  readonly misread: number;
  /** Tickets after which the printer is out of paper. */
  readonly runsOut: number;
}

export const FAULTS: LaneFaults = { declined: 0.1, misread: 0.05, runsOut: 0.04 };
export const NO_FAULTS: LaneFaults = { declined: 0, misread: 0, runsOut: 0 };

import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import type { WatchdogPort } from "../../ports/watchdog/watchdog-port.ts";
import { systemCalls } from "../kernel/system-calls.ts";
import { FeedCell } from "./feed-cell.ts";
import { openHardwareWatchdog } from "./hardware-watchdog.ts";

/** What the guard thread feeds; plain data, so that it can be handed to the thread. */
export interface WatchdogSetup {
  /** The hardware's device, or null where the service manager alone watches. */
  readonly device: string | null;
  readonly timeoutS: number;
  /** Where the main thread reads when the guard was last well; see feed-cell.ts. */
  readonly cell: SharedArrayBuffer;
}

/** What the guard loop feeds: the machine's watchdog, and the main thread's knowledge of it. Throws as the hardware does. */
export function openWatchdog({ device, timeoutS, cell }: WatchdogSetup, clock: Clock): WatchdogPort {
  const hardware = device === null ? null : openHardwareWatchdog({ device, timeoutS, calls: systemCalls() });
  const fed = new FeedCell(cell);
  return {
    feed() {
      hardware?.feed();
      fed.feed(clock.mono());
    },
    stop: () => hardware?.stop(),
  };
}

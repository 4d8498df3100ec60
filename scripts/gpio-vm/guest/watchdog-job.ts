import { systemCalls } from "@gatehouse/edge/drivers/kernel/system-calls.ts";
import { openHardwareWatchdog } from "@gatehouse/edge/drivers/watchdog/hardware-watchdog.ts";

/*
 * Opens the machine's watchdog by the agent's driver and feeds it for a while. Argument `stop`: stands it down and waits
 * longer than its time, which must pass in peace. Argument `starve`: goes silent, which must reset the machine.
 */

const TIMEOUT_S = 3;
const FED_MS = 5_000;
const FEED_EVERY_MS = 250;
/** Longer than the watchdog's time, also on a slow emulated clock. */
const PEACE_MS = 8_000;

const watchdog = openHardwareWatchdog({ device: "/dev/watchdog", timeoutS: TIMEOUT_S, calls: systemCalls() });
const feeding = setInterval(() => watchdog.feed(), FEED_EVERY_MS);
setTimeout(() => {
  clearInterval(feeding);
  process.stdout.write("watchdog was fed in time\n");
  if (process.argv[2] === "stop") {
    watchdog.stop();
    setTimeout(() => process.stdout.write("watchdog stands down\n"), PEACE_MS);
  } else {
    // The machine's first program would switch it off when this one ends, so the time is spent in silence.
    setTimeout(() => process.stdout.write("the watchdog did not bite\n"), 3 * PEACE_MS);
  }
}, FED_MS);

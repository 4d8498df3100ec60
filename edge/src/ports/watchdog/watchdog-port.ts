/** Longest time between two feeds before the hardware acts: outputs off within 2 s where it can, restart within 15 s (SAFE-10). */
export const WATCHDOG_MAX_MS = 2_000;

/**
 * What restarts the machine, or takes its outputs away, when nobody feeds it.
 *
 * Fail-safe: armed from its opening on; nothing but `feed` keeps it quiet, and a driver never feeds by itself. The guard
 * loop is the only caller, and only after a complete round (SAFE-10).
 */
export interface WatchdogPort {
  /** Puts the end off. Called several times in `WATCHDOG_MAX_MS`; must not block and never throws. */
  feed(): void;
  /** Stands the watchdog down, for an agent that ends on purpose with all outputs off. Never throws. */
  stop(): void;
}

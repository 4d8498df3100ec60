import type { Service } from "@gatehouse/shared/kit/lifecycle.ts";
import { FeedCell } from "../drivers/watchdog/feed-cell.ts";
import type { WatchdogSetup } from "../drivers/watchdog/open-watchdog.ts";
import { serviceManagerOf } from "../drivers/watchdog/service-manager.ts";
import { processClock } from "../guard/process-clock.ts";
import type { AgentConfig } from "./config.ts";
import { serviceWatch } from "./service-watch.ts";

export interface WatchdogsOptions {
  readonly config: Pick<AgentConfig, "watchdog" | "service">;
  readonly askStore: () => Promise<unknown>;
  readonly log: { warn(data: object, message: string): void };
}

export interface Watchdogs {
  /** What the guard feeds; left out where nothing watches. */
  readonly setup?: WatchdogSetup;
  /** Tells the service manager how the agent is; none where no service manager asks. Runs after all else. */
  readonly services: readonly Service[];
}

/** Who restarts this agent when it hangs: the computer's hardware, the service manager, both or nobody. */
export function composeWatchdogs({ config, askStore, log }: WatchdogsOptions): Watchdogs {
  const manager = serviceManagerOf(config.service, {
    pid: process.pid,
    onFailure: (why) => log.warn({ why }, "The service manager can't be told how the agent is."),
  });
  if (manager === null && config.watchdog.device === null) return { services: [] };
  const cell = new FeedCell();
  const watch = manager && {
    manager,
    // The clock of the guard's feeds.
    clock: processClock(),
    guardFedAt: () => cell.fedAt(),
    askStore,
    log,
  };
  return { setup: { ...config.watchdog, cell: cell.buffer }, services: watch ? [serviceWatch(watch)] : [] };
}

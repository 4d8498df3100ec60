import { type Clock, later, type MonoMs, type Timer } from "@gatehouse/shared/kit/clock.ts";
import type { Service } from "@gatehouse/shared/kit/lifecycle.ts";
import type { ServiceManager } from "../drivers/watchdog/service-manager.ts";
import { unfitness } from "./fitness.ts";

/** How often the agent looks itself over, ms. */
export const LOOK_EVERY_MS = 1_000;

export interface ServiceWatchOptions {
  readonly manager: ServiceManager;
  readonly clock: Clock;
  /** When the guard last fed its watchdog, on `clock`; null before the first time. */
  readonly guardFedAt: () => MonoMs | null;
  /** Resolves or rejects as soon as the store has answered. */
  readonly askStore: () => Promise<unknown>;
  readonly log: { warn(data: object, message: string): void };
}

/**
 * Tells the service manager that the agent is ready, that it lives, and that it stops. A sign of life is given only after
 * a look at guard, main thread and store (sd_notify(3) `WATCHDOG=1`): without them the manager kills the process and
 * starts it anew, which puts every relay off.
 */
export function serviceWatch({ manager, clock, guardFedAt, askStore, log }: ServiceWatchOptions): Service {
  let timer: Timer | null = null;
  let storeAt = clock.mono();
  let isAsking = false;
  let dueAt = clock.mono();
  let said: string | null = null;

  const answered = (): void => {
    storeAt = clock.mono();
    isAsking = false;
  };
  const ask = (): void => {
    if (isAsking) return;
    isAsking = true;
    askStore().then(answered, answered);
  };
  const look = (): void => {
    const now = clock.mono();
    const why = unfitness({ now, lagMs: now - dueAt, guardAt: guardFedAt(), storeAt });
    dueAt = later(now, LOOK_EVERY_MS);
    ask();
    if (why === null) manager.tell("WATCHDOG=1", "STATUS=All is well.");
    else manager.tell(`STATUS=${why}`);
    if (why !== said && why !== null) log.warn({ why }, "The agent is not fit; the service manager will restart it.");
    said = why;
  };

  return {
    name: "service-watch",
    async run() {
      storeAt = clock.mono();
      dueAt = later(clock.mono(), LOOK_EVERY_MS);
      manager.tell("READY=1", "STATUS=The lanes are being taken over.");
      if (manager.watchdogMs !== null) timer = clock.every(LOOK_EVERY_MS, look);
    },
    async drain() {},
    async stop() {
      timer?.cancel();
      timer = null;
      manager.tell("STOPPING=1");
    },
  };
}

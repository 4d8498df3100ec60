import { lotPolicy } from "@gatehouse/shared/contracts/replica/lot.ts";
import type { Clock, Timer } from "@gatehouse/shared/kit/clock.ts";
import type { Service } from "@gatehouse/shared/kit/lifecycle.ts";
import type { FailPolicy } from "../lane/machine-types.ts";
import type { ReplicaStore } from "../store/replica-port.ts";

const REFRESH_MS = 5_000;
const SAFEST: FailPolicy = { entry: "closed", exit: "open" };

export interface FailPolicyOptions {
  readonly replica: ReplicaStore;
  readonly clock: Clock;
}

/**
 * The lot's fail policy, kept in memory, because it is needed just when the store can't be read. Before the first replica
 * entries stay closed and exits open.
 */
export function keepFailPolicy({ replica, clock }: FailPolicyOptions): Service & { now(): FailPolicy } {
  let policy = SAFEST;
  let timer: Timer | null = null;

  function refresh(): void {
    try {
      const [item] = replica.items({ collection: "lot", limit: 1 });
      if (item) policy = lotPolicy.parse(JSON.parse(item.value)).fail_policy;
    } catch {
      // The last known policy holds while the store can't be read.
    }
  }

  return {
    name: "fail-policy",
    async run() {
      refresh();
      timer = clock.every(REFRESH_MS, refresh);
    },
    drain: async () => {},
    async stop() {
      timer?.cancel();
    },
    now: () => policy,
  };
}

import { type Clock, sleep } from "@gatehouse/shared/kit/clock.ts";
import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import type { RunningSystem } from "../../../scripts/system/launch.ts";
import { agentOf, killCloud, restartHard, setLink } from "../scenarios/system-hand.ts";
import { databasePid } from "../scenarios/system-view.ts";
import { failFlushes } from "./disk-errors.ts";
import type { PlannedFault } from "./fault-plan.ts";
import type { OwnBroker } from "./own-broker.ts";

const WITHOUT_DATABASE_MS = 2_000;
/** An agent that can't write is not left so for longer: what it then does is the small disk's scenario. */
const DISK_ERRORS_MAX_MS = 3_000;

const CUT_KINDS = { link_refused: "refuse", link_silent: "silence", link_mute: "mute" } as const;

export interface FaultHandOptions {
  readonly system: RunningSystem;
  /** Null where the hub has its own. */
  readonly broker: OwnBroker | null;
  readonly clock: Clock;
  readonly say: (text: string) => void;
}

/** Carries out a plan, one fault after another; a fault whose time has passed comes at once. Ends with everything running. */
export async function playPlan(plan: readonly PlannedFault[], options: FaultHandOptions): Promise<void> {
  const { clock, say } = options;
  const startedAt = clock.mono();
  for (const fault of plan) {
    await sleep(clock, Math.max(0, startedAt + fault.atMs - clock.mono()));
    say(`${Math.round(fault.atMs / 1_000)} s: ${JSON.stringify(fault)}`);
    await play(fault, options);
  }
}

async function play(fault: PlannedFault, { system, broker, clock }: FaultHandOptions): Promise<void> {
  switch (fault.kind) {
    case "agent_killed":
      return restartHard(agentOf(system, fault.lot));
    case "agent_frozen": {
      const { pid } = agentOf(system, fault.lot);
      if (pid === null) throw new Error("The agent that should freeze doesn't run.");
      process.kill(pid, "SIGSTOP");
      await sleep(clock, fault.forMs);
      process.kill(pid, "SIGCONT");
      return;
    }
    case "link_refused":
    case "link_silent":
    case "link_mute": {
      const kind = CUT_KINDS[fault.kind];
      await setLink(system, fault.lot, { link: "cut", kind });
      await sleep(clock, fault.forMs);
      return setLink(system, fault.lot, { link: "up", kind });
    }
    case "cloud_killed":
      await killCloud(system);
      await sleep(clock, fault.forMs);
      await system.cloud.start();
      return;
    case "database_killed":
      // The cloud starts its own database, so it is started anew with it, after it has tried to live without one.
      process.kill(databasePid(system), "SIGKILL");
      await sleep(clock, WITHOUT_DATABASE_MS);
      return restartHard(system.cloud);
    case "broker_killed":
      await broker?.killHard();
      await sleep(clock, fault.forMs);
      return broker?.start();
    case "disk_error": {
      const agent = agentOf(system, fault.lot);
      await failFlushes(agent.pid, Math.min(fault.forMs, DISK_ERRORS_MAX_MS), clock);
      return restartHard(agent);
    }
    default:
      return assertNever(fault);
  }
}

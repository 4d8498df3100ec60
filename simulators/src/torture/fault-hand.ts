import { type Clock, sleep } from "@gatehouse/shared/kit/clock.ts";
import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import type { RunningSystem } from "../../../scripts/system/launch.ts";
import { agentOf, killCloud, restartHard, setLink } from "../scenarios/system-hand.ts";
import { databasePid } from "../scenarios/system-view.ts";
import { bootIn1970, stepClock } from "./agent-clock.ts";
import { setCloudBack } from "./cloud-set-back.ts";
import { failDisk } from "./disk-errors.ts";
import type { FaultKind, PlannedFault } from "./fault-plan.ts";
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

/** How often a fault really happened, and how many calls failed where that is what it does. */
export interface Done {
  times: number;
  calls: number;
}

/**
 * Carries out a plan, one fault after another; a fault whose time has passed comes at once. Ends with everything running.
 * Only what really happened is counted: not an error of the disk that no call met.
 */
export async function playPlan(
  plan: readonly PlannedFault[],
  options: FaultHandOptions,
): Promise<ReadonlyMap<FaultKind, Done>> {
  const { clock, say } = options;
  const startedAt = clock.mono();
  const done = new Map<FaultKind, Done>();
  for (const fault of plan) {
    await sleep(clock, Math.max(0, startedAt + fault.atMs - clock.mono()));
    say(`${Math.round(fault.atMs / 1_000)} s: ${JSON.stringify(fault)}`);
    const calls = await play(fault, options);
    const before = done.get(fault.kind) ?? { times: 0, calls: 0 };
    if (calls === 0) say(`${fault.kind} met nothing, and is not counted`);
    done.set(fault.kind, { times: before.times + (calls === 0 ? 0 : 1), calls: before.calls + (calls ?? 0) });
  }
  return done;
}

/** Resolves with how many calls failed, where that is what the fault does; 0 where it could not happen at all. */
async function play(fault: PlannedFault, options: FaultHandOptions): Promise<number | undefined> {
  const { system, broker, clock } = options;
  switch (fault.kind) {
    case "agent_killed":
      await restartHard(agentOf(system, fault.lot));
      return;
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
      await setLink(system, fault.lot, { link: "up", kind });
      return;
    }
    case "cloud_killed":
      await killCloud(system);
      await sleep(clock, fault.forMs);
      await system.cloud.start();
      return;
    case "cloud_set_back":
      await setCloudBack(system, fault.forMs, clock);
      return;
    case "database_killed":
      // The cloud starts its own database, so it is started anew with it, after it has tried to live without one.
      process.kill(databasePid(system), "SIGKILL");
      await sleep(clock, WITHOUT_DATABASE_MS);
      await restartHard(system.cloud);
      return;
    case "broker_killed":
      await broker?.killHard();
      await sleep(clock, fault.forMs);
      await broker?.start();
      return;
    case "flush_fails":
    case "read_fails":
    case "disk_full": {
      const agent = agentOf(system, fault.lot);
      const dataDir = system.layout.lots[fault.lot]?.dataDir ?? "";
      const forMs = Math.min(fault.forMs, DISK_ERRORS_MAX_MS);
      const calls = await failDisk({ pid: agent.pid, dataDir, error: fault.kind, forMs, clock });
      if (fault.kind !== "disk_full") await restartHard(agent);
      return calls;
    }
    case "clock_stepped":
      return (await stepClock({ ...fault, system, clock })) ? undefined : 0;
    case "clock_in_1970":
      await bootIn1970({ ...fault, system, clock });
      return;
    default:
      return assertNever(fault);
  }
}

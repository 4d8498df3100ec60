import { type Clock, sleep } from "@gatehouse/shared/kit/clock.ts";
import type { RunningSystem } from "../../../scripts/system/launch.ts";
import { agentOf, killCloud, restartHard, setLink } from "../scenarios/system-hand.ts";
import { databasePid } from "../scenarios/system-view.ts";
import type { PlannedFault } from "./fault-plan.ts";

const WITHOUT_DATABASE_MS = 2_000;

export interface FaultHandOptions {
  readonly system: RunningSystem;
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

async function play(fault: PlannedFault, { system, clock }: FaultHandOptions): Promise<void> {
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
    case "link_silent": {
      const kind = fault.kind === "link_refused" ? "refuse" : "silence";
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
  }
}

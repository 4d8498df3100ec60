import { chmod } from "node:fs/promises";
import { HOUR_MS } from "@gatehouse/shared/kit/durations.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { finding } from "../../local-api/contract.ts";
import { soon } from "../../ports/testing/soon.ts";
import { LANE, type PlayedLane, playedLane } from "../testing/played-lane.ts";
import { doctor } from "./doctor.ts";
import { laneCommand } from "./lane-command.ts";

/*
 * `gate doctor` at a whole agent with a played lane: each fault is brought about where it would come from, at its inputs, its
 * camera's port, its files. What no test can bring about here (heat, undervoltage, a certificate's end) is injected into the
 * same findings by local-api/doctor.test.ts; a full disk and a clock of 1970 by the scenarios of faults.
 */

/** Each starts a whole agent, and looks several times. */
const PATIENCE_MS = 60_000;
let lane: PlayedLane;
beforeEach(async () => {
  lane = await playedLane("right", true);
}, PATIENCE_MS);
afterEach(() => lane.end());

const report = z.object({ findings: z.array(finding) });

/** What doctor says now, a line a finding, with what to do behind it. */
async function told(): Promise<string> {
  const written: string[] = [];
  const context = { ...lane.context, write: (text: string) => void written.push(text) };
  await doctor(context, { dataDir: lane.config.dataDir }).catch((error: Error) => written.push("", error.message));
  const { findings } = report.parse(JSON.parse(written[0] ?? "{}"));
  return findings.map(({ level, message, advice }) => `${level}: ${message} -> ${advice}`).join("\n");
}

async function finds(says: RegExp): Promise<void> {
  let latest = "";
  await soon(() => {
    void told().then((text) => {
      latest = text;
    });
    return latest;
  }).toMatch(says);
}

const contact = (name: "photo_eye" | "fire", signal: "closed" | "open" | "broken"): void =>
  lane.tell({ kind: "contact", lane: LANE, name, signal });
const hand = (action: "maintenance_on" | "hold" | "lock"): Promise<void> =>
  laneCommand({ ...lane.context, write: () => {} }, LANE, { action, reason: "doctor's test" });

interface Fault {
  readonly name: string;
  readonly inject: () => unknown;
  readonly says: RegExp;
}

const FAULTS: readonly Fault[] = [
  {
    name: "a loop's broken wire",
    inject: () => lane.tell({ kind: "loop", lane: LANE, name: "safety", signal: "fault" }),
    says: /fault: .*no good signal from safety loop.* -> .*wire/,
  },
  {
    name: "a detector that lost power",
    inject: () => lane.tell({ kind: "loop", lane: LANE, name: "safety", signal: "restarted" }),
    says: /loop_restarted.*lost power.* -> Drive one vehicle through/,
  },
  {
    name: "a photo-eye's broken wire",
    inject: () => contact("photo_eye", "broken"),
    says: /photo-eye is interrupted while no vehicle stands.* -> .*its wire is broken/,
  },
  {
    name: "the fire input, latched",
    inject: () => {
      contact("fire", "open");
    },
    says: /fault: .*fire input opened all gates, latched/,
  },
  {
    name: "both limits at once",
    inject: () => lane.tell({ kind: "limit", lane: LANE, name: "up", active: true }),
    says: /fault: .*both limit inputs/,
  },
  {
    name: "a maintenance lock",
    inject: () => hand("maintenance_on"),
    says: /maintenance lock.*gate maintenance in-1 off/,
  },
  { name: "a lane that is held open", inject: () => hand("hold"), says: /held open by hand.*gate automatic in-1/ },
  { name: "a lane that is locked", inject: () => hand("lock"), says: /locked by hand/ },
  {
    name: "inputs and devices that are silent",
    inject: () => lane.unplug(),
    says: /fault: .*no good signal from .*arming loop[\s\S]*terminal does not answer/,
  },
];

describe("gate doctor at a whole agent finds", { timeout: PATIENCE_MS }, () => {
  it.each(FAULTS)("$name", async ({ inject, says }) => {
    await inject();
    await finds(says);
  });

  it("a camera that is silent, a stranger in its name, one that is not understood, and its wrong clock", async () => {
    await finds(/Camera cam-in-1 .*sent nothing since the agent started.*gate camera test cam-in-1/);
    expect(await lane.send({ plate: "BAB1234" }, "some other secret")).toBe(401);
    await finds(/fault: Camera cam-in-1 .*1 messages had a wrong secret.* -> Enter the secret/);
    expect(await lane.send({ number: "BAB1234" })).toBe(400);
    await finds(/1 camera messages were not understood; the last from cam-in-1/);
    const threeHoursAgo = new Date(lane.context.clock.wall() - 3 * HOUR_MS).toISOString();
    await lane.send({ plate: "BAB1234", at: threeHoursAgo });
    await finds(/Camera cam-in-1 .*clock is 10\d{3} s behind.* -> Set its time server/);
  });

  it("what a new computer lacks, a socket for everybody, another version, and at last no agent", async () => {
    await finds(/fault: This edge is not enrolled.* -> Make an enrolment/);
    await finds(/never received permits, tariffs/);
    await finds(/No watchdog looks after this agent/);
    await chmod(lane.config.socketPath, 0o666);
    await finds(/fault: .*socket/);
    lane = { ...lane, context: { ...lane.context, version: "9.9.9" } };
    await finds(/The agent is version 0\.1\.0, this command 9\.9\.9\..* -> After an update/);
    await lane.stopAgent();
    await finds(/fault: No agent runs here.* -> The outputs are off/);
  });
});

import { writeFile } from "node:fs/promises";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import { z } from "zod";
import { agentStatus, cameraRow, deviceRow, type LanePicture } from "../../local-api/contract.ts";
import { actorName, type CommandContext } from "../command-context.ts";
import { CommandFailure, EXIT } from "../exit-codes.ts";
import { demandLane } from "../known-lane.ts";
import { type LaneWatch, watchLane } from "../lane-watch.ts";
import { planFor, stepTesting } from "../selftest/plan.ts";
import { readProgress, removeProgress, saveProgress } from "../selftest/progress.ts";
import { reportHtml } from "../selftest/report.ts";
import type { Outcome, Step, StepHands, StepResult } from "../selftest/step.ts";
import { giveBack, giveOrder } from "./lane-command.ts";

export interface SelftestOptions {
  readonly reportFile: string;
  /** Nobody is asked: whoever plays the lane does what each step says. */
  readonly isAutomatic: boolean;
  /** Begin anew although an interrupted test could go on. */
  readonly isFresh: boolean;
}

/** `gate selftest LANE`: guides through every input and output of a lane, and writes a report. Exit code 1 when a step failed. */
export async function selftest(context: CommandContext, lane: string, options: SelftestOptions): Promise<void> {
  await demandLane(context, lane);
  const { lot, agent } = await context.agent.get("/status", agentStatus);
  const cameras = (await context.agent.get("/cameras", z.array(cameraRow)))
    .filter((one) => one.lane === lane)
    .map(({ id }) => id);
  const devices = (await context.agent.get("/devices", z.array(deviceRow))).filter(
    (one) => one.lane === lane || one.lane === null,
  );
  const live = await watchLane(context, lane);
  try {
    const began = live.now();
    demandFree(began);
    const progressFile = `${options.reportFile}.progress`;
    const kept = options.isFresh ? null : readProgress(progressFile, { lot: lot.code, lane });
    const beganAt = kept?.began_at ?? context.clock.wall();
    const results: StepResult[] = (kept?.results ?? []).filter(({ verdict }) => verdict === "passed");
    if (results.length > 0)
      say(context, { text: `Going on where the last test was interrupted: ${results.length} steps have passed.` });
    await giveOrder(context, lane, { action: "lock", reason: "selftest" });
    const hands = handsOf(context, live, { lane, options });
    const plan = planFor(began, cameras);
    for (const [at, step] of plan.entries()) {
      if (results.some(({ id }) => id === step.id)) continue;
      say(context, { step: step.id, text: `\n[${at + 1}/${plan.length}] ${step.title}` });
      const isUnsafe = step.movesArm === true && results.some(({ verdict }) => verdict === "failed");
      const result = isUnsafe ? leftOut(context, step) : await runStep(context, step, hands);
      results.push(result);
      saveProgress(progressFile, { lot: lot.code, lane, began_at: beganAt, results });
      say(context, {
        step: step.id,
        verdict: result.verdict,
        finding: result.finding,
        text: `  ${result.verdict.toUpperCase()}: ${result.finding}`,
      });
      if (context.signal.aborted) throw await interrupted(context, lane);
      if (step.id === "rest" && result.verdict === "failed") break;
    }
    // Before the report, but never in its way: a lane that has latched a fault is not automatic again before its reset.
    const left = await giveBack(context, lane, { mode: "automatic", reason: "selftest ended" });
    const facts = {
      lot: { ...lot, timeZone: lot.time_zone },
      lane: { code: lane, direction: began.direction },
      serial: agent.serial,
      agentVersion: agent.version,
    };
    const verdictOf = (step: string) => results.find(({ id }) => id === step)?.verdict ?? null;
    const points = began.points.map((point) => ({ ...point, verdict: verdictOf(stepTesting(point.name)) }));
    const ended = { devices, cameras, tester: actorName(), beganAt, endedAt: context.clock.wall(), results };
    await writeFile(options.reportFile, await reportHtml({ ...facts, ...ended, points }), { mode: 0o600 });
    const failures = results.filter(({ verdict }) => verdict === "failed");
    if (failures.length === 0) removeProgress(progressFile);
    say(context, {
      report: options.reportFile,
      failed: failures.length,
      text: `\n${left} The report is in ${options.reportFile}.`,
    });
    if (failures.length > 0)
      throw new CommandFailure(
        EXIT.failed,
        `${failures.length} steps failed: ${failures.map(({ title }) => title).join(", ")}. Repair them and run this again; what has passed is kept.`,
      );
  } finally {
    live.end();
  }
}

/** Commissioning moves the arm: not under the lock, not with a latch, not with a vehicle in the lane. */
function demandFree({ code, mode, state, signals }: LanePicture): void {
  if (mode === "maintenance")
    throw new CommandFailure(
      EXIT.refusedBySafety,
      `Lane ${code} is under maintenance lock: no relay moves. Take it away first: gate maintenance ${code} off --reason TEXT`,
    );
  if (mode === "fault" || mode === "emergency_open")
    throw new CommandFailure(
      EXIT.refusedBySafety,
      `Lane ${code} is in ${mode.replace("_", " ")}: remove the cause, then: gate reset ${code} --reason TEXT`,
    );
  if (state === "passing" || state === "deciding" || state === "awaiting_payment")
    throw new CommandFailure(
      EXIT.refusedBySafety,
      `A vehicle is in lane ${code} (${state.replace("_", " ")}). Wait until it has gone.`,
    );
  if (Object.keys(signals).length === 0)
    throw new CommandFailure(EXIT.failed, `The agent tells no inputs of lane ${code} yet; try again in a moment.`);
}

/** Nothing is moved before every input has shown that it works. */
function leftOut(context: CommandContext, { id, title }: Step): StepResult {
  const finding = "Left out: the arm is not moved while a step before it has failed.";
  return { id, title, verdict: "skipped", finding, measures: [], at: context.clock.wall() };
}

async function runStep(context: CommandContext, step: Step, hands: StepHands): Promise<StepResult> {
  const outcome = await step
    .run(hands)
    .catch((error: unknown): Outcome => ({ verdict: "failed", finding: errorMessage(error) }));
  if (context.signal.aborted) throw await interrupted(context, hands.lane);
  return {
    id: step.id,
    title: step.title,
    verdict: outcome.verdict,
    finding: outcome.finding,
    measures: outcome.measures ?? [],
    at: context.clock.wall(),
  };
}

/** Wherever the test was, the lane must not be left standing open. */
async function interrupted(context: CommandContext, lane: string): Promise<CommandFailure> {
  const left = await giveBack(context, lane, { mode: "locked", reason: "selftest interrupted" });
  return new CommandFailure(
    EXIT.failed,
    `The test was interrupted; run it again to go on. ${left} When it shall work meanwhile: gate automatic ${lane} --reason TEXT`,
  );
}

interface Setting {
  readonly lane: string;
  readonly options: SelftestOptions;
}

function handsOf(context: CommandContext, live: LaneWatch, { lane, options }: Setting): StepHands {
  const { terminal, agent, clock } = context;
  const ask = async (question: string): Promise<string> => {
    if (options.isAutomatic) {
      say(context, { asked: question, text: `  ${question} yes` });
      return "y";
    }
    return terminal.ask(`  ${question} `);
  };
  return {
    lane,
    now: live.now,
    until: live.until,
    order: async (action) => void (await giveOrder(context, lane, { action, reason: "selftest" })),
    tell: (text) => say(context, { tell: text, text: `  ${text}` }),
    ready: async (text) => {
      say(context, { tell: text, text: `  ${text}` });
      await ask("Press Enter when it is so.");
    },
    seen: async (question) => /^(y|yes)?$/i.test((await ask(`${question} [Y/n]`)).trim()),
    devices: () => agent.get("/devices", z.array(deviceRow)).then((all) => all.filter((one) => one.lane === lane)),
    mono: () => clock.mono(),
  };
}

/** A line for the person, or with --json one object a line for what plays the lane. */
function say(
  context: CommandContext,
  { text, ...data }: Readonly<Record<string, unknown>> & { readonly text: string },
): void {
  context.write(
    context.json ? `${JSON.stringify(Object.keys(data).length === 0 ? { text: text.trim() } : data)}\n` : `${text}\n`,
  );
}

import type { LanePicture } from "../../local-api/contract.ts";
import { type CommandContext, show } from "../command-context.ts";
import { CommandFailure, EXIT } from "../exit-codes.ts";
import { demandLane } from "../known-lane.ts";
import { type LaneWatch, watchLane } from "../lane-watch.ts";
import { giveBack, giveOrder } from "./lane-command.ts";

export interface RelayTestOptions {
  readonly reason: string;
  /** The person has looked: nobody and nothing is under or near the arm. */
  readonly isClear: boolean;
}

interface Travel {
  readonly movement: "up" | "down";
  /** From the order to the relay, to leaving the old limit, to reaching the new one; ms, within 50. */
  readonly relayMs: number;
  readonly leftMs: number;
  readonly arrivedMs: number;
}

/** Longest wait for a relay, for the arm to leave its limit, and to arrive; the guard's own limits are shorter or the site's. */
const RELAY_MAX_MS = 3_000;
const LEAVE_MAX_MS = 5_000;
const ARRIVE_MAX_MS = 35_000;

/**
 * `gate relay test LANE`: raises and lowers the arm once and measures both ways. It only gives the orders that a hand can
 * give, so every interlock holds: under a maintenance lock nothing moves, and nothing is lowered on a hazard.
 */
export async function relayTest(context: CommandContext, lane: string, options: RelayTestOptions): Promise<void> {
  await demandLane(context, lane);
  const live = await watchLane(context, lane);
  try {
    const before = live.now();
    demandRest(before);
    if (!options.isClear) await demandConsent(context, lane);
    const asBefore = { mode: before.mode === "locked" ? "locked" : "automatic", reason: options.reason } as const;
    const { up, down } = await bothWays(context, live, { lane, reason: options.reason }).catch(
      async (error: unknown): Promise<never> => {
        // Held open, or locked, for the test: nobody is to find it so afterwards.
        const left = await giveBack(context, lane, asBefore);
        if (!(error instanceof CommandFailure)) throw error;
        throw new CommandFailure(error.exitCode, `${error.message} ${left}`);
      },
    );
    const left = await giveBack(context, lane, asBefore);
    show(
      context,
      { lane, travels: [up, down] },
      () => `${travelText(down)}\nBoth relays and both limit inputs work. ${left}`,
    );
  } finally {
    live.end();
  }
}

async function bothWays(
  context: CommandContext,
  live: LaneWatch,
  order: Omit<Movement, "movement">,
): Promise<{ readonly up: Travel; readonly down: Travel }> {
  const say = (text: string): void => void (context.json || context.write(`${text}\n`));
  say("The arm goes up...");
  const up = await travel(context, live, { ...order, movement: "up" });
  say(travelText(up));
  say("The arm comes down when every input is clear...");
  return { up, down: await travel(context, live, { ...order, movement: "down" }) };
}

/** The lane must stand still and be clear; everything else is a reason not to begin. */
function demandRest({ code, mode, barrier, loops, hazard, state }: LanePicture): void {
  if (mode === "maintenance")
    throw new CommandFailure(
      EXIT.refusedBySafety,
      `Lane ${code} is under maintenance lock: no relay moves. When nobody works at it any more: gate maintenance ${code} off --reason TEXT`,
    );
  if (mode !== "automatic" && mode !== "locked")
    throw new CommandFailure(EXIT.refusedBySafety, `Lane ${code} is ${mode}: set it to automatic or lock it first.`);
  const occupied = Object.entries(loops).filter(([, signal]) => signal !== "clear");
  if (occupied.length > 0)
    throw new CommandFailure(
      EXIT.refusedBySafety,
      `Lane ${code}: ${occupied.map(([name, signal]) => `${name} loop is ${signal}`).join(", ")}. Test relays in an empty lane.`,
    );
  if (barrier !== "down" || hazard !== null || (state !== "idle" && mode === "automatic"))
    throw new CommandFailure(
      EXIT.refusedBySafety,
      `Lane ${code} is not at rest: barrier ${barrier}, ${hazard === null ? `state ${state}` : `${hazard} is not clear`}. See: gate loops ${code}`,
    );
}

async function demandConsent({ terminal }: CommandContext, lane: string): Promise<void> {
  const typed = await terminal
    .ask(`The arm of ${lane} will move. Is nobody and nothing under or near it? Type the lane's code to go on: `)
    .catch(() => "");
  if (typed.trim() !== lane)
    throw new CommandFailure(EXIT.usage, "Nothing was moved. Scripts that know it is clear say --clear.");
}

interface Movement {
  readonly lane: string;
  readonly movement: "up" | "down";
  readonly reason: string;
}

async function travel(context: CommandContext, live: LaneWatch, { lane, movement, reason }: Movement): Promise<Travel> {
  const began = context.clock.mono();
  const since = (): number => Math.round(context.clock.mono() - began);
  await giveOrder(context, lane, { action: movement === "up" ? "hold" : "lock", reason: `relay test: ${reason}` });
  const other = movement === "up" ? "down" : "up";
  if (!(await live.until(({ relays }) => relays[movement], RELAY_MAX_MS)))
    throw new CommandFailure(
      EXIT.failed,
      `Relay ${movement} was not switched: ${standsAgainst(live.now())}. See: gate journal --lane ${lane}`,
    );
  const relayMs = since();
  if (!(await live.until(({ signals }) => signals[`limit_${other}`] !== "active", LEAVE_MAX_MS)))
    throw new CommandFailure(
      EXIT.failed,
      `Relay ${movement} was on, but limit input ${other} never left: the arm did not move. Check the wire of relay ${movement}, the barrier's power, and whether relays or limits are swapped.`,
    );
  const leftMs = since();
  if (!(await live.until(({ signals }) => signals[`limit_${movement}`] === "active", ARRIVE_MAX_MS)))
    throw new CommandFailure(
      EXIT.failed,
      `The arm moved, but limit input ${movement} never came: check that switch and its wire.`,
    );
  return { movement, relayMs, leftMs, arrivedMs: since() };
}

function standsAgainst({ hazard, mode, alarms }: LanePicture): string {
  if (alarms.length > 0) return `alarm ${alarms.join(", ")}`;
  return hazard === null ? `the lane is ${mode}` : `${hazard} is not clear`;
}

function travelText({ movement, relayMs, leftMs, arrivedMs }: Travel): string {
  return `  ${movement}: relay after ${relayMs} ms, moving after ${leftMs} ms, there after ${arrivedMs} ms`;
}

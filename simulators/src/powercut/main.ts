import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { randomInt, seededRandom } from "@gatehouse/shared/kit/random.ts";
import { type Ack, ack } from "./ack.ts";
import { CrashDisk, type CrashState, FATES, type Fate } from "./crash-disk.ts";
import type { DiskStep } from "./disk-trace.ts";
import { judgeState, writeState } from "./judge-state.ts";
import { recordWorkload, whyNoRecord } from "./record.ts";

const USAGE = `Usage: npm run powercut -- [--states N] [--seed S] [--state K] [--short]

Records every write and flush of the real store while vehicles come and go, and cuts the power N times (default 1,000) at
points that the seed (default 1) draws: writes that were not flushed are dropped, kept, cut short or torn by sectors. The
store is started on each state and must have all that it had acknowledged. The same is done with a store that flushes at
checkpoints only (SQLite's synchronous=NORMAL), where losses must be found. --state K judges one state again.
`;
const FULL = { states: 1_000, weakerStates: 200, steps: 400 };
const SHORT = { states: 150, weakerStates: 40, steps: 150 };
/** Told one by one; the rest is only counted. */
const MAX_TOLD = 10;

interface Options {
  readonly states: number;
  readonly weakerStates: number;
  readonly steps: number;
  readonly seed: number;
  /** Judge only this one. */
  readonly only: number | null;
}

interface Verdict {
  readonly states: number;
  readonly inDoubt: number;
  readonly broken: readonly { readonly state: number; readonly fate: Fate; readonly wrong: readonly string[] }[];
}

/** Exit code: 0 nothing was lost and the weaker store's losses were found, 1 otherwise, 2 the command line is wrong. */
async function main(): Promise<number> {
  const options = optionsOf(process.argv.slice(2));
  if (typeof options === "string") {
    process.stdout.write(options);
    return options === USAGE ? 0 : 2;
  }
  const why = await whyNoRecord();
  if (why !== null) {
    say(`Skipped: ${why}.`);
    return 0;
  }
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-powercut-"));
  const ours = await cut({ ...options, folder, isWeaker: false });
  tell("flush at each commit", ours, options);
  if (ours.broken.length > 0) {
    say(`  The files of these states are in ${folder}; the next run may cut a little beside them.`);
    return 1;
  }
  try {
    if (options.only !== null) return 0;
    const weaker = await cut({ ...options, states: options.weakerStates, folder, isWeaker: true });
    say(`  flush at checkpoints only: ${weaker.states} states, ${weaker.broken.length} with losses`);
    if (weaker.broken.length === 0) say("The power cuts found no loss where there are some: they prove nothing.");
    return weaker.broken.length > 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function tell(name: string, { states, inDoubt, broken }: Verdict, { seed, steps }: Options): void {
  say(`  ${name}: ${states} states, ${inDoubt} with writes in doubt, ${broken.length} with losses`);
  for (const { state, fate, wrong } of broken.slice(0, MAX_TOLD)) {
    say(`  state ${state} (${fate}): ${wrong.join("; ")}`);
    say(`    once more: npm run powercut -- --seed ${seed}${steps === SHORT.steps ? " --short" : ""} --state ${state}`);
  }
}

interface Cut extends Options {
  readonly folder: string;
  readonly isWeaker: boolean;
}

async function cut({ seed, states, steps, only, folder, isWeaker }: Cut): Promise<Verdict> {
  const recorded = await recordWorkload({ folder: join(folder, "record"), seed, steps, isWeaker });
  const flushes = recorded.filter(({ kind }) => kind === "flush").length;
  if (!isWeaker)
    say(`power cuts, seed ${seed}: ${steps} steps, ${recorded.length} calls to the disk, ${flushes} flushes`);
  const points = pointsOf(recorded, { seed, states });
  const now = new Replay(recorded);
  const broken: Verdict["broken"][number][] = [];
  let inDoubt = 0;
  for (const [state, point] of points.entries()) {
    now.goTo(point.at);
    if (only !== null && only !== state) continue;
    if (now.disk.unflushed > 0) inDoubt += 1;
    const files: CrashState = now.disk.crash(point.fate, seededRandom(point.seed));
    const wrong = await judgeState(files, now.acked, join(folder, "state"));
    if (wrong.length === 0) continue;
    broken.push({ state, fate: point.fate, wrong });
    writeState(files, join(folder, `state-${state}`));
  }
  rmSync(join(folder, "record"), { recursive: true, force: true });
  return { states: only === null ? states : 1, inDoubt, broken };
}

interface Point {
  /** Steps of the record that were done when the power went. */
  readonly at: number;
  readonly fate: Fate;
  readonly seed: number;
}

/** In the order of the record, so that it is gone through once. */
function pointsOf(recorded: readonly DiskStep[], { seed, states }: Pick<Options, "seed" | "states">): readonly Point[] {
  const random = seededRandom(seed);
  const points = Array.from({ length: states }, (_, at) => ({
    at: randomInt(random, 1, recorded.length),
    fate: FATES[at % FATES.length] ?? "dropped",
    seed: randomInt(random, 1, 2 ** 31),
  }));
  return points.sort((a, b) => a.at - b.at);
}

/** The disk after so many steps, and what had been acknowledged by then. */
class Replay {
  readonly disk = new CrashDisk();
  readonly #recorded: readonly DiskStep[];
  acked: Ack | null = null;
  #done = 0;

  constructor(recorded: readonly DiskStep[]) {
    this.#recorded = recorded;
  }

  /** Forward only. */
  goTo(count: number): void {
    for (const step of this.#recorded.slice(this.#done, count)) {
      this.disk.step(step);
      if (step.kind === "said") this.acked = ack.parse(JSON.parse(step.line));
    }
    this.#done = Math.max(this.#done, count);
  }
}

function optionsOf(args: readonly string[]): Options | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        states: { type: "string" },
        seed: { type: "string", default: "1" },
        state: { type: "string" },
        short: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (values.help) return USAGE;
    const size = values.short ? SHORT : FULL;
    const states = values.states === undefined ? size.states : wholeNumber(values.states, "--states", 1);
    const only = values.state === undefined ? null : wholeNumber(values.state, "--state", 0);
    if (only !== null && only >= states) throw new RangeError(`--state must be below the number of states, ${states}.`);
    return { ...size, states, seed: wholeNumber(values.seed, "--seed", 1), only };
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`;
  }
}

function wholeNumber(text: string, name: string, least: number): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= least && number <= 1_000_000) return number;
  throw new RangeError(`${name} must be a whole number from ${least} to 1,000,000, but is "${text}".`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

process.exitCode = await main();

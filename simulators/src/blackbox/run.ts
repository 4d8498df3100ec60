import { type Clock, sleep, type Timer } from "@gatehouse/shared/kit/clock.ts";
import { type Random, randomInt, systemRandom } from "@gatehouse/shared/kit/random.ts";
import { type LoneAgent, PERMITTED } from "../scenarios/faults-agent.ts";
import { AgentLine, type UnstampedInput } from "../world/agent-line.ts";
import { Judge, type Verdict } from "./judge.ts";
import { LanePlayer } from "./lane-player.ts";
import type { Note, TraceEvent } from "./trace.ts";

const TICK_MS = 10;
/** What a machine that is busy with other work may hold up a line or a timer, ms. */
const SLACK_MS = 600;

export interface RunOptions {
  readonly agent: LoneAgent;
  readonly clock: Clock;
  /** Decides on vehicles and faults; the machine's own timing decides the rest. */
  readonly random: Random;
  readonly lastsMs: number;
}

export interface RunResult extends Verdict {
  readonly struck: number;
  readonly kills: number;
  readonly fires: number;
}

/** Lets chance play at every lane of an agent, kills it now and then, and judges it by its socket alone. */
export async function playAndJudge(options: RunOptions): Promise<RunResult> {
  const run = new Run(options);
  await run.play();
  return run.result();
}

class Run {
  readonly #options: RunOptions;
  readonly #judge: Judge;
  readonly #players: ReadonlyMap<string, LanePlayer>;
  readonly #line: AgentLine;
  #silentUntil = 0;
  #ending = false;
  #kills = 0;
  #fires = 0;

  constructor(options: RunOptions) {
    this.#options = options;
    const { agent, clock } = options;
    const [first] = agent.site.lanes;
    const lanes = agent.site.lanes.map(({ code }) => code);
    const { clear_hold_ms: clearHoldMs = 0, fresh_ms: freshMs = 0 } = first?.timings ?? {};
    this.#judge = new Judge({ lanes, clearHoldMs, freshMs, slackMs: SLACK_MS });
    this.#players = new Map(lanes.map((lane) => [lane, this.#player(lane)]));
    this.#line = new AgentLine({
      path: agent.ioSocket,
      clock,
      random: systemRandom,
      log: { warn: () => {} },
      onOutput: (heard) => {
        this.#take({ heard, at: clock.mono() });
        if (heard.kind === "welcome") for (const player of this.#players.values()) player.tellAll();
        if ("lane" in heard) this.#players.get(heard.lane)?.hear(heard);
      },
      onDown: () => {
        for (const player of this.#players.values()) player.loseAgent();
        this.#note({ kind: "agent_lost" });
      },
      mayConfirm: () => {
        if (clock.mono() < this.#silentUntil) return false;
        this.#take({ told: { kind: "alive" }, at: clock.mono() });
        return true;
      },
    });
  }

  async play(): Promise<void> {
    const { clock, lastsMs } = this.#options;
    await this.#line.run();
    const ticks: Timer = clock.every(TICK_MS, () => {
      for (const player of this.#players.values()) player.sense();
      this.#judge.look(clock.mono());
    });
    const until = clock.mono() + lastsMs;
    const more = (): boolean => clock.mono() < until;
    const lanes = [...this.#players].map(([lane, player]) => this.#playLane(lane, player, more));
    await Promise.all([...lanes, this.#trouble(more)]);
    await this.#leaveAlone();
    ticks.cancel();
    this.#ending = true;
    await this.#line.stop();
  }

  result(): RunResult {
    const struck = [...this.#players.values()].reduce((sum, player) => sum + player.struck, 0);
    return { ...this.#judge.verdict(), struck, kills: this.#kills, fires: this.#fires };
  }

  #player(lane: string): LanePlayer {
    const { clock, random, agent } = this.#options;
    return new LanePlayer({
      lane,
      clock,
      random,
      tell: (input) => this.#tell({ ...input, lane }),
      read: async () => {
        this.#note({ kind: "read_taken", lane });
        const outcomes = await agent.read(lane, PERMITTED).catch(() => []);
        return outcomes.some((one) => one === "accepted" || one === "duplicate");
      },
    });
  }

  async #playLane(lane: string, player: LanePlayer, more: () => boolean): Promise<void> {
    const { random, clock } = this.#options;
    const visits = async (): Promise<void> => {
      while (more()) {
        await player.visit();
        await sleep(clock, randomInt(random, 100, 1_500));
      }
    };
    const disturbances = async (): Promise<void> => {
      while (more()) {
        await sleep(clock, randomInt(random, 300, 4_000));
        await player.disturb();
        if (random.next() < 0.2) await this.#reset(lane);
      }
    };
    await Promise.all([visits(), disturbances()]);
  }

  /** What concerns the whole lot: silence of the line, fire, a maintenance lock, an agent that is killed. */
  async #trouble(more: () => boolean): Promise<void> {
    const { random, clock, agent } = this.#options;
    while (more()) {
      await sleep(clock, randomInt(random, 3_000, 9_000));
      const chance = random.next();
      if (chance < 0.5) this.#silentUntil = clock.mono() + randomInt(random, 1_100, 2_000);
      else if (chance < 0.7) await this.#alarm();
      else if (chance < 0.85) await this.#maintain();
      else {
        this.#kills++;
        await agent.process.killHard();
        await agent.startProcess();
      }
    }
  }

  async #alarm(): Promise<void> {
    this.#fires++;
    await [...this.#players.values()][0]?.fire();
    await sleep(this.#options.clock, 1_500);
    for (const lane of this.#players.keys()) await this.#reset(lane);
  }

  async #maintain(): Promise<void> {
    const { agent, clock } = this.#options;
    const [lane] = [...this.#players.keys()].slice(-1);
    if (lane === undefined) return;
    const locked = await agent.gate("maintenance", lane, "on", "--reason", "black box");
    if (locked.code === 0) this.#note({ kind: "maintenance", lane, on: true });
    await sleep(clock, 1_500);
    this.#note({ kind: "maintenance", lane, on: false });
    await agent.gate("maintenance", lane, "off", "--reason", "black box");
  }

  async #reset(lane: string): Promise<void> {
    // It takes effect at some moment in between.
    this.#note({ kind: "hand", lane, action: "reset" });
    await this.#options.agent.gate("reset", lane, "--reason", "black box");
    this.#note({ kind: "hand", lane, action: "reset" });
  }

  /** Nobody comes any more and nothing is broken: every arm that isn't latched has to be down in the end. */
  async #leaveAlone(): Promise<void> {
    for (const lane of this.#players.keys()) await this.#reset(lane);
    await sleep(this.#options.clock, 15_000);
    this.#note({ kind: "must_be_shut" });
  }

  #tell(input: UnstampedInput): void {
    if (this.#ending) return;
    this.#take({ told: input, at: this.#options.clock.mono() });
    this.#line.tell(input);
  }

  #note(note: Note): void {
    this.#take({ note, at: this.#options.clock.mono() });
  }

  #take(event: TraceEvent): void {
    this.#judge.take(event);
  }
}

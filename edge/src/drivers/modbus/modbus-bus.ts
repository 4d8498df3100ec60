import { type Clock, later, type MonoMs, monoMs, sleep, type Timer } from "@gatehouse/shared/kit/clock.ts";
import { type Backoff, backoffMs } from "@gatehouse/shared/kit/lifecycle.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import { ModbusBoard, type ModbusBoardSetup } from "./modbus-board.ts";
import type { ModbusLine } from "./modbus-line.ts";

/** How often the inputs of a board are read where the line allows it, ms: half of the 20 ms that must not be missed (SAFE-12). */
export const POLL_MS = 10;
/** Waits before a line is opened again, and before a lost board is asked again. */
const RETURN: Backoff = { firstMs: 250, maxMs: 5_000, jitter: 0.2 };

export interface ModbusBusOptions {
  readonly line: ModbusLine;
  readonly boards: readonly ModbusBoardSetup[];
  readonly clock: Clock;
  readonly random: Random;
}

/** A member of the bus with its place in the turns. */
interface Member {
  readonly board: ModbusBoard;
  nextAt: MonoMs;
  failures: number;
  leave: (() => void) | null;
}

/**
 * A line with its boards: one request at a time, outputs before inputs, each board in its turn. A board that does not
 * answer is asked again ever more rarely, so that it takes little time from the others; when none answers, the line is
 * opened anew.
 */
export class ModbusBus {
  readonly boards: readonly ModbusBoard[];
  readonly #options: ModbusBusOptions;
  readonly #members: Set<Member>;
  readonly #ticks: Timer;
  #wake: AbortController = new AbortController();

  constructor(options: ModbusBusOptions) {
    const { clock, boards } = options;
    this.#options = options;
    const members = boards.map((setup): Member => {
      const wake = (): void => {
        this.#wake.abort();
        if (member.board.hasOff()) this.#options.line.hurry();
      };
      const board = new ModbusBoard({ ...setup, clock, wake, leave: () => this.#leave(member) });
      const member: Member = { board, nextAt: clock.mono(), failures: 0, leave: null };
      return member;
    });
    this.#members = new Set(members);
    this.boards = members.map(({ board }) => board);
    this.#ticks = clock.every(POLL_MS, () => {
      for (const { board } of this.#members) board.passRound();
    });
    void this.#run();
  }

  async #run(): Promise<void> {
    const { line, random } = this.#options;
    for (let failures = 0; this.#members.size > 0; failures++) {
      this.#releaseLeavers();
      const opened = await line.open();
      if (opened.ok) {
        const spoke = await this.#serve();
        await line.close(); // Not first when it is opened again: what is still under way must not arrive meanwhile.
        if (spoke) failures = 0;
      } else for (const { board } of this.#members) board.lose(opened.error);
      this.#releaseLeavers();
      if (this.#members.size > 0) await this.#pause(backoffMs(RETURN, failures, random));
    }
    this.#ticks.cancel();
    await line.close();
  }

  /** Gives each board its turns until the line is down or nobody answers; tells whether anybody did. */
  async #serve(): Promise<boolean> {
    const { line, clock } = this.#options;
    let spoke = false;
    for (const member of this.#members) member.nextAt = clock.mono();
    while (this.#members.size > 0) {
      const leaver = [...this.#members].find(({ leave }) => leave !== null);
      if (leaver) {
        await leaver.board.sayGoodbye(line);
        this.#dismiss(leaver);
        continue;
      }
      const member = this.#next();
      const waitMs = this.#waitMs(member);
      if (waitMs > 0) {
        await this.#pause(waitMs);
        continue;
      }
      const wasPresent = member.board.isPresent();
      const fault = await member.board.turn(line);
      if (fault === null) {
        spoke = true;
        member.failures = 0;
        // First words go on at once, in turns with the others.
        const dueAt = member.nextAt + (wasPresent ? POLL_MS : 0);
        member.nextAt = monoMs(Math.max(dueAt, clock.mono()));
        continue;
      }
      if (fault.kind === "line_down") {
        for (const { board } of this.#members) board.lose(fault);
        return spoke;
      }
      member.nextAt = later(clock.mono(), this.#backoffMs(member, wasPresent));
      const nobody = [...this.#members].every(({ board, failures }) => !board.isPresent() && failures > 0);
      if (nobody) return spoke;
    }
    return spoke;
  }

  /** The board with an output that goes off, else one with something to switch, else the one whose turn is due the longest. */
  #next(): Member {
    const [first, ...others] = this.#members;
    if (!first) throw new RangeError("A bus without boards has no next one.");
    return others.reduce((best, one) => {
      const urgency = urgencyOf(one) - urgencyOf(best);
      if (urgency !== 0) return urgency > 0 ? one : best;
      return one.nextAt < best.nextAt ? one : best;
    }, first);
  }

  /** An off waits for nothing (SAFE-04); the others wait until no late answer can be on the line. */
  #waitMs(member: Member): number {
    if (member.board.hasOff()) return 0;
    const dueMs = member.board.hasOutput() ? 0 : member.nextAt - this.#options.clock.mono();
    return Math.max(dueMs, this.#options.line.restMs());
  }

  /** A board that was just lost is told off at once: a relay of it may be on. */
  #backoffMs(member: Member, wasPresent: boolean): number {
    if (wasPresent) return 0;
    return backoffMs(RETURN, member.failures++, this.#options.random);
  }

  async #pause(ms: number): Promise<void> {
    this.#wake = new AbortController();
    await sleep(this.#options.clock, ms, this.#wake.signal);
  }

  #leave(member: Member): Promise<void> {
    if (!this.#members.has(member)) return Promise.resolve();
    return new Promise((resolve) => {
      const before = member.leave;
      member.leave = () => {
        before?.();
        resolve();
      };
      this.#wake.abort();
    });
  }

  #dismiss(member: Member): void {
    this.#members.delete(member);
    member.leave?.();
  }

  /** While the line is down nobody can be told goodbye. */
  #releaseLeavers(): void {
    for (const member of this.#members) if (member.leave !== null) this.#dismiss(member);
  }
}

function urgencyOf({ board }: Member): number {
  return board.hasOff() ? 2 : board.hasOutput() ? 1 : 0;
}

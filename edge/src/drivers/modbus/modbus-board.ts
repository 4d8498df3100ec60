import type { RelayBoardProfile } from "@gatehouse/shared/contracts/config/profiles/relay-board.ts";
import type { Channel, ContactState } from "@gatehouse/shared/contracts/config/site/points.ts";
import type { BoardUse } from "@gatehouse/shared/contracts/config/site/wired-points.ts";
import type { Clock, MonoMs } from "@gatehouse/shared/kit/clock.ts";
import { err, ok, type Result } from "@gatehouse/shared/kit/result.ts";
import type { BoardError, BoardHealth, BoardPort, OnFor } from "../../ports/board/board-port.ts";
import type { SampleSink } from "../../ports/sample-sink.ts";
import { ConfirmedOutputs, type SwitchedListener } from "../confirmed-outputs.ts";
import { faultText, type ModbusFault, type ModbusLine, type ModbusRequest } from "./modbus-line.ts";
import { OutputWishes } from "./output-wishes.ts";
import { inputRead, inputStates, offRequests } from "./profile-requests.ts";

/** Requests in a row that may fail before the board counts as lost. */
const MISSES_MAX = 2;

export interface ModbusBoardSetup {
  readonly id: string;
  readonly unit: number;
  readonly profile: RelayBoardProfile;
  readonly use: BoardUse;
}

export interface ModbusBoardOptions extends ModbusBoardSetup {
  readonly clock: Clock;
  /** Called when there is something to switch. */
  readonly wake: () => void;
  /** Takes the board off its bus; resolves when it was told goodbye. */
  readonly leave: () => Promise<void>;
}

/** One of the first words to a board: an output that goes off, or a probe. */
interface Greeting {
  readonly output: Channel | null;
  readonly requests: readonly ModbusRequest[];
}

/**
 * One relay and input board on a Modbus line; the contract is in board-port.ts.
 *
 *     away ── outputs off, inputs read ──▶ present ── MISSES_MAX failures, or a refusal ──▶ away
 *
 * Its bus gives it turns; in a turn it sends one output, or reads the inputs, or says one of its first words to a board that
 * was away. So nobody keeps the line from another's output for longer than one request.
 */
export class ModbusBoard implements BoardPort {
  readonly id: string;
  readonly #options: ModbusBoardOptions;
  readonly #wishes: OutputWishes;
  readonly #sinks = new Set<SampleSink<Channel, ContactState>>();
  readonly #confirmed = new ConfirmedOutputs();
  /** First words that were not said yet; null before the first of them. */
  #greeting: readonly Greeting[] | null = null;
  #present = false;
  #why = "it was not asked yet";
  #states: ReadonlyMap<Channel, ContactState> | null = null;
  #misses = 0;
  /** A request was not answered in time; its answer may still come, and must not be taken for one to the next request. */
  #isDoubtful = false;
  #sampledAt: MonoMs | null = null;

  constructor(options: ModbusBoardOptions) {
    this.id = options.id;
    this.#options = options;
    const { profile, use, clock } = options;
    this.#wishes = new OutputWishes({
      profile,
      outputs: use.outputs,
      clock,
      changed: () => options.wake(),
      switched: (output, on) => this.#confirmed.tell(output, on),
    });
  }

  energise(output: Channel, onFor: OnFor): Result<void, BoardError> {
    if (!this.#wishes.knows(output)) return err("unknown_channel");
    if (!this.#present) return err("not_connected");
    this.#wishes.on(output, onFor);
    return ok(undefined);
  }

  release(output: Channel): Result<void, BoardError> {
    if (!this.#wishes.knows(output)) return err("unknown_channel");
    this.#wishes.off(output);
    return ok(undefined);
  }

  allOff(): void {
    this.#wishes.allOff();
  }

  watch(sink: SampleSink<Channel, ContactState>): () => void {
    for (const [channel, state] of this.#states ?? []) sink.sample(channel, state);
    this.#sinks.add(sink);
    return () => this.#sinks.delete(sink);
  }

  onSwitched(listener: SwitchedListener): () => void {
    return this.#confirmed.listen(listener);
  }

  sampledAt(): MonoMs | null {
    return this.#sampledAt;
  }

  health(): BoardHealth {
    return this.#present ? { ok: true } : { ok: false, why: this.#why };
  }

  async close(): Promise<void> {
    this.#wishes.allOff();
    await this.#options.leave();
  }

  isPresent(): boolean {
    return this.#present;
  }

  hasOutput(): boolean {
    return this.#present && this.#wishes.hasNext();
  }

  /** An output is to go off. */
  hasOff(): boolean {
    return this.#present && this.#wishes.hasOff();
  }

  /** A round in which the board could not be asked has ended too (SAFE-10). */
  passRound(): void {
    if (!this.#present) this.#sampledAt = this.#options.clock.mono();
  }

  /** One turn on the line: null when the board did as it was asked. */
  async turn(line: ModbusLine): Promise<ModbusFault | null> {
    const fault = this.#present ? await this.#serve(line) : await this.#greet(line);
    if (fault === null) {
      this.#misses = 0;
      return null;
    }
    this.#misses += 1;
    this.#isDoubtful = true;
    if (!this.#present || fault.kind === "refused" || this.#misses >= MISSES_MAX) this.lose(fault);
    return fault;
  }

  /** Outputs off as far as the board still listens. */
  async sayGoodbye(line: ModbusLine): Promise<void> {
    const { profile, use } = this.#options;
    if (this.#present)
      await this.#ask(
        line,
        use.outputs.flatMap((output) => offRequests(profile, output)),
      );
    this.#present = false;
    this.#why = "it was closed";
    this.#wishes.forget();
  }

  /** What was said before holds no more. */
  lose(fault: ModbusFault): void {
    this.#why = faultText(fault);
    this.#misses = 0;
    this.#greeting = null;
    this.#sampledAt = this.#options.clock.mono();
    if (!this.#present) return;
    this.#present = false;
    this.#states = null;
    this.#wishes.forget();
    this.#confirmed.forget();
    for (const sink of this.#sinks) sink.lost();
  }

  /**
   * Off goes out whatever is doubtful: its confirmation names the output, and one that was meant for an earlier off says the
   * same. All else waits until nothing late can be on its way.
   */
  async #serve(line: ModbusLine): Promise<ModbusFault | null> {
    if (this.#isDoubtful && !this.#wishes.hasOff()) {
      const fault = await this.#ask(line, probe(this.#options.profile));
      if (fault !== null) return fault;
      this.#isDoubtful = false;
    }
    const next = this.#wishes.next();
    if (next === null) return this.#sample(line);
    const fault = await this.#ask(line, next.requests);
    if (fault === null) next.done();
    return fault;
  }

  /** One of the first words to a board that was away: every output off, then its inputs (SAFE-09). */
  async #greet(line: ModbusLine): Promise<ModbusFault | null> {
    this.#wishes.forget();
    const [word, ...others] = this.#greeting ?? this.#firstWords();
    if (word !== undefined) {
      const fault = await this.#ask(line, word.requests);
      if (fault !== null) return fault;
      this.#greeting = others;
      if (word.output !== null) this.#confirmed.tell(word.output, false);
      return null;
    }
    const fault = await this.#sample(line);
    if (fault !== null) return fault;
    this.#greeting = null;
    this.#present = true;
    this.#isDoubtful = false;
    return null;
  }

  #firstWords(): readonly Greeting[] {
    const { profile, use } = this.#options;
    const offs = use.outputs.map((output): Greeting => ({ output, requests: offRequests(profile, output) }));
    return [...offs, { output: null, requests: probe(profile) }];
  }

  async #ask(line: ModbusLine, requests: readonly ModbusRequest[]): Promise<ModbusFault | null> {
    for (const request of requests) {
      const answer = await line.request(this.#options.unit, request);
      if (!answer.ok) return answer.error;
    }
    return null;
  }

  async #sample(line: ModbusLine): Promise<ModbusFault | null> {
    const { profile, use, unit, clock } = this.#options;
    const request = inputRead(profile, use.inputs) ?? {
      kind: "read",
      table: "coil",
      address: outputCoil(profile),
      count: 1,
    };
    const answer = await line.request(unit, request);
    this.#sampledAt = clock.mono();
    if (!answer.ok) return answer.error;
    const states = inputStates(profile, use.inputs, answer.value);
    if (states === null) return { kind: "bad_answer", why: "it is too short" };
    const before = this.#states;
    this.#states = states;
    for (const [channel, state] of states)
      if (before?.get(channel) !== state) for (const sink of this.#sinks) sink.sample(channel, state);
    for (const sink of this.#sinks) sink.holds();
    return null;
  }
}

/**
 * A question whose answer can't be taken for that to another: a board answers in order, so once this one is answered no
 * late answer to an earlier reading of the inputs is on its way. A board without outputs has no such question.
 */
function probe({ outputs, inputs }: RelayBoardProfile): readonly ModbusRequest[] {
  if (!outputs || inputs?.table === "coil") return [];
  return [{ kind: "read", table: "coil", address: outputs.coil, count: 1 }];
}

/** A board without inputs is asked for its first relay, only to see that it is there. */
function outputCoil({ outputs }: RelayBoardProfile): number {
  return outputs?.coil ?? 0;
}

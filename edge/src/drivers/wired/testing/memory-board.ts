import type { Channel, ContactState } from "@gatehouse/shared/contracts/config/site/points.ts";
import type { BoardUse } from "@gatehouse/shared/contracts/config/site/wired-points.ts";
import type { Clock, MonoMs, Timer } from "@gatehouse/shared/kit/clock.ts";
import { err, ok, type Result } from "@gatehouse/shared/kit/result.ts";
import type { BoardError, BoardHealth, BoardPort, OnFor } from "../../../ports/board/board-port.ts";
import type { SampleSink } from "../../../ports/sample-sink.ts";
import { ConfirmedOutputs, type SwitchedListener } from "../../confirmed-outputs.ts";

/** How often the board's inputs are read, ms. */
const ROUND_MS = 5;

/** A board that is only a memory: the simplest one that keeps the contract of board-port.ts. */
export class MemoryBoard implements BoardPort {
  readonly id: string;
  readonly asked: ("off" | "on" | "read")[] = [];
  readonly on = new Set<Channel>();
  readonly #use: BoardUse;
  readonly #clock: Clock;
  readonly #sinks = new Set<SampleSink<Channel, ContactState>>();
  readonly #confirmed = new ConfirmedOutputs();
  readonly #unconfirmed = new Set<Channel>();
  readonly #ends = new Map<Channel, Timer>();
  readonly #contacts = new Map<Channel, ContactState>();
  #known: Map<Channel, ContactState> | null = null;
  #plugged = true;
  #closed = false;
  #sampledAt: MonoMs | null = null;
  readonly #rounds: Timer;

  constructor(id: string, use: BoardUse, clock: Clock) {
    this.id = id;
    this.#use = use;
    this.#clock = clock;
    for (const input of use.inputs) this.#contacts.set(input, "open");
    this.#rounds = clock.every(ROUND_MS, () => this.round());
  }

  /** What the lot's wires say. */
  setContact(input: Channel, state: ContactState): void {
    this.#contacts.set(input, state);
  }

  unplug(): void {
    this.#plugged = false;
  }

  plug(): void {
    this.asked.length = 0;
    this.#plugged = true;
  }

  energise(output: Channel, onFor: OnFor): Result<void, BoardError> {
    if (!this.#use.outputs.includes(output)) return err("unknown_channel");
    if (this.#known === null) return err("not_connected");
    this.#ends.get(output)?.cancel();
    this.#ends.delete(output);
    this.on.add(output);
    this.#confirm(output, true);
    this.asked.push("on");
    if (onFor === "until_released") return ok(undefined);
    this.#ends.set(
      output,
      this.#clock.after(onFor, () => this.release(output)),
    );
    return ok(undefined);
  }

  release(output: Channel): Result<void, BoardError> {
    if (!this.#use.outputs.includes(output)) return err("unknown_channel");
    this.#ends.get(output)?.cancel();
    this.#ends.delete(output);
    this.on.delete(output);
    this.#confirm(output, false);
    return ok(undefined);
  }

  /** From here on, orders for this output are carried out but not confirmed; `confirm` says what was held back. */
  holdBack(output: Channel): void {
    this.#unconfirmed.add(output);
  }

  confirm(output: Channel): void {
    this.#unconfirmed.delete(output);
    this.#confirm(output, this.on.has(output));
  }

  onSwitched(listener: SwitchedListener): () => void {
    return this.#confirmed.listen(listener);
  }

  allOff(): void {
    for (const output of this.#use.outputs) {
      this.release(output);
      this.asked.push("off");
    }
  }

  watch(sink: SampleSink<Channel, ContactState>): () => void {
    for (const [input, state] of this.#known ?? []) sink.sample(input, state);
    this.#sinks.add(sink);
    return () => this.#sinks.delete(sink);
  }

  sampledAt(): MonoMs | null {
    return this.#sampledAt;
  }

  health(): BoardHealth {
    return this.#known ? { ok: true } : { ok: false, why: `Board ${this.id}: it is not plugged in` };
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#rounds.cancel();
    this.allOff();
    return Promise.resolve();
  }

  /** One round of sampling. */
  round(): void {
    if (this.#closed) return;
    this.#sampledAt = this.#clock.mono();
    if (!this.#plugged) return this.#lose();
    if (this.#known === null) this.allOff();
    this.asked.push("read");
    const before = this.#known;
    this.#known = new Map(this.#contacts);
    for (const [input, state] of this.#known)
      if (before?.get(input) !== state) for (const sink of this.#sinks) sink.sample(input, state);
    for (const sink of this.#sinks) sink.holds();
  }

  #confirm(output: Channel, on: boolean): void {
    if (this.#plugged && !this.#unconfirmed.has(output)) this.#confirmed.tell(output, on);
  }

  #lose(): void {
    if (this.#known === null) return;
    this.#known = null;
    this.#confirmed.forget();
    this.allOff();
    for (const sink of this.#sinks) sink.lost();
  }
}

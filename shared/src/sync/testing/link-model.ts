import type { Confirm, ConfirmStatus } from "../../contracts/mqtt/link.ts";
import { PROTOCOL_VERSION } from "../../contracts/mqtt/protocol.ts";
import { assertNever } from "../../kit/exhaustive.ts";
import { decodeBatch, encodeBatch } from "../batch.ts";
import { beginningOf, judgeBatch, judgeHello, type StreamPosition, startOfEpoch } from "../cursor.ts";
import { chainHashes, ZERO_HASH } from "../hash-chain.ts";
import { SENDER_LIMITS, type SenderEffect, type SenderEvent, type SenderState, stepSender } from "../sender.ts";

const DEVICE = "0190f3a1-0000-7000-8000-000000000001";
const BATCH_EVENTS = 3;

/** What can happen to an edge, a cloud and everything that is on its way between them. `at` picks a message. */
export type LinkAction =
  | { readonly kind: "write"; readonly count: number }
  | { readonly kind: "deliver" | "repeat" | "lose"; readonly way: "up" | "down"; readonly at: number }
  /** The cloud takes a message and dies, with or without its commit, before it can answer. */
  | { readonly kind: "cloud_dies"; readonly at: number; readonly committed: boolean }
  | { readonly kind: "edge_dies" }
  | { readonly kind: "connect" }
  | { readonly kind: "disconnect" }
  | { readonly kind: "pass"; readonly ms: number }
  /** The cloud comes back from a backup of when its cursor was lower. */
  | { readonly kind: "cloud_restored"; readonly at: number }
  /** The edge comes back from a copy of its card, and from then on writes other events than before. */
  | { readonly kind: "edge_restored"; readonly at: number };

type UpMessage =
  | { readonly kind: "hello"; readonly echo: number; readonly lastN: number; readonly lastHash: string }
  | { readonly kind: "batch"; readonly bytes: Uint8Array };

/**
 * Edge, cloud and transport as plain data, with the real sender, receiver and batch codec, and a transport that owes
 * nothing: it loses, repeats, reorders, and delivers what earlier connections sent.
 */
export class LinkModel {
  edgeLog: string[] = [];
  cloudLog: string[] = [];
  /** Every history that the edge has ever had and left by being restored. */
  leftHistories: string[][] = [];
  position: StreamPosition = startOfEpoch(1);
  sender: SenderState = { kind: "offline", lastN: 0 };
  up: UpMessage[] = [];
  down: Confirm[] = [];
  now = 1;
  #life = 0;
  #written = 0;

  act(action: LinkAction): void {
    switch (action.kind) {
      case "write":
        this.#write(action.count);
        return;
      case "deliver":
      case "repeat":
      case "lose":
        this.#move(action.kind, action.way, action.at);
        return;
      case "cloud_dies":
        this.#cloudDies(action.at, action.committed);
        return;
      case "edge_dies":
        this.sender = { kind: "offline", lastN: this.edgeLog.length };
        return;
      case "connect":
        this.#dispatch({ kind: "connected", now: ++this.now });
        return;
      case "disconnect":
        this.#dispatch({ kind: "disconnected" });
        return;
      case "pass":
        this.now += action.ms;
        this.#dispatch({ kind: "tick", now: this.now });
        return;
      case "cloud_restored":
        this.#truncateCloud(action.at % (this.cloudLog.length + 1));
        return;
      case "edge_restored":
        this.#restoreEdge(action.at % (this.edgeLog.length + 1));
        return;
      default:
        assertNever(action);
    }
  }

  /** Faults stop: a connection that keeps order and loses nothing, until nothing moves any more. */
  heal(): void {
    this.up = [];
    this.down = [];
    this.act({ kind: "disconnect" });
    this.act({ kind: "connect" });
    for (let rounds = 0; rounds < 10_000 && this.up.length + this.down.length > 0; rounds++) {
      if (this.up.length > 0) this.act({ kind: "deliver", way: "up", at: 0 });
      else this.act({ kind: "deliver", way: "down", at: 0 });
    }
  }

  #write(count: number): void {
    for (let i = 0; i < count; i++) this.edgeLog.push(`{"event":${this.#written++},"life":${this.#life}}`);
    this.#dispatch({ kind: "written", lastN: this.edgeLog.length });
  }

  #move(how: "deliver" | "repeat" | "lose", way: "up" | "down", at: number): void {
    if (way === "up") {
      const message = pickFrom(this.up, at, how === "repeat");
      if (message && how !== "lose") this.down.push(...this.#cloudTakes(message));
    } else {
      const confirm = pickFrom(this.down, at, how === "repeat");
      if (confirm && how !== "lose")
        this.#dispatch({ kind: "confirmed", confirm, ownHash: this.#ownHash(confirm.cursor), now: this.now });
    }
  }

  #cloudDies(at: number, committed: boolean): void {
    const message = pickFrom(this.up, at, false);
    if (message && committed) this.#cloudTakes(message);
  }

  #cloudTakes(message: UpMessage): Confirm[] {
    if (message.kind === "hello") {
      const sender = { epoch: 1, lastN: message.lastN, lastHash: message.lastHash };
      const verdict = judgeHello(this.position, sender);
      if (verdict.kind === "begin") this.position = beginningOf(sender, false);
      return [this.#confirm(verdict.kind === "begin" ? "ok" : verdict.kind, message.echo)];
    }
    const batch = decodeBatch(message.bytes);
    if (!batch.ok) throw new Error(`The sender made a batch that can't be read: ${batch.error}`);
    const stored = this.#hashesOf(this.cloudLog)[batch.value.header.first + batch.value.header.count - 2] ?? null;
    const verdict = judgeBatch(this.position, batch.value, stored);
    if (verdict.kind === "apply") {
      this.cloudLog.push(...verdict.lines);
      this.position = verdict.position;
    }
    return [this.#confirm(verdict.kind === "apply" || verdict.kind === "duplicate" ? "ok" : verdict.kind, null)];
  }

  #confirm(status: ConfirmStatus, echo: number | null): Confirm {
    const { epoch, cursor, hash } = this.position;
    return {
      v: PROTOCOL_VERSION,
      device_id: DEVICE,
      epoch,
      cursor,
      hash,
      status,
      message: null,
      cloud_at: 0,
      echo_mono: echo,
    };
  }

  #dispatch(event: SenderEvent): void {
    const step = stepSender(this.sender, event, SENDER_LIMITS);
    this.sender = step.state;
    for (const effect of step.effects) this.#perform(effect);
  }

  #perform(effect: SenderEffect): void {
    if (effect.kind === "hello") {
      const lastHash = this.#ownHash(this.edgeLog.length);
      this.up.push({ kind: "hello", echo: effect.echo, lastN: this.edgeLog.length, lastHash });
    }
    if (effect.kind === "reconnect") this.#dispatch({ kind: "disconnected" });
    if (effect.kind !== "send") return;
    const lines = this.edgeLog.slice(effect.first - 1, effect.first - 1 + BATCH_EVENTS);
    const header = { first: effect.first, count: lines.length, previous_hash: this.#ownHash(effect.first - 1) };
    const bytes = encodeBatch({ v: PROTOCOL_VERSION, device_id: DEVICE, epoch: 1, ...header }, lines);
    this.up.push({ kind: "batch", bytes });
    this.#dispatch({ kind: "sent", first: effect.first, last: effect.first + lines.length - 1, now: this.now });
  }

  #truncateCloud(cursor: number): void {
    this.cloudLog = this.cloudLog.slice(0, cursor);
    this.position = { epoch: 1, cursor, hash: this.#hashesOf(this.cloudLog)[cursor - 1] ?? ZERO_HASH };
  }

  #restoreEdge(lastN: number): void {
    this.leftHistories.push(this.edgeLog);
    this.edgeLog = this.edgeLog.slice(0, lastN);
    this.#life++;
    this.sender = { kind: "offline", lastN };
  }

  #ownHash(n: number): string {
    return this.#hashesOf(this.edgeLog.slice(0, n))[n - 1] ?? ZERO_HASH;
  }

  #hashesOf(lines: readonly string[]): string[] {
    return chainHashes(ZERO_HASH, lines);
  }
}

function pickFrom<T>(messages: T[], at: number, keep: boolean): T | undefined {
  if (messages.length === 0) return undefined;
  const index = at % messages.length;
  return keep ? messages[index] : messages.splice(index, 1)[0];
}

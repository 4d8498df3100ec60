import type { Confirm } from "@gatehouse/shared/contracts/mqtt/link.ts";
import { BATCH_MAX_BYTES, BATCH_MAX_EVENTS } from "@gatehouse/shared/contracts/mqtt/protocol.ts";
import type { Clock, Timer } from "@gatehouse/shared/kit/clock.ts";
import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { encodeBatch } from "@gatehouse/shared/sync/batch.ts";
import { ZERO_HASH } from "@gatehouse/shared/sync/hash-chain.ts";
import {
  type BlockReason,
  type SenderEffect,
  type SenderEvent,
  type SenderLimits,
  type SenderState,
  sendDue,
  stepSender,
} from "@gatehouse/shared/sync/sender.ts";
import type { OutboxBatch } from "../store/outbox-port.ts";
import type { OutboxSource, UplinkLog } from "./ports.ts";

export interface EventStreamOptions {
  readonly deviceId: Uuid;
  readonly outbox: OutboxSource;
  readonly clock: Clock;
  readonly log: UplinkLog;
  readonly limits: SenderLimits;
  /** The protocol version that this connection speaks. */
  readonly version: () => number;
  readonly sendHello: (echo: number) => void;
  readonly sendBatch: (bytes: Uint8Array) => void;
  readonly reconnect: () => void;
  /** The state has changed in a way that the link state may show. */
  readonly onState: (state: SenderState, isSilent: boolean) => void;
  /** The cloud has confirmed all that there is. */
  readonly onDrained: () => void;
  readonly onBlocked: (reason: BlockReason, message: string) => void;
}

/** Drains the outbox: the shell around `stepSender`, woken by each commit that appended events. */
export interface EventStream {
  connected(): void;
  disconnected(): void;
  /** A confirmation that was addressed to this device. */
  confirmed(confirm: Confirm): void;
  /** The outbox has begun a new epoch, or another version is spoken; the hub is greeted anew. */
  greetAgain(): void;
  tick(): void;
  stop(): void;
}

const BATCH_LIMITS = { maxEvents: BATCH_MAX_EVENTS, maxBytes: BATCH_MAX_BYTES };

/** Performs what the sender's protocol (`shared/src/sync/sender.ts`) decides: sends batches, takes confirmations. */
export function createEventStream(options: EventStreamOptions): EventStream {
  const { outbox, clock, log } = options;
  let state: SenderState = { kind: "offline", lastN: outbox.head().lastN };
  let isSilent = false;
  /** From a greeting until the backlog that it found has gone. */
  let isCatchingUp = true;
  let pendingSend: Timer | null = null;
  const stopListening = outbox.onAppended(() => dispatch({ kind: "written", lastN: outbox.head().lastN }));

  function dispatch(event: SenderEvent): void {
    const before = state.kind;
    const step = stepSender(state, event, options.limits);
    state = step.state;
    for (const effect of step.effects) perform(effect);
    if (state.kind !== before) options.onState(state, isSilent);
  }

  function perform(effect: SenderEffect): void {
    switch (effect.kind) {
      case "hello":
        options.sendHello(effect.echo);
        return;
      case "send":
        sendSoon();
        return;
      case "mark_confirmed":
        isSilent = false;
        markConfirmed(effect.n, effect.hash);
        return;
      case "drained":
        if (isCatchingUp) log.info({ n: outbox.head().lastN }, "All events have reached the cloud.");
        isCatchingUp = false;
        options.onDrained();
        return;
      case "silent":
        isSilent = true;
        log.warn({ state: state.kind }, "The hub does not answer although the connection stands.");
        return;
      case "reconnect":
        options.reconnect();
        return;
      case "show_fork":
        showFork(effect.first);
        return;
      case "blocked":
        options.onBlocked(effect.reason, effect.message);
        return;
      default:
        assertNever(effect);
        return;
    }
  }

  /** In a turn of its own: commits of the same moment travel together, and decisions get in between batches. */
  function sendSoon(): void {
    if (pendingSend !== null) return;
    pendingSend = clock.after(0, () => {
      pendingSend = null;
      const first = sendDue(state, options.limits);
      if (first !== null) sendFrom(first);
    });
  }

  function showFork(first: number): void {
    const batch = outbox.readBatch(first, BATCH_LIMITS);
    if (batch !== null) sendBatch(batch);
  }

  function sendBatch({ header, lines }: OutboxBatch): void {
    options.sendBatch(encodeBatch({ v: options.version(), device_id: options.deviceId, ...header }, lines));
  }

  function sendFrom(first: number): void {
    const batch = outbox.readBatch(first, BATCH_LIMITS);
    if (batch === null) {
      dispatch({ kind: "history_gone", first });
      return;
    }
    sendBatch(batch);
    dispatch({ kind: "sent", first, last: batch.lastN, now: monoNow(clock) });
  }

  function markConfirmed(cursor: number, hash: string): void {
    const head = outbox.head();
    const position = { epoch: head.epoch, cursor, hash };
    const answer = cursor < head.confirmedN ? outbox.rewind(position) : outbox.confirm(position);
    if (answer.kind === "pruned") {
      dispatch({ kind: "history_gone", first: cursor + 1 });
      return;
    }
    if (answer.kind !== "moved" && answer.kind !== "known")
      log.error({ answer }, "The outbox did not take a confirmation.");
  }

  return {
    connected: () => dispatch({ kind: "connected", now: monoNow(clock) }),
    disconnected: () => {
      isCatchingUp = true;
      dispatch({ kind: "disconnected" });
    },
    confirmed: (confirm) =>
      dispatch({ kind: "confirmed", confirm, ownHash: ownHashAt(outbox, confirm.cursor), now: monoNow(clock) }),
    greetAgain: () => dispatch({ kind: "greet_again", lastN: outbox.head().lastN, now: monoNow(clock) }),
    tick: () => dispatch({ kind: "tick", now: monoNow(clock) }),
    stop: () => {
      stopListening();
      pendingSend?.cancel();
    },
  };
}

/** Whole milliseconds of the monotonic clock, as hello messages carry them. */
function monoNow(clock: Pick<Clock, "mono">): number {
  return Math.floor(clock.mono());
}

function ownHashAt(outbox: OutboxSource, n: number): string | null {
  if (n === 0) return ZERO_HASH;
  const head = outbox.head();
  return n === head.confirmedN ? head.confirmedHash : outbox.hashAt(n);
}

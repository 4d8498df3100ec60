import type { Confirm } from "../contracts/mqtt/link.ts";
import { BATCHES_IN_FLIGHT } from "../contracts/mqtt/protocol.ts";
import { assertNever } from "../kit/exhaustive.ts";

/**
 * The edge's side of the event stream, without IO.
 *
 *     offline ── connected ──▶ greeting ── answer to the hello ──▶ streaming
 *        ▲                      ▲   │ ▲                               │
 *        └── disconnected ──────┘   │ └── no confirmation in time ────┤
 *                                   └──▶ blocked ◀── fork, epoch, ... ┘
 *
 * Invariants:
 * 1. Nothing is sent before the receiver has said where it stands on this connection.
 * 2. What is in flight is contiguous, starts after `confirmed`, and is at most BATCHES_IN_FLIGHT batches.
 * 3. `confirmed` comes only from the receiver's word; whatever is lost on the way shows as a confirmation that doesn't
 *    come, and leads back to `greeting`, where the receiver's cursor says from where to send again.
 */
export type SenderState =
  | { readonly kind: "offline"; readonly lastN: number }
  | {
      readonly kind: "greeting";
      readonly lastN: number;
      /** The monotonic time in the hello, which its answer echoes. */
      readonly echo: number;
      readonly sentAt: number;
      /** Hellos on this connection, one after another, that got no answer. */
      readonly unanswered: number;
    }
  | {
      readonly kind: "streaming";
      readonly lastN: number;
      readonly confirmed: number;
      readonly inFlight: readonly InFlight[];
      /** When the receiver last said something that moved us. */
      readonly heardAt: number;
      /** The cursor of the last gap that we went back for, so that one loss leads to one resend. */
      readonly wentBackTo: number | null;
    }
  | {
      readonly kind: "blocked";
      readonly lastN: number;
      readonly reason: BlockReason;
      readonly message: string;
      /** When the receiver is asked again whether it still says so; null: from the next tick on. */
      readonly since: number | null;
    };

type ConfirmEvent = Extract<SenderEvent, { kind: "confirmed" }>;
type Greeting = Extract<SenderState, { kind: "greeting" }>;
type Streaming = Extract<SenderState, { kind: "streaming" }>;

export interface InFlight {
  readonly first: number;
  readonly last: number;
  readonly sentAt: number;
}

/** Why the stream stands still until somebody acts; the receiver is asked again now and then. Gates go on in each case. */
export type BlockReason =
  | "fork"
  | "stale_epoch"
  | "unsupported_version"
  | "edge_behind"
  /** The receiver asks for events that are no longer kept. */
  | "history_gone";

/** `now` is monotonic, in ms. */
export type SenderEvent =
  | { readonly kind: "connected"; readonly now: number }
  | { readonly kind: "disconnected" }
  /** The outbox has begun an epoch of the receiver's, or the receiver speaks an older version than the hello did. */
  | { readonly kind: "greet_again"; readonly lastN: number; readonly now: number }
  /** The outbox has grown. */
  | { readonly kind: "written"; readonly lastN: number }
  /** The shell has handed a batch to the transport, as a `send` effect told it to. */
  | { readonly kind: "sent"; readonly first: number; readonly last: number; readonly now: number }
  /** The outbox no longer holds what a `send` effect asked for. */
  | { readonly kind: "history_gone"; readonly first: number }
  | { readonly kind: "confirmed"; readonly confirm: Confirm; readonly ownHash: string | null; readonly now: number }
  | { readonly kind: "tick"; readonly now: number };

export type SenderEffect =
  | { readonly kind: "hello"; readonly echo: number }
  /** Send one batch that starts with number `first`, and say `sent`. */
  | { readonly kind: "send"; readonly first: number }
  /** All up to `n` is committed at the receiver, with hash `hash`. */
  | { readonly kind: "mark_confirmed"; readonly n: number; readonly hash: string }
  /** The receiver has committed all that there is. */
  | { readonly kind: "drained" }
  /** Nothing came back in time although the transport says that it is connected. */
  | { readonly kind: "silent" }
  | { readonly kind: "reconnect" }
  /** Send the batch from `first` on, once: the receiver sees by its hash that our histories differ, and tells its operator. */
  | { readonly kind: "show_fork"; readonly first: number }
  | { readonly kind: "blocked"; readonly reason: BlockReason; readonly message: string };

export interface SenderStep {
  readonly state: SenderState;
  readonly effects: readonly SenderEffect[];
}

export interface SenderLimits {
  /** From sending to its confirmation, on the longest way that still counts as working. */
  readonly confirmTimeoutMs: number;
  /** Without any traffic a hello goes out this often: it shows whether the receiver lives, and what its clock says. */
  readonly idleHelloMs: number;
  /** Unanswered hellos after which the connection is taken for half open. */
  readonly hellosBeforeReconnect: number;
  /** Batches that may be unconfirmed at the same time. */
  readonly batchesInFlight: number;
}

export const SENDER_LIMITS: SenderLimits = {
  confirmTimeoutMs: 10_000,
  idleHelloMs: 60_000,
  hellosBeforeReconnect: 3,
  batchesInFlight: BATCHES_IN_FLIGHT,
};

/**
 * One step of the sender. The effects are carried out in their order. A `send` comes alone: the next one follows when
 * the shell has said `sent`, since only the outbox knows how many events fit into a batch.
 */
export function stepSender(state: SenderState, event: SenderEvent, limits: SenderLimits = SENDER_LIMITS): SenderStep {
  const step = transition(state, event, limits);
  return step.state.kind === "streaming" ? withSend(step.state, step.effects, limits) : step;
}

function transition(state: SenderState, event: SenderEvent, limits: SenderLimits): SenderStep {
  switch (event.kind) {
    case "connected":
      return greet(state.lastN, event.now, 0);
    case "greet_again":
      return state.kind === "offline" ? to({ ...state, lastN: event.lastN }) : greet(event.lastN, event.now, 0);
    case "disconnected":
      return to({ kind: "offline", lastN: state.lastN });
    case "written":
      return to({ ...state, lastN: Math.max(state.lastN, event.lastN) });
    case "sent":
      return noteSent(state, event);
    case "history_gone":
      return block(state, "history_gone", `The cloud asks for event ${event.first}, which is no longer kept here.`);
    case "confirmed":
      return takeConfirm(state, event);
    case "tick":
      return tick(state, event.now, limits);
    default:
      return assertNever(event);
  }
}

function to(state: SenderState, ...effects: SenderEffect[]): SenderStep {
  return { state, effects };
}

function greet(lastN: number, now: number, unanswered: number): SenderStep {
  return to({ kind: "greeting", lastN, echo: now, sentAt: now, unanswered }, { kind: "hello", echo: now });
}

function block(state: SenderState, reason: BlockReason, message: string): SenderStep {
  if (state.kind === "blocked") return to(state);
  return to(
    { kind: "blocked", lastN: state.lastN, reason, message, since: null },
    { kind: "blocked", reason, message },
  );
}

function withSend(state: Streaming, effects: readonly SenderEffect[], limits: SenderLimits): SenderStep {
  const first = sendDue(state, limits);
  return first === null ? to(state, ...effects) : to(state, ...effects, { kind: "send", first });
}

/**
 * The number that the batch to be sent now starts with; null when none is. A shell that carries a `send` effect out later
 * asks again, since a confirmation may have come meanwhile.
 */
export function sendDue(state: SenderState, { batchesInFlight }: SenderLimits = SENDER_LIMITS): number | null {
  if (state.kind !== "streaming" || state.inFlight.length >= batchesInFlight) return null;
  const first = nextToSend(state);
  return first > state.lastN ? null : first;
}

/** The number that the next batch starts with. */
function nextToSend({ inFlight, confirmed }: Streaming): number {
  return (inFlight.at(-1)?.last ?? confirmed) + 1;
}

function noteSent(state: SenderState, { first, last, now }: Extract<SenderEvent, { kind: "sent" }>): SenderStep {
  if (state.kind !== "streaming" || first !== nextToSend(state)) return to(state);
  return to({ ...state, inFlight: [...state.inFlight, { first, last, sentAt: now }] });
}

function takeConfirm(state: SenderState, event: ConfirmEvent): SenderStep {
  const { confirm, ownHash } = event;
  switch (confirm.status) {
    case "fork":
    case "stale_epoch":
    case "unsupported_version":
    case "edge_behind":
      return block(state, confirm.status, confirm.message ?? `The cloud has stopped this stream: ${confirm.status}.`);
    case "new_epoch":
      // The shell begins the epoch, and says so.
      return to(state);
    case "ok":
    case "gap":
      break;
    default:
      return assertNever(confirm.status);
  }
  if (confirm.cursor > state.lastN) {
    return block(state, "edge_behind", `The cloud holds ${confirm.cursor} events, this edge only ${state.lastN}.`);
  }
  if (ownHash !== null && ownHash !== confirm.hash) {
    const stop = block(state, "fork", `The cloud holds other events than this edge up to number ${confirm.cursor}.`);
    const show: SenderEffect[] =
      state.kind !== "blocked" && confirm.cursor < state.lastN
        ? [{ kind: "show_fork", first: confirm.cursor + 1 }]
        : [];
    return to(stop.state, ...show, ...stop.effects);
  }
  return moveTo(state, event);
}

/** A position of the receiver that agrees with ours, as far as it goes. */
function moveTo(state: SenderState, event: ConfirmEvent): SenderStep {
  const { confirm } = event;
  switch (state.kind) {
    case "offline":
    case "blocked":
      return to(state);
    case "greeting":
      return confirm.echo_mono === state.echo ? resumeAt(state.lastN, event, null) : to(state);
    case "streaming":
      return confirm.status === "gap" ? goBack(state, event) : advance(state, event);
    default:
      return assertNever(state);
  }
}

/** Starts sending after the receiver's cursor, wherever we thought that it stood. */
function resumeAt(lastN: number, { confirm, now }: ConfirmEvent, wentBackTo: number | null): SenderStep {
  const confirmed = confirm.cursor;
  return moved({ kind: "streaming", lastN, confirmed, inFlight: [], heardAt: now, wentBackTo }, confirm);
}

function goBack(state: Streaming, event: ConfirmEvent): SenderStep {
  const { cursor } = event.confirm;
  return state.wentBackTo === cursor ? to(state) : resumeAt(state.lastN, event, cursor);
}

function advance(state: Streaming, { confirm, now }: ConfirmEvent): SenderStep {
  if (confirm.cursor <= state.confirmed) return to(state);
  const inFlight = state.inFlight.filter(({ last }) => last > confirm.cursor);
  return moved({ ...state, confirmed: confirm.cursor, inFlight, heardAt: now, wentBackTo: null }, confirm);
}

function moved(state: Streaming, { cursor, hash }: Confirm): SenderStep {
  const drained: SenderEffect[] = cursor === state.lastN ? [{ kind: "drained" }] : [];
  return to(state, { kind: "mark_confirmed", n: cursor, hash }, ...drained);
}

function tick(state: SenderState, now: number, limits: SenderLimits): SenderStep {
  switch (state.kind) {
    case "offline":
      return to(state);
    case "blocked":
      if (state.since === null) return to({ ...state, since: now });
      return now - state.since < limits.idleHelloMs ? to(state) : greet(state.lastN, now, 0);
    case "greeting":
      return now - state.sentAt < limits.confirmTimeoutMs ? to(state) : greetAgain(state, now, limits);
    case "streaming": {
      const oldest = state.inFlight[0];
      if (!oldest) return now - state.heardAt < limits.idleHelloMs ? to(state) : greet(state.lastN, now, 0);
      if (now - oldest.sentAt < limits.confirmTimeoutMs) return to(state);
      const again = greet(state.lastN, now, 0);
      return to(again.state, { kind: "silent" }, ...again.effects);
    }
    default:
      return assertNever(state);
  }
}

function greetAgain({ lastN, unanswered }: Greeting, now: number, limits: SenderLimits): SenderStep {
  if (unanswered + 1 >= limits.hellosBeforeReconnect) {
    return to({ kind: "offline", lastN }, { kind: "silent" }, { kind: "reconnect" });
  }
  const again = greet(lastN, now, unanswered + 1);
  return to(again.state, { kind: "silent" }, ...again.effects);
}

import { sleep } from "@gatehouse/shared/kit/clock.ts";
import { errorCode } from "@gatehouse/shared/kit/errors.ts";
import { type Backoff, backoffMs } from "@gatehouse/shared/kit/lifecycle.ts";
import type { LinkKey } from "../../services/devices/record-link.ts";
import type { HeldReplica } from "../../services/replica/update-messages.ts";
import type { EdgeConnection, EdgeTransport } from "../edge-transport.ts";
import type { LinkContext } from "../hub-context.ts";
import type { HubLedger } from "../hub-ledger.ts";
import { coversQuestion, type SentUpdate, type Want } from "./sent-update.ts";

export interface ReplicaFeedOptions {
  readonly context: Pick<LinkContext, "clock" | "realClock" | "random" | "log"> & {
    readonly ledger: Pick<HubLedger, "readReplica" | "recordReplicaSent">;
  };
  readonly transport: Pick<EdgeTransport, "send">;
  readonly connection: EdgeConnection;
  readonly link: LinkKey;
  /** Aborts when the connection has ended. */
  readonly signal: AbortSignal;
}

interface Wanted {
  readonly want: Want;
  readonly isAsked: boolean;
  /** `sent_mono` of the question. */
  readonly echoMono: number | null;
}

const RETRY: Backoff = { firstMs: 200, maxMs: 10_000, jitter: 0.5 };

/**
 * Keeps one connection's replica at its lot's version. Only one answer is under way; what is asked meanwhile is answered
 * after it, once. An answer that fails is tried again until the connection ends. What gets lost the edge asks for: it
 * compares versions and checksums itself (SYNC-09).
 */
export class ReplicaFeed {
  readonly #options: ReplicaFeedOptions;
  /** What the edge has, or will have when it has taken what was sent; null before its hello. */
  #have: HeldReplica | null = null;
  #wanted: Wanted | null = null;
  /** The answer that is being made, or the last one that changed something. */
  #sent: SentUpdate | null = null;
  #isSending = false;

  constructor(options: ReplicaFeedOptions) {
    this.#options = options;
  }

  /** The edge says what it holds and asks for the rest; it is answered also when that is nothing. */
  asked({ have, want, echoMono }: { have: HeldReplica; want: Want; echoMono: number | null }): void {
    // It asks again while the answer is still on its way over a slow link.
    if (this.#sent && coversQuestion(this.#sent, { have, want }, this.#options.context.realClock.mono())) return;
    this.#have = have;
    this.#want({ want, isAsked: true, echoMono });
  }

  /** Sends what the edge lacks, if anything. */
  push(): void {
    if (!this.#wanted) this.#want({ want: "deltas", isAsked: false, echoMono: null });
  }

  #want(wanted: Wanted): void {
    this.#wanted = wanted;
    if (!this.#isSending && this.#have) void this.#send();
  }

  async #send(): Promise<void> {
    const { context, connection, signal } = this.#options;
    this.#isSending = true;
    for (let failures = 0; this.#wanted && this.#have && !signal.aborted; ) {
      const wanted = this.#wanted;
      this.#wanted = null;
      try {
        await this.#sendUpdate(this.#have, wanted);
        failures = 0;
      } catch (error) {
        this.#sent = null;
        // The connection is gone: its end is on the way, and the next one says hello.
        if (errorCode(error) === "connection_gone") break;
        this.#wanted ??= wanted;
        context.log.warn({ lot: connection.lotId, err: error }, "A replica update was not sent; it is tried again.");
        await sleep(context.realClock, backoffMs(RETRY, failures++, context.random), signal);
      }
    }
    this.#isSending = false;
  }

  async #sendUpdate(have: HeldReplica, { want, isAsked, echoMono }: Wanted): Promise<void> {
    const { context, transport, connection, link } = this.#options;
    const update: SentUpdate = { base: have, want, bytes: 0, sentAt: null };
    this.#sent = update;
    const as_of = context.clock.wall();
    const { head, messages } = await context.ledger.readReplica({ lotId: connection.lotId, have, want });
    const isCurrent = head.version === have.version && head.checksum === have.checksum;
    const isNews = isAsked || !isCurrent;
    let bytes = 0;
    for (const [index, message] of (isNews ? messages : []).entries()) {
      const echo = index === 0 && echoMono !== null ? { echo_mono: echoMono } : {};
      const payload = JSON.stringify({ ...message, as_of, ...echo });
      bytes += payload.length;
      await transport.send(connection, "down/replica", payload);
    }
    this.#sent = isCurrent ? null : { ...update, bytes, sentAt: context.realClock.mono() };
    if (this.#have === have) this.#have = head;
    if (!isCurrent) await context.ledger.recordReplicaSent(link, head);
  }
}

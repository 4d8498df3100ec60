import type { LinkKey } from "../../services/devices/record-link.ts";
import type { HeldReplica } from "../../services/replica/read-update.ts";
import type { EdgeConnection, EdgeTransport } from "../edge-transport.ts";
import type { LinkContext } from "../hub-context.ts";

export interface ReplicaFeedOptions {
  readonly context: LinkContext;
  readonly transport: EdgeTransport;
  readonly connection: EdgeConnection;
  readonly link: LinkKey;
}

type Want = "deltas" | "snapshot";

/**
 * Keeps one connection's replica at its lot's version. Only one answer is under way; what is asked meanwhile is answered
 * after it, once. What gets lost the edge asks for: it compares versions and checksums itself (SYNC-09).
 */
export class ReplicaFeed {
  readonly #options: ReplicaFeedOptions;
  /** What the edge has, or will have when it has taken what was sent; null before its hello. */
  #have: HeldReplica | null = null;
  #wanted: { readonly want: Want; readonly isAsked: boolean } | null = null;
  #isSending = false;

  constructor(options: ReplicaFeedOptions) {
    this.#options = options;
  }

  /** The edge has said what it holds. */
  heard(have: HeldReplica): void {
    this.#have = have;
  }

  /** Sends what the edge lacks, if anything. */
  push(): void {
    if (!this.#wanted) this.#want("deltas", false);
  }

  /** Sends what the edge asked for, also when that is only that it is up to date. */
  answer(want: Want): void {
    this.#want(want, true);
  }

  #want(want: Want, isAsked: boolean): void {
    this.#wanted = { want, isAsked };
    if (!this.#isSending && this.#have) void this.#send();
  }

  async #send(): Promise<void> {
    this.#isSending = true;
    while (this.#wanted && this.#have) {
      const wanted = this.#wanted;
      this.#wanted = null;
      await this.#sendUpdate(this.#have, wanted).catch((error: unknown) => {
        const { context, connection } = this.#options;
        context.log.warn({ lot: connection.lotId, err: error }, "A replica update was not sent.");
      });
    }
    this.#isSending = false;
  }

  async #sendUpdate(have: HeldReplica, { want, isAsked }: { want: Want; isAsked: boolean }): Promise<void> {
    const { context, transport, connection, link } = this.#options;
    const { head, messages } = await context.ledger.readReplica({ lotId: connection.lotId, have, want });
    const isCurrent = head.version === have.version && head.checksum === have.checksum;
    if (isCurrent && !isAsked) return;
    for (const message of messages) await transport.send(connection, "down/replica", JSON.stringify(message));
    if (this.#have === have) this.#have = head;
    if (!isCurrent) await context.ledger.recordReplicaSent(link, head);
  }
}

import { MINUTE_MS } from "@gatehouse/shared/kit/durations.ts";
import type { Refusal } from "./edge-transport.ts";
import type { LinkContext } from "./hub-context.ts";

/** Audit rows a minute from one device, or from one address without a certificate; the rest is only counted. */
const ROWS_A_MINUTE = 20;
/** Devices and addresses counted at a time; past this the counts start anew. */
const SOURCES_MAX = 10_000;

/** Logs and audits what the transport refused, each with who, what and where. A flood can't fill the audit log. */
export class RefusalLog {
  readonly #context: LinkContext;
  readonly #counts = new Map<string, { since: number; seen: number }>();

  constructor(context: LinkContext) {
    this.#context = context;
  }

  note(refusal: Refusal): void {
    const { code, identity, remoteAddress, detail } = refusal;
    const isCounted = this.#count(identity?.deviceId ?? remoteAddress) > ROWS_A_MINUTE;
    if (isCounted) return;
    const { log } = this.#context;
    log.warn({ code, device: identity?.deviceId, lot: identity?.lotId, from: remoteAddress, detail }, "Refused.");
    this.#context.ledger
      .auditRefusal(refusal)
      .catch((error: unknown) => log.error({ code, err: error }, "A refusal could not be written to the audit log."));
  }

  #count(source: string): number {
    const now = this.#context.realClock.mono();
    const held = this.#counts.get(source);
    if (held && now - held.since < MINUTE_MS) return ++held.seen;
    if (this.#counts.size >= SOURCES_MAX) this.#counts.clear();
    this.#counts.set(source, { since: now, seen: 1 });
    return 1;
  }
}

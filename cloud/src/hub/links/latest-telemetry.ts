import type { Telemetry } from "@gatehouse/shared/contracts/mqtt/link.ts";
import type { LinkKey } from "../../services/devices/record-link.ts";
import type { LinkContext } from "../hub-context.ts";

/** Writes the present picture of a lot's lanes; while one is being written only the latest of the others waits. */
export class LatestTelemetry {
  readonly #context: LinkContext;
  readonly #link: LinkKey;
  #waiting: Telemetry | null = null;
  #isWriting = false;

  constructor(context: LinkContext, link: LinkKey) {
    this.#context = context;
    this.#link = link;
  }

  show(telemetry: Telemetry): void {
    this.#waiting = telemetry;
    if (!this.#isWriting) void this.#write();
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting) {
      const telemetry = this.#waiting;
      this.#waiting = null;
      await this.#context.ledger
        .recordTelemetry(this.#link, telemetry)
        .catch((error: unknown) =>
          this.#context.log.warn({ lot: this.#link.lotId, err: error }, "Telemetry was not stored."),
        );
    }
    this.#isWriting = false;
  }
}

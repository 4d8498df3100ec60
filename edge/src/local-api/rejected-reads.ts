import type { WallMs } from "@gatehouse/shared/kit/clock.ts";

const KEPT = 50;
const BODY_SHOWN = 2_048;

/** A camera's message that could not be understood, kept for the technician. */
export interface RejectedRead {
  readonly at: WallMs;
  readonly cameraId: string;
  readonly code: string;
  readonly message: string;
  readonly contentType: string;
  readonly bytes: number;
  /** The first 2 KiB of the body, unprintable bytes as dots. */
  readonly excerpt: string;
}

/** The latest messages that could not be parsed, and how many there were; bounded, in memory. */
export class RejectedReads {
  #latest: RejectedRead[] = [];
  #total = 0;

  add(rejected: Omit<RejectedRead, "bytes" | "excerpt">, body: Uint8Array): void {
    this.#total++;
    this.#latest.push({ ...rejected, bytes: body.length, excerpt: excerptOf(body) });
    if (this.#latest.length > KEPT) this.#latest.shift();
  }

  get total(): number {
    return this.#total;
  }

  latest(): readonly RejectedRead[] {
    return this.#latest;
  }
}

function excerptOf(body: Uint8Array): string {
  return Buffer.from(body.subarray(0, BODY_SHOWN))
    .toString("latin1")
    .replace(/[^\x20-\x7e\r\n\t]/g, ".");
}

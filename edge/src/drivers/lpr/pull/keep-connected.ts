import { type Clock, sleep } from "@gatehouse/shared/kit/clock.ts";
import { MINUTE_MS, SECOND_MS } from "@gatehouse/shared/kit/durations.ts";
import { type Backoff, backoffMs } from "@gatehouse/shared/kit/lifecycle.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import type { CameraListener, CameraPort } from "../../../ports/camera/camera-port.ts";
import { downLink } from "./camera-fault.ts";

const LOST: Backoff = { firstMs: SECOND_MS, maxMs: 30 * SECOND_MS, jitter: 0.3 };
/** Cameras lock a user for half an hour after some five wrong passwords. */
const REFUSED: Backoff = { firstMs: MINUTE_MS, maxMs: 10 * MINUTE_MS, jitter: 0.1 };
/** A connection that held so long begins its waits anew. */
const STEADY_MS = 30 * SECOND_MS;

/** One connection: works until it ends or `signal` aborts, and rejects with why. `up` tells that it stands. */
export type Connect = (run: {
  readonly listener: CameraListener;
  readonly signal: AbortSignal;
  readonly up: () => void;
}) => Promise<void>;

export interface KeptConnection {
  readonly cameraId: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly connect: Connect;
  readonly snapshotUrl: string | null;
}

/** A camera whose connection is made again and again, each time after a longer wait, until it is stopped. */
export function keepConnected(options: KeptConnection): CameraPort {
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let isStarted = false;
  return {
    cameraId: options.cameraId,
    async start(listener) {
      if (isStarted) return;
      isStarted = true;
      running = run(options, listener, stopping.signal);
    },
    async stop() {
      stopping.abort();
      await running;
    },
    snapshotUrl: () => options.snapshotUrl,
  };
}

async function run({ clock, random, connect }: KeptConnection, listener: CameraListener, signal: AbortSignal) {
  let attempt = 0;
  while (!signal.aborted) {
    const began = clock.mono();
    let end: unknown = null;
    await connect({ listener, signal, up: () => listener.link({ state: "up" }) }).catch((thrown: unknown) => {
      end = thrown;
    });
    if (signal.aborted) return;
    const link = downLink(end ?? new Error("it ended the connection"));
    listener.link(link);
    if (clock.mono() - began >= STEADY_MS) attempt = 0;
    await sleep(clock, backoffMs(link.code === "refused" ? REFUSED : LOST, attempt, random), signal);
    attempt++;
  }
}

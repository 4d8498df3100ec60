import { type Clock, sleep } from "@gatehouse/shared/kit/clock.ts";
import { type Backoff, backoffMs, type Service } from "@gatehouse/shared/kit/lifecycle.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import pg from "pg";

export interface Subscription {
  readonly channel: string;
  /** One notification; `payload` is whatever the sender wrote. Must not throw. */
  readonly onMessage: (payload: string) => void;
  /** Notifications may have been missed (first connect and each reconnect): look at the tables. Must not throw. */
  readonly onGap: () => void;
}

export interface ListenerOptions {
  readonly url: string;
  readonly subscriptions: readonly Subscription[];
  readonly clock: Clock;
  readonly random: Random;
  readonly onError: (error: unknown) => void;
}

const RECONNECT: Backoff = { firstMs: 100, maxMs: 5_000, jitter: 0.5 };
/** How often an idle connection is asked whether it still lives: a half-open one would stay silent for hours. */
const PROBE_EVERY_MS = 15_000;
const PROBE_TIMEOUT_MS = 5_000;

/** One connection for LISTEN, kept up for as long as it runs. `run` resolves once it listens for the first time. */
export function createListener({ url, subscriptions, clock, random, onError }: ListenerOptions): Service {
  const stopping = new AbortController();
  let client: pg.Client | null = null;
  let loop: Promise<void> = Promise.resolve();

  async function connect(): Promise<pg.Client> {
    const fresh = new pg.Client({
      connectionString: url,
      application_name: "gatehouse listener",
      keepAlive: true,
      query_timeout: PROBE_TIMEOUT_MS,
    });
    fresh.on("error", onError);
    fresh.on("notification", ({ channel, payload }) => {
      for (const one of subscriptions) if (one.channel === channel) one.onMessage(payload ?? "");
    });
    try {
      await fresh.connect();
      for (const { channel } of subscriptions) await fresh.query(`LISTEN ${fresh.escapeIdentifier(channel)}`);
    } catch (error) {
      await fresh.end().catch(onError);
      throw error;
    }
    for (const one of subscriptions) one.onGap();
    return fresh;
  }

  /** Resolves when the connection is gone; a probe that fails ends it. */
  async function untilGone(connected: pg.Client): Promise<void> {
    const gone = new Promise<void>((resolve) => connected.once("end", resolve));
    const probe = clock.every(PROBE_EVERY_MS, () => {
      connected.query("SELECT 1").catch((error: unknown) => {
        onError(error);
        connected.end().catch(onError);
      });
    });
    await gone;
    probe.cancel();
  }

  async function keepUp(first: pg.Client): Promise<void> {
    await untilGone(first);
    for (let attempt = 0; !stopping.signal.aborted; attempt++) {
      await sleep(clock, backoffMs(RECONNECT, attempt, random), stopping.signal);
      if (stopping.signal.aborted) return;
      try {
        client = await connect();
        attempt = -1;
        await untilGone(client);
      } catch (error) {
        onError(error);
      }
    }
  }

  return {
    name: "listener",
    run: async () => {
      client = await connect();
      loop = keepUp(client);
    },
    drain: () => Promise.resolve(),
    stop: async () => {
      stopping.abort();
      await client?.end().catch(onError);
      client = null;
      await loop;
    },
  };
}

import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import { sql } from "drizzle-orm";
import type { Logger } from "pino";
import type { Database } from "../../db/database.ts";
import { createListener } from "../../db/listener.ts";
import type { BusPort, Consumer } from "../bus.ts";
import { BUS_CHANNEL } from "../publish.ts";
import { type ConsumeOutcome, consumeLot } from "./consume-lot.ts";

export interface PostgresBusOptions {
  readonly db: Database;
  readonly url: string;
  readonly consumers: readonly Consumer[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** How often all streams are looked through without a notification: for retries, and for lost notifications. */
  readonly pollEveryMs?: number;
}

const POLL_EVERY_MS = 500;
/** Lots that one consumer group works on at the same time in this process; each takes a connection. */
const LOTS_AT_ONCE = 3;

/** The bus on Postgres: streams by lot, woken by NOTIFY, claimed by row locks. */
export function createPostgresBus(options: PostgresBusOptions): BusPort {
  const groups = options.consumers.map((consumer) => createGroup(consumer, options));
  const listener = createListener({
    url: options.url,
    clock: options.clock,
    random: options.random,
    onError: (error) => options.log.warn({ err: error }, "the bus lost its listening connection; it polls meanwhile"),
    subscriptions: [{ channel: BUS_CHANNEL, onMessage: wakeAll, onGap: wakeAll }],
  });
  const poll = options.clock.every(options.pollEveryMs ?? POLL_EVERY_MS, wakeAll);

  function wakeAll(): void {
    for (const group of groups) group.wake();
  }

  async function drain(): Promise<void> {
    poll.cancel();
    await Promise.all(groups.map((group) => group.drain()));
  }

  return {
    name: "bus",
    get deadLettered() {
      return groups.reduce((sum, group) => sum + group.deadLettered(), 0);
    },
    run: () => listener.run(),
    drain,
    stop: async () => {
      await drain();
      await listener.stop();
    },
  };
}

interface Group {
  wake(): void;
  /** Takes no further batch; resolves when those in hand are committed. */
  drain(): Promise<void>;
  deadLettered(): number;
}

/** One consumer group's share in this process: a round looks for lots with work and takes their batches. */
function createGroup(consumer: Consumer, { db, clock, log }: PostgresBusOptions): Group {
  let draining = false;
  let wanted = false;
  let working: Promise<void> | null = null;
  let deadLettered = 0;

  function report(outcome: ConsumeOutcome, lotId: Uuid): void {
    if (outcome.kind !== "failed" && outcome.kind !== "dead_lettered") return;
    const { kind, error, topic, position } = outcome;
    const facts = { consumer: consumer.name, lot_id: lotId, topic, position, err: error };
    if (kind === "failed") log.warn(facts, "an event could not be handled and is tried again");
    else {
      deadLettered += 1;
      log.error({ ...facts, alarm: "bus_dead_letter" }, "an event was given up on; see bus_dead_letters");
    }
  }

  async function work(): Promise<void> {
    while (wanted && !draining) {
      wanted = false;
      const lots = await lotsWithWork(db, consumer.name);
      await forEachAtOnce(lots, LOTS_AT_ONCE, async (lotId) => {
        let outcome: ConsumeOutcome = { kind: "more" };
        while (!draining && (outcome.kind === "more" || outcome.kind === "dead_lettered")) {
          outcome = await consumeLot({ db, consumer, lotId, now: () => clock.wall() });
          report(outcome, lotId);
        }
      });
    }
  }

  function wake(): void {
    wanted = true;
    if (draining) return;
    working ??= work()
      .catch((error: unknown) => log.error({ consumer: consumer.name, err: error }, "the bus could not take events"))
      .finally(() => {
        working = null;
        if (wanted) wake();
      });
  }

  return {
    wake,
    drain: async () => {
      draining = true;
      await working;
    },
    deadLettered: () => deadLettered,
  };
}

async function lotsWithWork(db: Database, consumer: string): Promise<readonly Uuid[]> {
  const found = await db.execute<{ lot_id: string }>(sql`
    SELECT head.lot_id FROM bus_heads head
    LEFT JOIN bus_consumers mine ON mine.consumer = ${consumer} AND mine.lot_id = head.lot_id
    WHERE head.head > coalesce(mine.position, 0) AND (mine.retry_at IS NULL OR mine.retry_at <= clock_timestamp())`);
  return found.rows.map((row) => row.lot_id);
}

async function forEachAtOnce<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const workers = Array.from({ length: Math.min(atOnce, items.length) }, async () => {
    for (const item of queue) await work(item);
  });
  await Promise.all(workers);
}

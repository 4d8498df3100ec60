import { type BusPayload, type BusTopic, busTopics } from "@gatehouse/shared/contracts/events/topics.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { Service } from "@gatehouse/shared/kit/lifecycle.ts";
import type { Transaction } from "../db/database.ts";
import type { BusEvent } from "./publish.ts";

export interface DeliveredEvent<T extends BusTopic = BusTopic> {
  readonly lotId: Uuid;
  /** Place in the lot's stream; rises, and names the event for good. */
  readonly position: number;
  readonly topic: T;
  readonly payload: BusPayload<T>;
}

/** What a handler works with: all of it is committed together with the event's being consumed, or not at all. */
export interface Delivery {
  readonly tx: Transaction;
  /** Published at the end of the transaction, to the stream of the lot that the event came from. */
  publish(...events: readonly BusEvent[]): void;
}

type Handler<T extends BusTopic> = (delivery: Delivery, event: DeliveredEvent<T>) => Promise<void>;

/**
 * A consumer group: each event of its topics reaches one process of the group, in the order of the lot's stream. A
 * handler may be called again for an event whose transaction did not commit; its effect through `tx` happens once.
 */
export interface Consumer {
  readonly name: string;
  readonly handlers: { readonly [T in BusTopic]?: Handler<T> };
}

/** Runs consumers. Built on Postgres (postgres/); another broker stands behind the same port. */
export interface BusPort extends Service {
  /** Events that consumers gave up on since the start; each also raised an alarm in the log. */
  readonly deadLettered: number;
}

/** Checks the payload by its topic's contract and calls the consumer's handler. Throws ZodError, or what the handler throws. */
export async function handle(
  consumer: Consumer,
  delivery: Delivery,
  event: { readonly lotId: Uuid; readonly position: number; readonly topic: BusTopic; readonly payload: unknown },
): Promise<void> {
  const handler = consumer.handlers[event.topic] as Handler<BusTopic> | undefined;
  if (!handler) return;
  const payload = busTopics[event.topic].parse(event.payload);
  await handler(delivery, { ...event, payload });
}

/** Whether text names a topic of this build; others are stepped over, so that an older build can share a database. */
export function isBusTopic(text: string): text is BusTopic {
  return Object.hasOwn(busTopics, text);
}

import { BATCH_MAX_EVENTS, BATCHES_IN_FLIGHT } from "@gatehouse/shared/contracts/mqtt/protocol.ts";
import { topicOf } from "@gatehouse/shared/contracts/mqtt/topics.ts";
import { EventScript } from "../../src/hub/testing/event-script.ts";
import { TestEdge } from "../../src/hub/testing/test-edge.ts";
import type { BenchRig } from "./rig.ts";

/** One lot's edge with a backlog, and its connection. */
export interface Lane {
  readonly lotId: string;
  readonly deviceId: string;
  readonly events: number;
  /** Sends the whole backlog, a fixed window unconfirmed, until its last event is confirmed. Returns milliseconds. */
  drain(): Promise<number>;
  /** Bytes written to the socket since the first `drain` began. */
  bytesSent(): number;
  close(): Promise<void>;
}

/** Writes the backlog of `stays` vehicles (seven events each) and connects its edge; the lines are encoded beforehand. */
export async function openLane(rig: BenchRig, stays: number): Promise<Lane> {
  const { sample, identity } = await rig.newEdge();
  const { entryLane, exitLane, lotId } = sample;
  const { deviceId } = identity;
  const script = new EventScript({ deviceId, epoch: 1, entryLane, exitLane, seed: 1 });
  for (let i = 0; i < stays; i++) {
    const plate = `B${(i * 7919) % 1_000_000}`;
    const session = script.enter(plate);
    script.pay(session, 400);
    script.leave(session, plate, 400);
  }
  const batches = encodeAll(script);
  const edge = await TestEdge.connect(identity);
  await edge.hello();
  const topic = topicOf(identity.address, "up/events");
  const before = edge.client.stream as unknown as { readonly bytesWritten: number };
  const start = before.bytesWritten;
  return {
    lotId,
    deviceId,
    events: script.lastN,
    drain: () => drain(edge, { topic, batches, lastN: script.lastN }),
    bytesSent: () => before.bytesWritten - start,
    close: () => edge.end(),
  };
}

interface Encoded {
  readonly lastN: number;
  readonly bytes: Buffer;
}

function encodeAll(script: EventScript): Encoded[] {
  const batches: Encoded[] = [];
  for (let first = 1; first <= script.lastN; first += BATCH_MAX_EVENTS) {
    const lastN = Math.min(script.lastN, first + BATCH_MAX_EVENTS - 1);
    batches.push({ lastN, bytes: Buffer.from(script.bytes(first, lastN)) });
  }
  return batches;
}

async function drain(
  edge: TestEdge,
  { topic, batches, lastN }: { readonly topic: string; readonly batches: readonly Encoded[]; readonly lastN: number },
): Promise<number> {
  const began = performance.now();
  let confirmed = 0;
  let answers = 0;
  let sent = 0;
  const done = Promise.withResolvers<number>();
  const sendMore = (): void => {
    while (sent < batches.length && unconfirmed() < BATCHES_IN_FLIGHT) {
      const batch = batches[sent++];
      if (batch) edge.client.publish(topic, batch.bytes, { qos: 1 });
    }
  };
  /** Batches of a replay are all below the cursor from the start, so its window counts answers. */
  const isReplay = (): boolean => confirmed >= lastN;
  const unconfirmed = (): number =>
    isReplay() ? sent - answers : sent - batches.filter((batch, i) => i < sent && batch.lastN <= confirmed).length;
  const onMessage = (where: string, payload: Buffer): void => {
    if (!where.endsWith("/down/confirm")) return;
    const confirm: { readonly cursor: number; readonly status: string } = JSON.parse(payload.toString("utf8"));
    if (confirm.status !== "ok") done.reject(new Error(`The hub answered ${confirm.status}`));
    confirmed = confirm.cursor;
    answers++;
    if (confirmed >= lastN && sent === batches.length) done.resolve(performance.now() - began);
    else sendMore();
  };
  edge.client.on("message", onMessage);
  sendMore();
  try {
    return await done.promise;
  } finally {
    edge.client.off("message", onMessage);
  }
}

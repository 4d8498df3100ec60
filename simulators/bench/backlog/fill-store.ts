import { EventScript } from "@gatehouse/cloud/hub/testing/event-script.ts";
import { openStore } from "@gatehouse/edge/store/open-store.ts";
import type { EdgeStore } from "@gatehouse/edge/store/store-port.ts";
import { type EdgeEventBody, edgeEvent } from "@gatehouse/shared/contracts/mqtt/events.ts";
import { clock, log, newId } from "../edges/bench-edge.ts";

/** Seven events tell of one stay. */
const EVENTS_A_STAY = 7;
const STAYS_A_TRANSACTION = 60;
/** Transactions that share one flush. */
const AT_ONCE = 10;
const EVENTS_AT_ONCE = AT_ONCE * STAYS_A_TRANSACTION * EVENTS_A_STAY;

export interface Backlog {
  readonly directory: string;
  readonly deviceId: string;
  readonly entryLane: string;
  readonly exitLane: string;
  /** About as many; whole stays are written. */
  readonly events: number;
}

/** Has the store's own outbox queue what an edge tells of stays: each comes in, pays and leaves. Gives the number of events. */
export async function fillStore(backlog: Backlog): Promise<number> {
  const store = openStore({ directory: backlog.directory, clock, newId, clockQuality: () => "synced", log });
  const before = store.outbox.head().lastN;
  let written = 0;
  for (let seed = 1; written < backlog.events; seed++) {
    const wanted = Math.min(EVENTS_AT_ONCE, backlog.events - written);
    const bodies = stays(backlog, seed, Math.ceil(wanted / EVENTS_A_STAY));
    await write(store, bodies);
    written += bodies.length;
  }
  const { lastN } = store.outbox.head();
  await store.close();
  return lastN - before;
}

async function write(store: EdgeStore, bodies: readonly EdgeEventBody[]): Promise<void> {
  const each = Math.ceil(bodies.length / AT_ONCE);
  const parts = Array.from({ length: AT_ONCE }, (_, at) => bodies.slice(at * each, (at + 1) * each));
  await Promise.all(parts.map((part) => store.transact((tx) => part.map((body) => tx.emit(body)))));
}

function stays({ deviceId, entryLane, exitLane }: Backlog, seed: number, count: number): readonly EdgeEventBody[] {
  const script = new EventScript({ deviceId, epoch: 1, entryLane, exitLane, seed });
  for (let stay = 0; stay < count; stay++) {
    const plate = `B${(seed * EVENTS_AT_ONCE + stay * 7_919) % 1_000_000}`;
    const session = script.enter(plate);
    script.pay(session, 400);
    script.leave(session, plate, 400);
  }
  return script.lines.map((line) => edgeEvent.parse(JSON.parse(line)).body);
}

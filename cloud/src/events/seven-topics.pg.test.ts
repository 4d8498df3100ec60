import { wallMs } from "@gatehouse/shared/kit/clock.ts";
import { uuidv7Source } from "@gatehouse/shared/kit/ids.ts";
import { systemRandom } from "@gatehouse/shared/kit/random.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { openTestDatabase, type TestDatabase } from "../db/testing/test-database.ts";
import type { Consumer } from "./bus.ts";
import { createPostgresBus } from "./postgres/postgres-bus.ts";
import { type BusEvent, publishEvents } from "./publish.ts";

const clock = systemClock();
const newId = uuidv7Source(clock, systemRandom);
let database: TestDatabase;

beforeAll(async () => {
  database = await openTestDatabase({ maxConnections: 8 });
});
afterAll(() => database.close());

const LOT = newId();
const timestamp = "2026-10-01T14:30:00Z";
const ofLot = { timestamp, parking_lot_id: LOT };

/** One event of each topic of the source document, with its payload. */
const EVENTS: readonly BusEvent[] = [
  {
    topic: "parking.entries",
    payload: { ...ofLot, license_plate: "ABC123", entry_point_id: newId(), session_id: newId() },
  },
  {
    topic: "parking.exits",
    payload: {
      ...ofLot,
      license_plate: "ABC123",
      exit_point_id: newId(),
      session_id: newId(),
      duration_seconds: 5_400,
      fee: 4.5,
      currency: "USD",
    },
  },
  {
    topic: "spot.status.changes",
    payload: { ...ofLot, spot_id: newId(), new_status: "occupied", old_status: "available" },
  },
  {
    topic: "payments.processed",
    payload: {
      timestamp,
      payment_id: newId(),
      amount: 15,
      currency: "USD",
      payment_method: "credit_card",
      user_id: newId(),
      session_id: newId(),
    },
  },
  {
    topic: "reservations.created",
    payload: {
      ...ofLot,
      reservation_id: newId(),
      user_id: newId(),
      parking_spot_id: newId(),
      start_time: timestamp,
      end_time: "2026-10-01T18:00:00Z",
    },
  },
  {
    topic: "reservations.cancelled",
    payload: { ...ofLot, reservation_id: newId(), user_id: newId(), reason: "by the driver" },
  },
  {
    topic: "violations.detected",
    payload: { ...ofLot, violation_id: newId(), session_id: newId(), violation_type: "overstay", description: null },
  },
];

test("the seven topics of the source document reach a consumer with their payloads, in order", async () => {
  const seen: unknown[] = [];
  const take =
    (topic: BusEvent["topic"]) =>
    async (_: unknown, { payload }: { payload: unknown }) => {
      seen.push({ topic, payload });
    };
  const handlers = Object.fromEntries(EVENTS.map(({ topic }) => [topic, take(topic)]));
  const consumer: Consumer = { name: "seven-topics", handlers };
  const bus = createPostgresBus({
    db: database.db,
    url: database.url,
    consumers: [consumer],
    clock,
    random: systemRandom,
    log: pino({ level: "silent" }),
    pollEveryMs: 100,
  });
  await bus.run();
  try {
    await database.db.transaction((tx) => publishEvents(tx, { lotId: LOT, events: EVENTS, at: wallMs(0) }));
    await vi.waitFor(() => expect(seen).toHaveLength(EVENTS.length), 5_000);
    expect(seen).toEqual(EVENTS);
  } finally {
    await bus.stop();
  }
});

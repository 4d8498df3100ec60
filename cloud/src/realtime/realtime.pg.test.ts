import { once } from "node:events";
import {
  type Availability,
  type AvailabilityMessage,
  availabilityMessage,
  type OperationsMessage,
  operationsMessage,
} from "@gatehouse/shared/contracts/http/operations.ts";
import { formatUuid } from "@gatehouse/shared/kit/ids.ts";
import { seededRandom } from "@gatehouse/shared/kit/random.ts";
import { sql } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { type OpenDatabase, openDatabase } from "../db/database.ts";
import { sampleOperator } from "../db/testing/sample-data.ts";
import { setUpSample } from "../db/testing/verb-context.ts";
import { type RunningCloud, runCloud } from "../process/testing/running-cloud.ts";

const stranger = sampleOperator({ seed: 301 });
const random = seededRandom(303);
const newId = (): string => formatUuid(random.bytes(16));
let cloud: RunningCloud;
let database: OpenDatabase;
const open: WebSocket[] = [];

beforeAll(async () => {
  cloud = await runCloud({ seed: 300 });
  database = openDatabase({ url: cloud.databaseUrl, maxConnections: 2 });
  await setUpSample({ ...database, url: cloud.databaseUrl }, stranger);
});
afterEach(() => {
  for (const socket of open.splice(0)) socket.terminate();
});
afterAll(async () => {
  await database.close();
  await cloud.stop();
});

interface Listening<Message> {
  readonly socket: WebSocket;
  /** Everything heard so far, each checked by its contract. */
  readonly heard: Message[];
}

async function connect<Message>(
  feed: "parking-availability" | "operations",
  token: string,
  parse: (data: unknown) => Message,
): Promise<Listening<Message>> {
  const url = `${cloud.api.replace("http", "ws")}/api/v1/real-time/${feed}`;
  const socket = new WebSocket(url, ["gatehouse.v1", `bearer.${token}`]);
  open.push(socket);
  const heard: Message[] = [];
  socket.on("message", (data) => heard.push(parse(JSON.parse(data.toString()))));
  await once(socket, "open");
  expect(socket.protocol).toBe("gatehouse.v1");
  return { socket, heard };
}

const availability = (token = cloud.sample.tokens.viewer) =>
  connect("parking-availability", token, (data): AvailabilityMessage => availabilityMessage.parse(data));
const operations = (token = cloud.sample.tokens.viewer) =>
  connect("operations", token, (data): OperationsMessage => operationsMessage.parse(data));

async function put(path: string, body: unknown): Promise<void> {
  const headers = { authorization: `Bearer ${cloud.sample.tokens.admin}`, "content-type": "application/json" };
  const answer = await fetch(`${cloud.api}/api/v1${path}`, { method: "PUT", headers, body: JSON.stringify(body) });
  expect(answer.status).toBe(200);
}

const spots = (): string[] => cloud.sample.data.lots[0]?.spots.map(({ id }) => id) ?? [];
const setSpot = (place: number, status: string) => put(`/parking-spots/${spots()[place]}/status`, { status });
const subscribe = (socket: WebSocket, version?: number, lotId = cloud.sample.lotId): void =>
  socket.send(
    JSON.stringify({
      kind: "subscribe",
      lots: [{ parking_lot_id: lotId, ...(version === undefined ? {} : { version }) }],
    }),
  );

async function firstSnapshot(heard: readonly AvailabilityMessage[]): Promise<Availability> {
  return vi.waitFor(() => {
    const [first] = heard;
    const lot = first?.kind === "snapshot" ? first.lots[0] : undefined;
    if (!lot) throw new Error("no snapshot yet");
    return lot;
  });
}

const changes = (heard: readonly AvailabilityMessage[]) => heard.filter((message) => message.kind === "change");

describe("availability", () => {
  test("a snapshot, then each change with a rising version and the free spots after it", async () => {
    const { socket, heard } = await availability();
    subscribe(socket);
    const snapshot = await firstSnapshot(heard);
    expect(snapshot).toMatchObject({ total_spots: 4, available_spots: 4 });
    await setSpot(0, "occupied");
    await setSpot(3, "out_of_service");
    await setSpot(0, "available");
    await vi.waitFor(() => expect(changes(heard)).toHaveLength(3));
    expect(changes(heard).map((one) => [one.spot_type, one.old_status, one.new_status, one.available_spots])).toEqual([
      ["standard", "available", "occupied", 3],
      ["ev", "available", "out_of_service", 2],
      ["standard", "occupied", "available", 3],
    ]);
    const versions = [snapshot.version, ...changes(heard).map(({ version }) => version)];
    expect(versions).toEqual([...versions].sort((left, right) => left - right));
    expect(new Set(versions).size).toBe(4);
    await setSpot(3, "available");
  });

  test("a client that comes back with its version gets what it missed, in order, and nothing twice", async () => {
    const first = await availability();
    subscribe(first.socket);
    const { version } = await firstSnapshot(first.heard);
    first.socket.close();
    for (const status of ["occupied", "available", "reserved", "available"]) await setSpot(1, status);
    const second = await availability();
    subscribe(second.socket, version);
    await vi.waitFor(() => expect(second.heard).toHaveLength(4));
    await setSpot(1, "occupied");
    await setSpot(1, "available");
    await vi.waitFor(() => expect(second.heard).toHaveLength(6));
    expect(changes(second.heard).map((one) => [one.new_status, one.available_spots])).toEqual([
      ["occupied", 3],
      ["available", 4],
      ["reserved", 3],
      ["available", 4],
      ["occupied", 3],
      ["available", 4],
    ]);
  });

  test("a version that the lot never had, or is no longer kept, gives a snapshot", async () => {
    const { socket, heard } = await availability();
    subscribe(socket, 1_000_000);
    expect((await firstSnapshot(heard)).available_spots).toBe(4);
    await setSpot(2, "occupied");
    await database.db.execute(sql`DELETE FROM event_outbox WHERE lot_id = ${cloud.sample.lotId} AND position <= 2`);
    const late = await availability();
    subscribe(late.socket, 1);
    expect((await firstSnapshot(late.heard)).available_spots).toBe(3);
    await setSpot(2, "available");
  });

  test("a lot of another operator and an absent one get the same answer", async () => {
    const { socket, heard } = await availability();
    subscribe(socket, undefined, stranger.lotId);
    subscribe(socket, undefined, newId());
    await vi.waitFor(() => expect(heard).toHaveLength(2));
    expect(heard[0]).toEqual({ kind: "error", code: "not_found", message: "There is no such lot." });
    expect(heard[1]).toEqual(heard[0]);
  });

  test("what is no subscription, or too large, ends the connection", async () => {
    for (const text of ["{", '{"kind":"other"}', `{"kind":"subscribe","lots":[],"x":"${"y".repeat(20_000)}"}`]) {
      const { socket } = await availability();
      socket.on("error", () => undefined);
      socket.send(text);
      const [code] = await once(socket, "close");
      expect([1007, 1009]).toContain(code);
    }
  });
});

describe("operations", () => {
  const lotMessages = (heard: readonly OperationsMessage[]) =>
    heard.flatMap((message) => (message.kind === "lot" ? [message.lot] : []));

  test("a snapshot of the operator's own lots, then the lot as it changes", async () => {
    const { heard } = await operations();
    await vi.waitFor(() => expect(heard.length).toBeGreaterThan(0));
    const [snapshot] = heard;
    if (snapshot?.kind !== "snapshot") throw new Error("the first message is no snapshot");
    expect(snapshot.lots.map(({ lot_id }) => lot_id)).toEqual([cloud.sample.lotId]);
    expect(snapshot.lots[0]?.link).toMatchObject({ connected: false, state: "cloud_down" });
    await setSpot(0, "occupied");
    await vi.waitFor(() => {
      const standard = lotMessages(heard)
        .at(-1)
        ?.spots.find(({ type }) => type === "standard");
      expect(standard?.available).toBe(2);
    });
    await setSpot(0, "available");
  });

  test("movements come as they are stored, and again when their outcome is known", async () => {
    const { heard } = await operations();
    const other = await operations(stranger.tokens.viewer);
    await vi.waitFor(() => expect(heard.length * other.heard.length).toBeGreaterThan(0));
    const id = newId();
    const tell = () =>
      database.db.execute(sql`
      SELECT pg_notify('gatehouse_live', ${JSON.stringify({ lot_id: cloud.sample.lotId, kind: "movements", ids: [id] })})`);
    await database.db.execute(sql`
      INSERT INTO movements (lot_id, id, lane_id, direction, decision, reasons, plate, at, clock_quality, received_at)
      VALUES (${cloud.sample.lotId}, ${id}, ${cloud.sample.entryLane}, 'entry', 'admit', '{transient}', 'B1', now(), 'synced', now())`);
    await tell();
    const movements = () => heard.flatMap((message) => (message.kind === "movement" ? [message.movement] : []));
    await vi.waitFor(() => expect(movements()).toHaveLength(1));
    expect(movements()[0]).toMatchObject({
      movement_id: id,
      lane_code: "in",
      decision: "admit",
      outcome: null,
      plate: "B1",
    });
    await database.db.execute(sql`UPDATE movements SET outcome = 'passed' WHERE id = ${id}`);
    await tell();
    await vi.waitFor(() => expect(movements()[1]).toMatchObject({ movement_id: id, outcome: "passed" }));
    expect(other.heard.filter(({ kind }) => kind === "movement")).toEqual([]);
  });

  test("many changes at once make few pictures of the lot, and the last one is true", async () => {
    const { heard } = await operations();
    await vi.waitFor(() => expect(heard.length).toBeGreaterThan(0));
    const before = lotMessages(heard).length;
    for (let round = 0; round < 10; round++) {
      await setSpot(1, "occupied");
      await setSpot(1, "available");
    }
    await setSpot(1, "reserved");
    await vi.waitFor(() =>
      expect(
        lotMessages(heard)
          .at(-1)
          ?.spots.find(({ type }) => type === "standard")?.reserved,
      ).toBe(1),
    );
    expect(lotMessages(heard).length - before).toBeLessThan(15);
    await setSpot(1, "available");
  });
});

describe("who gets in", () => {
  async function refusal(path: string, protocols: string[]): Promise<number> {
    const socket = new WebSocket(`${cloud.api.replace("http", "ws")}${path}`, protocols);
    open.push(socket);
    socket.on("error", () => undefined);
    const [, answer] = await once(socket, "unexpected-response");
    return answer.statusCode;
  }

  test("no token, a wrong one, a role that doesn't see it, another address", async () => {
    const operationsPath = "/api/v1/real-time/operations";
    expect(await refusal(operationsPath, ["gatehouse.v1"])).toBe(401);
    expect(await refusal(operationsPath, ["gatehouse.v1", "bearer.wrong"])).toBe(401);
    expect(await refusal(operationsPath, ["gatehouse.v1", `bearer.${cloud.sample.tokens.lpr}`])).toBe(403);
    expect(await refusal("/api/v1/real-time/other", ["gatehouse.v1", `bearer.${cloud.sample.tokens.admin}`])).toBe(404);
  });

  test("the Authorization header does as well, for clients that are no browsers", async () => {
    const socket = new WebSocket(`${cloud.api.replace("http", "ws")}/api/v1/real-time/parking-availability`, {
      headers: { authorization: `Bearer ${cloud.sample.tokens.viewer}` },
    });
    open.push(socket);
    await once(socket, "open");
  });
});

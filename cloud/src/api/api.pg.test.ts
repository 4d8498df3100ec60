import { problem } from "@gatehouse/shared/contracts/http/problem.ts";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type OpenDatabase, openDatabase } from "../db/database.ts";
import { sampleOperator } from "../db/testing/sample-data.ts";
import { setUpSample } from "../db/testing/verb-context.ts";
import { type RunningCloud, runCloud } from "../process/testing/running-cloud.ts";

const stranger = sampleOperator({ seed: 201 });
let cloud: RunningCloud;
let database: OpenDatabase;

beforeAll(async () => {
  cloud = await runCloud({ seed: 200 });
  database = openDatabase({ url: cloud.databaseUrl, maxConnections: 2 });
  await setUpSample({ ...database, url: cloud.databaseUrl }, stranger);
});
afterAll(async () => {
  await database.close();
  await cloud.stop();
});

type Caller = "admin" | "attendant" | "lpr" | "viewer" | "stranger" | "nobody";

function tokenOf(caller: Caller): string | null {
  if (caller === "nobody") return null;
  return caller === "stranger" ? stranger.tokens.admin : cloud.sample.tokens[caller];
}

interface Ask {
  readonly as?: Caller;
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

async function ask(path: string, { as = "admin", method = "GET", body, headers = {} }: Ask = {}) {
  const token = tokenOf(as);
  const answer = await fetch(`${cloud.api}/api/v1${path}`, {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text === "" ? null : JSON.parse(text) };
}

let plates = 0;
const newPlate = (): string => `BTEST${++plates}`;
const entryOf = (plate: string, timestamp = "2026-03-02T08:00:00Z") => ({
  timestamp,
  license_plate: plate,
  parking_lot_id: cloud.sample.lotId,
  entry_point_id: cloud.sample.entryLane,
});
const exitOf = (plate: string, timestamp = "2026-03-02T10:30:00Z") => ({
  timestamp,
  license_plate: plate,
  parking_lot_id: cloud.sample.lotId,
  exit_point_id: cloud.sample.exitLane,
});
const post = (path: string, body: unknown, rest: Ask = {}) => ask(path, { method: "POST", body, ...rest });
const spotIds = (): string[] => cloud.sample.data.lots[0]?.spots.map(({ id }) => id) ?? [];

describe("the source document's flow of a vehicle", () => {
  test("entry starts a session and fills a spot; exit ends it with duration and fee, and frees the spot", async () => {
    const { lotId } = cloud.sample;
    const plate = newPlate();
    const before = await ask(`/parking-lots/${lotId}/availability`);
    const entered = await post("/events/vehicle-entry", entryOf("b-test 1"), { as: "lpr" });
    expect(entered.status).toBe(201);
    expect(entered.body).toMatchObject({ license_plate: plate, status: "open", fee: null });
    await vi.waitFor(async () => {
      const now = await ask(`/parking-lots/${lotId}/availability`);
      expect(now.body.available_spots).toBe(before.body.available_spots - 1);
      expect(now.body.version).toBeGreaterThan(before.body.version);
    });
    const session = await ask(`/parking-sessions/${entered.body.id}`);
    expect(spotIds()).toContain(session.body.parking_spot_id);
    const left = await post("/events/vehicle-exit", exitOf(plate), { as: "lpr" });
    // 2.5 hours at 2.00 for each started hour.
    expect(left.body).toMatchObject({
      id: entered.body.id,
      status: "closed",
      duration_seconds: 9_000,
      fee: 6,
      fee_minor: 600,
      currency: "EUR",
    });
    await vi.waitFor(async () => {
      const now = await ask(`/parking-lots/${lotId}/availability`);
      expect(now.body.available_spots).toBe(before.body.available_spots);
    });
    const { rows } = await database.db.execute(sql`
      SELECT topic, payload FROM event_outbox WHERE payload ->> 'session_id' = ${entered.body.id} ORDER BY position`);
    expect(rows).toEqual([
      {
        topic: "parking.entries",
        payload: {
          timestamp: "2026-03-02T08:00:00.000Z",
          license_plate: plate,
          parking_lot_id: lotId,
          entry_point_id: cloud.sample.entryLane,
          session_id: entered.body.id,
        },
      },
      {
        topic: "parking.exits",
        payload: {
          timestamp: "2026-03-02T10:30:00.000Z",
          license_plate: plate,
          parking_lot_id: lotId,
          exit_point_id: cloud.sample.exitLane,
          session_id: entered.body.id,
          duration_seconds: 9_000,
          fee: 6,
          currency: "EUR",
        },
      },
    ]);
  });

  test("the same entry and exit told again change nothing; a later entry closes the stale session", async () => {
    const plate = newPlate();
    const first = await post("/events/vehicle-entry", entryOf(plate));
    const again = await post("/events/vehicle-entry", entryOf(plate));
    expect([first.status, again.status, again.body.id]).toEqual([201, 200, first.body.id]);
    const later = await post("/events/vehicle-entry", entryOf(plate, "2026-03-02T09:00:00Z"));
    expect(later.status).toBe(201);
    const stale = await ask(`/parking-sessions/${first.body.id}`);
    expect(stale.body).toMatchObject({ status: "closed", close_reason: "superseded", fee_minor: 0 });
    const left = await post("/events/vehicle-exit", exitOf(plate));
    const leftAgain = await post("/events/vehicle-exit", exitOf(plate));
    expect(left.body.id).toBe(later.body.id);
    expect(leftAgain.body).toMatchObject({ id: later.body.id, fee_minor: left.body.fee_minor });
    expect((await post("/events/vehicle-exit", exitOf(plate, "2026-03-02T11:00:00Z"))).status).toBe(404);
  });

  test("20 entries of one plate at the same moment make one session", async () => {
    const plate = newPlate();
    const answers = await Promise.all(Array.from({ length: 20 }, () => post("/events/vehicle-entry", entryOf(plate))));
    const statuses = new Set(answers.map(({ status }) => status));
    expect([...statuses].every((status) => [200, 201, 409].includes(status))).toBe(true);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    const list = await ask(`/parking-sessions?license_plate=${plate}`);
    expect(list.body.data).toHaveLength(1);
    await post("/events/vehicle-exit", exitOf(plate));
  });

  test("a sensor's report sets the spot; a permit's stay is free", async () => {
    const [spot = ""] = spotIds();
    const report = { timestamp: "2026-03-02T08:00:00Z", spot_id: spot, parking_lot_id: cloud.sample.lotId };
    expect(
      (await post("/events/spot-status-change", { ...report, new_status: "occupied", old_status: "available" })).body
        .status,
    ).toBe("occupied");
    expect(
      (await post("/events/spot-status-change", { ...report, new_status: "available", old_status: "occupied" })).body
        .status,
    ).toBe("available");
    const plate = newPlate();
    const permit = {
      permit_id: "staff-1",
      holder_label: "Staff",
      plates: [plate],
      max_concurrent: 1,
      valid_from: "2026-01-01T00:00:00Z",
      valid_until: null,
      access_windows: [],
      overflow: "deny",
    };
    expect((await post(`/parking-lots/${cloud.sample.lotId}/permits`, permit)).status).toBe(201);
    expect((await post("/events/vehicle-entry", entryOf(plate))).body).toMatchObject({ kind: "permit" });
    expect((await post("/events/vehicle-exit", exitOf(plate))).body).toMatchObject({ fee: 0, debt_minor: 0 });
  });
});

describe("parking sessions", () => {
  test("start, read, end by hand; a plate that is inside is refused; versions guard the end", async () => {
    const plate = newPlate();
    const start = { parking_lot_id: cloud.sample.lotId, license_plate: plate, entry_time: "2026-03-02T08:00:00Z" };
    const made = await post("/parking-sessions", start);
    expect(made.status).toBe(201);
    expect(made.headers.get("location")).toBe(`/api/v1/parking-sessions/${made.body.id}`);
    expect((await post("/parking-sessions", start)).status).toBe(201);
    expect((await post("/parking-sessions", { ...start, entry_time: "2026-03-02T08:30:00Z" })).body.code).toBe(
      "conflict",
    );
    const end = { status: "closed", exit_time: "2026-03-02T08:05:00Z" };
    const path = `/parking-sessions/${made.body.id}`;
    await vi.waitFor(async () => expect((await ask(path)).body.version).toBeGreaterThan(1));
    const stale = await ask(path, { method: "PUT", body: end, headers: { "if-match": '"1"' } });
    expect([stale.status, stale.body.code]).toEqual([412, "stale"]);
    const etag = (await ask(path)).headers.get("etag") ?? "";
    const ended = await ask(path, { method: "PUT", body: end, headers: { "if-match": etag } });
    // Within the grace of 10 minutes.
    expect(ended.body).toMatchObject({ status: "closed", close_reason: "operator", fee_minor: 0 });
    const early = await post("/parking-sessions", { ...start, license_plate: newPlate() });
    const before = { status: "closed", exit_time: "2026-03-02T07:00:00Z" };
    expect((await ask(`/parking-sessions/${early.body.id}`, { method: "PUT", body: before })).body.code).toBe(
      "invalid",
    );
    await ask(`/parking-sessions/${early.body.id}`, { method: "PUT", body: end });
  });

  test("the list goes page by page without gap or repetition", async () => {
    const whole = await ask("/parking-sessions?limit=200");
    const seen: string[] = [];
    let path = "/parking-sessions?limit=2";
    for (;;) {
      const { body } = await ask(path);
      seen.push(...body.data.map(({ id }: { id: string }) => id));
      if (body.next_cursor === null) break;
      path = `/parking-sessions?limit=2&cursor=${body.next_cursor}`;
    }
    expect(seen).toEqual(whole.body.data.map(({ id }: { id: string }) => id));
    expect(seen.length).toBeGreaterThan(3);
    expect((await ask("/parking-sessions?cursor=abc")).body.code).toBe("invalid_request");
  });
});

describe("Idempotency-Key", () => {
  test("the same request again, even at the same moment, has one effect and the first answer", async () => {
    const body = { parking_lot_id: cloud.sample.lotId, license_plate: newPlate() };
    const send = () => post("/parking-sessions", body, { headers: { "idempotency-key": "start-1" } });
    const answers = await Promise.all(Array.from({ length: 8 }, send));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 201));
    expect(new Set(answers.map((one) => one.body.id)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get("idempotency-replayed") === "true")).toHaveLength(7);
    expect(
      answers.every(({ headers }) => headers.get("location") === `/api/v1/parking-sessions/${answers[0]?.body.id}`),
    ).toBe(true);
  });

  test("the same key for another request is refused; a refused request leaves its key free", async () => {
    const headers = { "idempotency-key": "start-2" };
    const body = { parking_lot_id: cloud.sample.lotId, license_plate: newPlate() };
    expect((await post("/parking-sessions", { ...body, license_plate: "??" }, { headers })).status).toBe(422);
    expect((await post("/parking-sessions", body, { headers })).status).toBe(201);
    const other = await post("/parking-sessions", { ...body, license_plate: newPlate() }, { headers });
    expect([other.status, other.body.code]).toEqual([422, "idempotency_mismatch"]);
  });
});

describe("rights reach the replica", () => {
  const inReplica = async (collection: string): Promise<unknown[]> => {
    const { rows } = await database.db.execute<{ key: string }>(sql`
      SELECT key FROM replica_items WHERE lot_id = ${cloud.sample.lotId} AND collection = ${collection} ORDER BY key`);
    return rows.map(({ key }) => key);
  };

  test("blocklist entries come and go", async () => {
    const path = `/parking-lots/${cloud.sample.lotId}/blocklist`;
    const entry = { entry_id: "b1", plate: "b-ad 99", action: "refuse", reason: "unpaid", until: null };
    expect((await post(path, entry)).body.plate).toBe("BAD99");
    expect((await post(path, entry)).status).toBe(409);
    expect(await inReplica("blocklist")).toEqual(["b1"]);
    expect((await ask(`${path}/b1`, { method: "DELETE" })).status).toBe(204);
    expect((await ask(`${path}/b1`, { method: "DELETE" })).status).toBe(404);
    expect(await inReplica("blocklist")).toEqual([]);
    expect((await post(path, entry)).status).toBe(201);
  });

  test("a published tariff prices later entries and never changes", async () => {
    const path = `/parking-lots/${cloud.sample.lotId}/tariffs`;
    const [base] = cloud.sample.data.lots[0]?.tariffs ?? [];
    const dearer = {
      ...base,
      version: 2,
      bands: base?.bands.map((band) => ({
        ...band,
        rate: {
          kind: "steps",
          steps: [{ unit_minutes: 60, price_minor: 500, count: null }],
          counts_from: "stay",
          at_edge: "cut_unit",
        },
      })),
    };
    const published = await post(path, { tariff: dearer, in_force_from: "2026-05-01T00:00:00Z" });
    expect(published.status).toBe(201);
    expect((await post(path, { tariff: dearer, in_force_from: "2026-06-01T00:00:00Z" })).status).toBe(409);
    expect(await inReplica("tariffs")).toHaveLength(2);
    const plate = newPlate();
    await post("/events/vehicle-entry", entryOf(plate, "2026-05-02T08:00:00Z"));
    expect((await post("/events/vehicle-exit", exitOf(plate, "2026-05-02T09:30:00Z"))).body).toMatchObject({
      fee: 10,
      tariff: { version: 2 },
    });
    const foreign = { ...dearer, version: 3, currency: "USD" };
    expect((await post(path, { tariff: foreign })).body.code).toBe("invalid");
  });
});

describe("who may do what", () => {
  const lot = () => cloud.sample.lotId;
  const someId = "00000000-0000-4000-8000-00000000dead";
  const reads = (): [string, string][] => [
    ["GET", `/parking-lots/${lot()}/availability`],
    ["GET", `/parking-lots/${lot()}/spots`],
    ["GET", `/parking-lots/${lot()}/lanes`],
    ["GET", `/parking-lots/${lot()}/permits`],
    ["GET", `/parking-lots/${lot()}/blocklist`],
    ["GET", `/parking-lots/${lot()}/tariffs`],
  ];
  const writes = (): [string, string, unknown][] => [
    ["PUT", `/parking-spots/${spotIds()[0]}/status`, { status: "reserved" }],
    ["POST", "/parking-sessions", { parking_lot_id: lot(), license_plate: "X1" }],
    ["POST", "/events/vehicle-entry", entryOf("X1")],
    ["POST", "/events/vehicle-exit", exitOf("X1")],
    [
      "POST",
      "/reservations",
      {
        parking_lot_id: lot(),
        license_plate: "X1",
        start_time: "2099-01-01T00:00:00Z",
        end_time: "2099-01-02T00:00:00Z",
      },
    ],
    ["POST", `/lanes/${cloud.sample.entryLane}/open`, { reason: "test" }],
    ["POST", `/parking-lots/${lot()}/enrolment-tokens`, {}],
    ["DELETE", `/parking-lots/${lot()}/permits/nobody`, undefined],
    ["DELETE", `/parking-lots/${lot()}/blocklist/nothing`, undefined],
  ];

  test("without a token, or with a wrong one, every address answers 401 and no more", async () => {
    for (const [method, path, body] of [...reads(), ...writes()]) {
      expect((await ask(path, { method, body, as: "nobody" })).status, `${method} ${path}`).toBe(401);
    }
    const admin = cloud.sample.tokens.admin;
    const wrong = `${admin.slice(0, -2)}${admin.endsWith("AA") ? "BB" : "AA"}`;
    for (const token of [wrong, "x", `${admin}x`]) {
      const { status } = await ask("/parking-lots", { as: "nobody", headers: { authorization: `Bearer ${token}` } });
      expect(status).toBe(401);
    }
  });

  test("another operator's lots, spots, lanes and sessions look as if they were not there", async () => {
    for (const [method, path, body] of [...reads(), ...writes()]) {
      const foreign = await ask(path, { method, body, as: "stranger" });
      const absent = await ask(
        path
          .replaceAll(lot(), someId)
          .replace(spotIds()[0] ?? "-", someId)
          .replace(cloud.sample.entryLane, someId),
        {
          method,
          body: body === undefined ? body : JSON.parse(JSON.stringify(body).replaceAll(lot(), someId)),
          as: "stranger",
        },
      );
      expect([foreign.status, foreign.body.code, foreign.body.detail], `${method} ${path}`).toEqual([
        404,
        "not_found",
        absent.body.detail,
      ]);
      expect(absent.status).toBe(404);
    }
    const made = await post("/parking-sessions", { parking_lot_id: lot(), license_plate: newPlate() });
    expect((await ask(`/parking-sessions/${made.body.id}`, { as: "stranger" })).status).toBe(404);
    expect((await ask("/parking-sessions", { as: "stranger" })).body.data).toEqual([]);
    expect((await ask("/parking-lots", { as: "stranger" })).body.data.map(({ id }: { id: string }) => id)).toEqual([
      stranger.lotId,
    ]);
  });

  test("a viewer changes nothing, a camera reports and reads no sessions, an attendant gives no rights", async () => {
    for (const [method, path, body] of writes()) {
      expect((await ask(path, { method, body, as: "viewer" })).status, `${method} ${path}`).toBe(403);
    }
    expect((await ask("/parking-sessions", { as: "lpr" })).status).toBe(403);
    expect((await ask(`/parking-lots/${lot()}/permits/nobody`, { method: "DELETE", as: "attendant" })).status).toBe(
      403,
    );
    expect((await ask(`/parking-lots/${lot()}/availability`, { as: "lpr" })).status).toBe(200);
  });
});

describe("refusals", () => {
  const expectProblem = (answer: Awaited<ReturnType<typeof ask>>, status: number, code: string): void => {
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(problem.parse(answer.body).instance).toBe(`urn:gatehouse:request:${answer.headers.get("x-request-id")}`);
    expect(JSON.stringify(answer.body)).not.toContain(".ts");
  };

  test("each kind of bad request has its own status and code", async () => {
    const start = { parking_lot_id: cloud.sample.lotId, license_plate: "B1" };
    expectProblem(await post("/parking-sessions", "{"), 400, "malformed_json");
    expectProblem(await post("/parking-sessions", { ...start, status: "paid" }), 400, "invalid_request");
    expectProblem(await post("/parking-sessions", { ...start, fee_minor: 0 }), 400, "invalid_request");
    expectProblem(await post("/parking-sessions", { ...start, parking_lot_id: "x" }), 400, "invalid_request");
    expectProblem(await ask("/parking-sessions?limit=0"), 400, "invalid_request");
    expectProblem(await ask("/parking-sessions?color=red"), 400, "invalid_request");
    expectProblem(await ask("/parking-sessions/not-a-uuid"), 400, "invalid_request");
    expectProblem(await ask("/nothing"), 404, "no_such_address");
    expectProblem(await ask("/parking-lots", { method: "DELETE" }), 405, "method_not_allowed");
    expectProblem(
      await post("/parking-sessions", "a=1", { headers: { "content-type": "application/x-www-form-urlencoded" } }),
      415,
      "unsupported_media_type",
    );
    expectProblem(await post("/parking-sessions", { license_plate: "x".repeat(300_000) }), 413, "too_large");
    expectProblem(await post("/events/vehicle-entry", entryOf("B1", "2099-01-01T00:00:00Z")), 422, "invalid");
    expectProblem(await post("/events/vehicle-entry", entryOf("B1", "1970-01-01T00:00:07Z")), 422, "invalid");
    const nul = { entry_id: "b2", plate: "B1", action: "refuse", reason: "a \u0000 in it", until: null };
    expectProblem(await post(`/parking-lots/${cloud.sample.lotId}/blocklist`, nul), 400, "invalid_request");
    expectProblem(
      await post("/events/vehicle-entry", { ...entryOf("B1"), entry_point_id: stranger.entryLane }),
      422,
      "invalid",
    );
  });

  test("a bad field is told with its place", async () => {
    const { body } = await post("/events/vehicle-entry", { ...entryOf("B1"), timestamp: "yesterday" });
    expect(body.errors).toEqual([{ path: "timestamp", message: expect.any(String) }]);
  });

  test("the manual describes every address, and comes from this server alone", async () => {
    const manual = JSON.parse(await (await fetch(`${cloud.api}/openapi.json`)).text());
    expect(manual.openapi).toBe("3.1.0");
    expect(Object.keys(manual.paths)).toEqual(
      expect.arrayContaining(["/api/v1/parking-lots/{id}/availability", "/api/v1/events/vehicle-entry"]),
    );
    const page = await fetch(`${cloud.api}/docs`);
    expect(await page.text()).not.toMatch(/https?:\/\//);
    expect(page.headers.get("content-security-policy")).toContain("default-src 'self'");
    for (const file of ["swagger-ui.css", "swagger-ui-bundle.js", "start.js"])
      expect((await fetch(`${cloud.api}/docs/${file}`)).status).toBe(200);
    expect((await fetch(`${cloud.api}/docs/../../package.json`)).status).toBe(404);
  });

  test("health, readiness and metrics answer without a token; metrics hold no ids", async () => {
    expect((await fetch(`${cloud.api}/healthz`)).status).toBe(200);
    expect((await fetch(`${cloud.api}/readyz`)).status).toBe(200);
    const metrics = await (await fetch(`${cloud.api}/metrics`)).text();
    expect(metrics).toContain("gatehouse_http_request_seconds_bucket");
    expect(metrics).not.toContain(cloud.sample.lotId);
  });
});

test("a caller over its rate is told so, alone", async () => {
  const limited = await runCloud({ seed: 202, environment: { GATEHOUSE_REQUESTS_PER_SECOND: "2" } });
  const get = (token: string) =>
    fetch(`${limited.api}/api/v1/parking-lots`, { headers: { authorization: `Bearer ${token}` } });
  const answers = await Promise.all(Array.from({ length: 10 }, () => get(limited.sample.tokens.viewer)));
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(5);
  expect((await get(limited.sample.tokens.admin)).status).toBe(200);
  await limited.stop();
});

test("the log of a failed query holds no plate", async () => {
  const { describeError } = await import("../observe/log.ts");
  const failed = await database.db
    .execute(sql`INSERT INTO parking_sessions (license_plate) VALUES (${"SECRET1"})`)
    .catch((error: unknown) => error);
  expect(JSON.stringify(describeError(failed))).not.toContain("SECRET1");
  expect(describeError(failed).code).toBe("23502");
});

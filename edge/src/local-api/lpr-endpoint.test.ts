import { site as siteSchema } from "@gatehouse/shared/contracts/config/site/site.ts";
import type { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { beforeEach, describe, expect, it } from "vitest";
import { createSiteCameras } from "../cameras/site-cameras.ts";
import { CAMERA_BODY_MAX_BYTES } from "./lpr-endpoint.ts";
import { publicApp } from "./public-app.ts";
import { CAMERA, LANE_ID, type RecordedAgent, recordedAgent } from "./testing/agent-view.ts";

let agent: RecordedAgent;
let app: ReturnType<typeof publicApp>;

beforeEach(() => {
  agent = recordedAgent();
  const { site, lanes, clock, random, rejected, video } = agent;
  agent.change({
    cameras: createSiteCameras({ site, lanes, clock, random, rejected, video, wallRate: 1, listenHost: "127.0.0.1" }),
  });
  app = publicApp(agent);
});

const basic = (user: string, secret: string): string => `Basic ${Buffer.from(`${user}:${secret}`).toString("base64")}`;

function alert(plate: string, { direction = "forward", uuid = "e1", extra = "" } = {}): string {
  return `<EventNotificationAlert><eventType>ANPR</eventType><UUID>${uuid}</UUID>${extra}<ANPR><licensePlate>${plate}</licensePlate><direction>${direction}</direction></ANPR></EventNotificationAlert>`;
}

interface Post {
  readonly camera?: string;
  readonly authorization?: string;
}

function post(
  body: string | Uint8Array<ArrayBuffer>,
  { camera = CAMERA.id, authorization = basic(CAMERA.id, CAMERA.secret) }: Post = {},
) {
  return app.request(`/lpr/${camera}`, {
    method: "POST",
    body,
    headers: { "content-type": "application/xml", authorization },
  });
}

describe("the cameras' endpoint", () => {
  it("offers a plate to the camera's lane, with the raw text beside the normalised one", async () => {
    const answer = await post(alert("b-ab 1234"));
    expect([answer.status, await answer.json()]).toEqual([200, { reads: ["accepted"] }]);
    expect(agent.offered).toMatchObject([
      {
        laneId: LANE_ID,
        kind: "plate",
        value: "BAB1234",
        direction: "entry",
        read: { raw: "b-ab 1234", source: "cam-in-1" },
      },
    ]);
  });

  it("tells the lane of a vehicle that travels the other way", async () => {
    await post(alert("BAB1234", { direction: "reverse" }));
    expect(agent.offered[0]?.direction).toBe("exit");
  });

  it("takes a repeated POST of one event once", async () => {
    await post(alert("BAB1234"));
    const again = await post(alert("BAB1234"));
    expect(await again.json()).toEqual({ reads: ["repeated"] });
    expect(agent.offered).toHaveLength(1);
  });

  it("opens nothing on a late replay or an unreadable plate", async () => {
    const replay = await post(alert("BAB1234", { extra: "<isDataRetransmission>true</isDataRetransmission>" }));
    expect(await replay.json()).toEqual({ reads: ["replay"] });
    const unknown = await post(alert("unknown", { uuid: "e2" }));
    expect(await unknown.json()).toEqual({ reads: ["no_plate"] });
    expect(agent.offered).toHaveLength(0);
  });

  it("refuses a wrong secret, a missing one and an unknown camera in the same words", async () => {
    const answers = await Promise.all([
      post(alert("BAB1234"), { authorization: basic(CAMERA.id, "wrong") }),
      post(alert("BAB1234"), { authorization: "" }),
      post(alert("BAB1234"), { camera: "cam-9" }),
    ]);
    const texts = await Promise.all(answers.map((answer) => answer.text()));
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401]);
    expect(new Set(texts).size).toBe(1);
    expect(agent.offered).toHaveLength(0);
  });

  it("refuses a body over its limit and reads no further", async () => {
    const answer = await post(new Uint8Array(CAMERA_BODY_MAX_BYTES + 1));
    expect([answer.status, await answer.json()]).toMatchObject([413, { code: "body_too_large" }]);
  });

  it("keeps what it could not parse for the technician, and counts it", async () => {
    const answer = await post("<EventNotificationAlert><eventType>ANPR");
    expect([answer.status, await answer.json()]).toMatchObject([400, { code: "broken_xml" }]);
    expect(agent.rejected.latest()).toMatchObject([
      { cameraId: "cam-in-1", code: "broken_xml", excerpt: expect.stringContaining("ANPR") },
    ]);
    const metrics = await (await app.request("/metrics")).text();
    expect(metrics).toContain('gatehouse_camera_reads_total{outcome="rejected",camera="cam-in-1"} 1');
  });

  it("bounds what it keeps of messages it could not parse", async () => {
    for (let i = 0; i < 60; i++) await post(`<broken ${i}`);
    expect(agent.rejected.latest()).toHaveLength(50);
    expect(agent.rejected.total).toBe(60);
  });

  it("asks the camera to come again only when the lane's queue is full", async () => {
    agent.answerOffersWith("lane_not_ready");
    expect((await post(alert("BAB1234", { uuid: "e1" }))).status).toBe(200);
    agent.answerOffersWith("queue_full");
    expect((await post(alert("BAB1234", { uuid: "e2" }))).status).toBe(503);
  });
});

/** The endpoint with one camera of the given kind on the lane. */
function withCamera(plain: object, random = agent.random): ReturnType<typeof publicApp> {
  const [lane] = agent.site.lanes;
  const site = siteSchema.parse({ ...agent.site, lanes: [{ ...lane, cameras: [{ id: CAMERA.id, ...plain }] }] });
  const { lanes, clock, rejected, video } = agent;
  agent.change({
    site,
    cameras: createSiteCameras({ site, lanes, clock, random, rejected, video, wallRate: 1, listenHost: "127.0.0.1" }),
  });
  return publicApp(agent);
}

interface JsonPost {
  readonly path: string;
  readonly json: object;
  readonly from?: string;
  readonly authorization?: string;
}

function postJson(to: ReturnType<typeof publicApp>, { path, json, from = "192.0.2.7", authorization }: JsonPost) {
  const headers = { "content-type": "application/json", ...(authorization === undefined ? {} : { authorization }) };
  const request = new Request(`http://agent${path}`, { method: "POST", headers, body: JSON.stringify(json) });
  return to.fetch(request, { incoming: { socket: { remoteAddress: from } } });
}

const alarm = (value: string, eventId = "e1") => ({
  alarm: { triggers: [{ device: "942A6FD0AD1A", key: "license_plate_unknown", value, eventId }] },
});
const tollgate = { Picture: { Plate: { PlateNumber: "BAB1234" }, SnapInfo: {} } };

describe("how a camera proves itself", () => {
  it("may be the secret in the address, for what can only call one", async () => {
    const unifi = withCamera({ format: "unifi", trust: "path", secret: CAMERA.secret.replaceAll(" ", "-") });
    const path = (secret: string): string => `/lpr/${CAMERA.id}/${secret}`;
    const answers = await Promise.all(
      ["wrong", "", "a-long-secret-of-24-chars"].map((secret) =>
        postJson(unifi, { path: path(secret), json: alarm("BAB1234") }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 200]);
    expect(agent.offered).toHaveLength(1);
    expect(agent.cameras.health()).toMatchObject([{ unauthorised: 2, reads: 1 }]);
  });

  it("does not let a secret in the address stand in for Basic, nor the other way", async () => {
    const app = withCamera({ format: "unifi", secret: "a-long-secret-of-24-chars" });
    const inPath = { path: `/lpr/${CAMERA.id}/a-long-secret-of-24-chars`, json: alarm("BAB1234") };
    expect((await postJson(app, inPath)).status).toBe(401);
    const authorization = basic(CAMERA.id, "a-long-secret-of-24-chars");
    const byPath = withCamera({ format: "unifi", trust: "path", secret: "a-long-secret-of-24-chars" });
    expect((await postJson(byPath, { path: `/lpr/${CAMERA.id}`, json: alarm("BAB1234"), authorization })).status).toBe(
      401,
    );
  });

  it("may be where it sends from, also to an address that its firmware fixes", async () => {
    const dahua = withCamera({ format: "dahua", trust: "address", addresses: ["192.0.2.7"] });
    const path = "/NotificationInfo/TollgateInfo";
    const stranger = await postJson(dahua, { path, json: tollgate, from: "192.0.2.8" });
    const known = await postJson(dahua, { path, json: tollgate, from: "::ffff:192.0.2.7" });
    expect([stranger.status, known.status, await known.json()]).toEqual([401, 200, { Result: true, result: "true" }]);
    const alive = { path: "/NotificationInfo/KeepAlive", json: { Active: "keepAlive" } };
    const device = { path: "/NotificationInfo/DeviceInfo", json: { DeviceID: "1", DeviceModel: "ITC" } };
    // Without JSON in the answer it would send the same again and again.
    for (const other of [alive, device]) {
      const answered = await postJson(dahua, other);
      expect([answered.status, await answered.json()]).toEqual([200, { Result: true, result: "true" }]);
    }
    expect(agent.offered).toHaveLength(1);
  });

  it("takes both where the site gives both", async () => {
    const app = withCamera({ format: "unifi", secret: CAMERA.secret, addresses: ["192.0.2.7"] });
    const authorization = basic(CAMERA.id, CAMERA.secret);
    const send = (from: string) =>
      postJson(app, { path: `/lpr/${CAMERA.id}`, json: alarm("BAB1234"), authorization, from });
    expect([(await send("192.0.2.9")).status, (await send("192.0.2.7")).status]).toEqual([401, 200]);
  });

  it("slows a camera that floods, and no other", async () => {
    const app = withCamera({ format: "unifi", secret: CAMERA.secret });
    const authorization = basic(CAMERA.id, CAMERA.secret);
    const statuses: number[] = [];
    for (let n = 0; n < 120; n++)
      statuses.push((await postJson(app, { path: `/lpr/${CAMERA.id}`, json: { alarm: {} }, authorization })).status);
    expect(statuses.slice(0, 100).every((status) => status === 200)).toBe(true);
    expect(statuses.at(-1)).toBe(429);
  });
});

describe("the answer to a camera that has a relay of its own", () => {
  const plate = (license: string, more = {}) => ({
    AlarmInfoPlate: { serialno: "s", result: { PlateResult: { license, plateid: 5, ...more } } },
  });
  const authorization = basic(CAMERA.id, CAMERA.secret);
  const send = async (to: ReturnType<typeof publicApp>, json: object) =>
    (await postJson(to, { path: `/lpr/${CAMERA.id}`, json, authorization })).json();
  const answered = (info: string, more = {}) => ({
    Response_AlarmInfoPlate: { info, content: "retransfer_stop", is_pay: "false", serialData: [], ...more },
  });

  it("never opens by itself, whatever the lane does (Verifies: SAFE-16)", async () => {
    const app = withCamera({ format: "vzenith", secret: CAMERA.secret });
    agent.changeLane({ state: "opening" });
    expect(await send(app, plate("BAB1234"))).toEqual(answered("no"));
  });

  it("asks for the next that the camera has kept, and opens nothing for it (Verifies: SAFE-27)", async () => {
    const app = withCamera({ format: "vzenith", secret: CAMERA.secret, answer_relay: true });
    agent.changeLane({ state: "opening" });
    const kept = await send(app, plate("BAB1234", { isoffline: 1 }));
    expect(kept).toEqual(answered("no", { ContinuePushOffline: { plateid: 5, continue: 1 } }));
    expect(agent.offered).toEqual([]);
  });

  it("pulses its relay only where the site says so, after the barrier was told to open (Verifies: SAFE-16)", async () => {
    const app = withCamera({ format: "vzenith", secret: CAMERA.secret, answer_relay: true });
    const answer = send(app, plate("BAB1234"));
    await new Promise((resolve) => setImmediate(resolve));
    agent.changeLane({ state: "deciding" });
    agent.changeLane({ state: "opening" });
    expect(await answer).toEqual(answered("ok"));
  });

  it("says no when the barrier was not told to open in time", async () => {
    const app = withCamera({ format: "vzenith", secret: CAMERA.secret, answer_relay: true });
    const answer = send(app, plate("BAB1234"));
    for (let n = 0; n < 5; n++) await new Promise((resolve) => setImmediate(resolve));
    (agent.clock as ManualClock).advance(2_500);
    agent.changeLane({ state: "opening" });
    expect(await answer).toEqual(answered("no"));
  });

  it("says no to a message that it can't read, and does not ask for it again", async () => {
    expect(await send(withCamera({ format: "vzenith", secret: CAMERA.secret }), { AlarmInfoPlate: 7 })).toEqual(
      answered("no"),
    );
    expect(agent.rejected.total).toBe(1);
  });
});

describe("health", () => {
  it("is ready, and not when a lane is in fault", async () => {
    expect((await app.request("/readyz")).status).toBe(200);
    agent.changeLane({ mode: "fault" });
    const answer = await app.request("/readyz");
    expect([answer.status, await answer.json()]).toEqual([503, { status: "faulty", lanes_in_fault: ["in-1"] }]);
  });

  it("shows no plate on the lot's network", async () => {
    agent.changeLane({ plate: "BAB1234" });
    const texts = await Promise.all(
      ["/healthz", "/readyz", "/metrics", "/status", "/sessions"].map(async (path) => (await app.request(path)).text()),
    );
    expect(texts.join()).not.toContain("BAB1234");
  });
});

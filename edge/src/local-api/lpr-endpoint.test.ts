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
  agent.change({ cameras: createSiteCameras({ site, lanes, clock, random, rejected, video, wallRate: 1 }) });
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

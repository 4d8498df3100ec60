import { createSiteCameras } from "@gatehouse/edge/cameras/site-cameras.ts";
import { recordedAgent } from "@gatehouse/edge/local-api/testing/agent-view.ts";
import { site as siteSchema } from "@gatehouse/shared/contracts/config/site/site.ts";
import { seededRandom } from "@gatehouse/shared/kit/random.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { expect, it } from "vitest";
import { dahuaCodeText } from "./dahua.ts";
import { HABITS, StreamServer } from "./stream-server.ts";

const random = seededRandom(3);
const TRIES = 1_000;

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    if (tries > TRIES) throw new Error("It did not come to that.");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

it("connects a lot's cameras, offers what they read to their lane, and lets go of them", async () => {
  const [habits] = HABITS;
  if (!habits) throw new RangeError("No habits.");
  const digest = { algorithms: ["MD5"] as const, nonceLife: 9, saysStale: true };
  const server = new StreamServer({
    user: "u",
    password: "p",
    random,
    path: "/cgi-bin/eventManager.cgi",
    habits,
    digest,
  });
  const url = await server.listen();
  const agent = recordedAgent();
  const [lane] = agent.site.lanes;
  const pulled = {
    id: "cam-a",
    format: "dahua",
    transport: "pull",
    url,
    user: "u",
    password: "p",
    direction: "approaching",
  };
  const away = { ...pulled, id: "cam-b", url: "http://127.0.0.1:9" };
  const site = siteSchema.parse({ ...agent.site, lanes: [{ ...lane, cameras: [pulled, away] }] });
  const { lanes, rejected, video } = agent;
  const cameras = createSiteCameras({
    site,
    lanes,
    clock: systemClock(),
    random,
    rejected,
    video,
    wallRate: 1,
    listenHost: "127.0.0.1",
  });
  await cameras.run();
  await until(() => server.watchers === 1 && cameras.health()[1]?.link.state === "down");
  const sighting = { text: "BAB1234", confidence: 0.97 };
  const seen = { sighting, capturedAt: systemClock().wall(), eventId: "00ab", leaving: false, retransmission: false };
  await server.send([{ contentType: "text/plain", text: dahuaCodeText({ vehicles: [seen], random }) }], 1);
  await until(() => agent.offered.length > 0);
  expect(agent.offered).toMatchObject([
    { laneId: lane?.id, value: "BAB1234", direction: "entry", read: { source: "cam-a" } },
  ]);
  expect(cameras.health()).toMatchObject([
    { cameraId: "cam-a", transport: "pull", link: { state: "up" }, reads: 1, lastError: null },
    { cameraId: "cam-b", link: { state: "down", code: "unreachable" }, lastMessageAt: null },
  ]);
  await cameras.stop();
  await until(() => server.watchers === 0);
  await server.close();
});

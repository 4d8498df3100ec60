import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect, createServer as createTcpServer, type Socket } from "node:net";
import { openConnectedCamera } from "@gatehouse/edge/drivers/lpr/open-connected.ts";
import { createPushCamera } from "@gatehouse/edge/drivers/lpr/push-camera.ts";
import type { CameraLink, CameraListener } from "@gatehouse/edge/ports/camera/camera-port.ts";
import type { CameraRead } from "@gatehouse/edge/ports/camera/camera-read.ts";
import { type BenchVehicle, type CameraBench, cameraConformance } from "@gatehouse/edge/ports/camera/conformance.ts";
import { camera as cameraSchema, isPushed } from "@gatehouse/shared/contracts/config/site/camera.ts";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { HOUR_MS } from "@gatehouse/shared/kit/durations.ts";
import { errorCode } from "@gatehouse/shared/kit/errors.ts";
import { formatUuid } from "@gatehouse/shared/kit/ids.ts";
import { seededRandom } from "@gatehouse/shared/kit/random.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { Aedes } from "aedes";
import { describe, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import { axisEvent } from "./axis.ts";
import { dahuaCodeText, dahuaFieldLines } from "./dahua.ts";
import { frigateChatter, frigateMessages } from "./frigate.ts";
import { anprXml, drawOddities } from "./hikvision.ts";
import { pushChatter, pushMessages } from "./push-messages.ts";
import type { HttpPayload, SightedVehicle } from "./sighted.ts";
import { HABITS, type PartText, StreamServer } from "./stream-server.ts";
import { SURVISION_CHATTER, survisionMessage } from "./survision.ts";

const random = seededRandom(20_261_122);
const SECRET = "sixteen characters";
/** Waits of the drivers are cut short; what they wait for is real. */
const CLOCK: Clock = { ...systemClock(), after: (delayMs, fire) => systemClock().after(delayMs / 25, fire) };

function sighted({ plate, leaving, at }: BenchVehicle): SightedVehicle {
  const sighting = { text: plate, confidence: plate === null ? 0 : 0.97 };
  return { sighting, capturedAt: at, leaving, retransmission: false, eventId: formatUuid(random.bytes(16)) };
}

/** A camera that sends to us, handed in where the agent's HTTP port does. */
async function pushBench(plain: object): Promise<CameraBench> {
  const camera = cameraSchema.parse({ id: "cam", secret: SECRET, ...plain });
  if (!isPushed(camera)) throw new RangeError("This camera doesn't push.");
  const port = createPushCamera({ camera, clock: CLOCK, timeZone: "UTC", hasOpened: async () => false });
  let last: readonly HttpPayload[] = [];
  const post = async (payloads: readonly HttpPayload[]): Promise<void> => {
    for (const { contentType, body, path } of payloads)
      await port.receive({ contentType, body, ...(path === undefined ? {} : { topic: path.split("/").at(-1) ?? "" }) });
  };
  const chatter = pushChatter(camera.format, CLOCK.wall(), random);
  return {
    port,
    async see(vehicle) {
      last = pushMessages(camera, sighted(vehicle), random);
      await post(last);
    },
    repeat: () => post(last),
    chatter: chatter === null ? null : () => post([chatter]),
    garble: () => post([{ contentType: "application/json", body: Buffer.from('{"hello": ') }]),
    cut: null,
    ready: async () => {},
    close: async () => {},
  };
}

interface StreamVendor {
  readonly plain: object;
  readonly path: string;
  readonly habits: number;
  readonly parts: (vehicle: SightedVehicle) => readonly PartText[];
  readonly chatter: readonly PartText[];
  readonly algorithms: readonly ("MD5" | "SHA-256")[];
}

async function streamBench(vendor: StreamVendor): Promise<CameraBench> {
  const habits = HABITS[vendor.habits];
  if (!habits) throw new RangeError("No such habits.");
  const server = new StreamServer({
    user: "reader",
    password: 'p"w',
    random,
    path: vendor.path,
    habits,
    digest: { algorithms: vendor.algorithms, nonceLife: 1, saysStale: vendor.habits !== 1 },
  });
  const url = await server.listen();
  const camera = cameraSchema.parse({
    id: "cam",
    transport: "pull",
    url,
    user: "reader",
    password: 'p"w',
    ...vendor.plain,
  });
  if (isPushed(camera) || camera.transport === "look") throw new RangeError("This camera isn't pulled.");
  const port = await openConnectedCamera({ camera, clock: CLOCK, random, timeZone: "UTC", listenHost: "127.0.0.1" });
  let last: readonly PartText[] = [];
  return {
    port,
    async see(vehicle) {
      last = vendor.parts(sighted(vehicle));
      await server.send(last, 2);
    },
    repeat: () => server.send(last, 1),
    chatter: () => server.send(vendor.chatter),
    garble: () =>
      server.send([
        { contentType: "text/plain", text: "Code=TrafficJunction;action=Pulse;index=0;data={\n" },
        { contentType: "application/xml", text: "<EventNotificationAlert>" },
      ]),
    async cut() {
      server.cut();
    },
    ready: () => wait(() => server.watchers > 0),
    close: () => server.close(),
  };
}

const dahua = (stream: string, habits: number): StreamVendor => ({
  plain: { format: "dahua", stream },
  path:
    stream === "events" ? "/cgi-bin/eventManager.cgi?action=attach" : "/cgi-bin/snapManager.cgi?action=attachFileProc",
  habits,
  algorithms: ["MD5"],
  parts: (vehicle) => [
    {
      contentType: "text/plain",
      text:
        stream === "events"
          ? dahuaCodeText({ vehicles: [vehicle], random })
          : dahuaFieldLines({ vehicles: [vehicle], random }, habits === 1 ? "\n" : "\r\n"),
    },
  ],
  chatter: [
    { contentType: "text/plain", text: "Heartbeat" },
    { contentType: "text/plain", text: 'Code=VideoMotion;action=Start;index=0;data={"Id":[0]}' },
  ],
});

const hikvision = (habits: number): StreamVendor => ({
  plain: { format: "hikvision" },
  path: "/ISAPI/Event/notification/alertStream",
  habits,
  algorithms: ["SHA-256", "MD5"],
  parts: (vehicle) => [
    {
      contentType: 'application/xml; charset="UTF-8"',
      text: anprXml(vehicle, { ...drawOddities(random), zoneErrorMinutes: 0, uuid: true }),
    },
  ],
  chatter: [
    {
      contentType: "application/xml",
      text: "<EventNotificationAlert><eventType>videoloss</eventType><eventState>inactive</eventState></EventNotificationAlert>",
    },
  ],
});

async function survisionBench(): Promise<CameraBench> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/async`;
  const camera = cameraSchema.parse({ id: "cam", format: "survision", url });
  if (isPushed(camera) || camera.transport === "look") throw new RangeError("This camera isn't pulled.");
  const port = await openConnectedCamera({
    camera,
    clock: systemClock(),
    random,
    timeZone: "UTC",
    listenHost: "127.0.0.1",
  });
  const send = async (json: object | string): Promise<void> => {
    for (const socket of server.clients) socket.send(typeof json === "string" ? json : JSON.stringify(json));
  };
  let last: object = {};
  return {
    port,
    async see(vehicle) {
      last = survisionMessage(sighted(vehicle), random);
      await send(last);
    },
    repeat: () => send(last),
    async chatter() {
      for (const message of SURVISION_CHATTER) await send(message);
    },
    garble: () => send("{"),
    async cut() {
      for (const socket of server.clients) socket.terminate();
    },
    ready: () => wait(() => server.clients.size > 0),
    async close() {
      for (const socket of server.clients) socket.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface RetainingBench extends CameraBench {
  /** The broker keeps a plate for whoever subscribes later. */
  retain(plate: string): Promise<void>;
}

async function frigateBench(): Promise<RetainingBench> {
  const broker = await Aedes.createBroker();
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    broker.handle(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  let subscribed = 0;
  broker.on("subscribe", () => subscribed++);
  const url = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const camera = cameraSchema.parse({ id: "cam", format: "frigate", url, source: "lane" });
  if (isPushed(camera) || camera.transport === "look") throw new RangeError("This camera isn't pulled.");
  const port = await openConnectedCamera({ camera, clock: CLOCK, random, timeZone: "UTC", listenHost: "127.0.0.1" });
  const publish = (topic: string, payload: object | string, retain = false): Promise<void> =>
    new Promise((resolve) => {
      const body = typeof payload === "string" ? payload : JSON.stringify(payload);
      broker.publish(
        { cmd: "publish", topic: `frigate/${topic}`, payload: Buffer.from(body), qos: 0, retain, dup: false },
        () => resolve(),
      );
    });
  let last: ReturnType<typeof frigateMessages> = [];
  return {
    port,
    async see(vehicle) {
      last = frigateMessages(sighted(vehicle), random);
      for (const { topic, payload } of last) await publish(topic, payload);
    },
    async repeat() {
      for (const { topic, payload } of last) await publish(topic, payload);
    },
    async chatter() {
      for (const { topic, payload } of frigateChatter()) await publish(topic, payload);
    },
    garble: () => publish("events", "{"),
    retain: (plate) => publish("tracked_object_update", { type: "lpr", id: "1.2-old", plate, camera: "lane" }, true),
    async cut() {
      subscribed = 0;
      for (const socket of sockets) socket.destroy();
    },
    ready: () => wait(() => subscribed > 0),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => broker.close(() => server.close(resolve)));
    },
  };
}

async function axisTcpBench(): Promise<CameraBench> {
  const port = await freePort();
  const camera = cameraSchema.parse({ id: "cam", format: "axis", transport: "tcp", port, addresses: ["127.0.0.1"] });
  if (isPushed(camera) || camera.transport === "look") throw new RangeError("This camera isn't connected.");
  const driver = await openConnectedCamera({ camera, clock: CLOCK, random, timeZone: "UTC", listenHost: "127.0.0.1" });
  let socket: Socket | null = null;
  let last = "";
  const send = async (text: string): Promise<void> => {
    last = text;
    for (let from = 0; from < text.length; from += 97) socket?.write(text.slice(from, from + 97));
  };
  const dial = async (): Promise<void> => {
    socket?.destroy();
    socket = connect(port, "127.0.0.1");
    socket.on("error", () => {});
    await once(socket, "connect");
  };
  return {
    port: driver,
    async see(vehicle) {
      const event = axisEvent(sighted(vehicle), "new");
      await send(JSON.stringify({ ...event, carMoveDirection: vehicle.leaving ? "out" : "in" }));
    },
    repeat: () => send(last),
    chatter: () => send('{"heartbeat":"1"}\n'),
    garble: () => send("{broken}\r\n"),
    cut: null,
    ready: dial,
    async close() {
      socket?.destroy();
    },
  };
}

async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function wait(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    if (tries > 1_000) throw new Error("The simulated camera was not reached.");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const MAPPED = { plate: "p", confidence: "c", captured_at: "t", event_id: "i", direction: "d" };
const EXACT = { confidence: true, travel: true, stampMs: 0 };
const SECONDS = { confidence: true, travel: true, stampMs: 999 };

cameraConformance("generic", EXACT, () => pushBench({ format: "generic", mapping: MAPPED }));
// A wrong zone in the stamp is one of its habits, so the stamp is only near.
cameraConformance("hikvision, push", { ...EXACT, stampMs: 7 * HOUR_MS + 999 }, () =>
  pushBench({ format: "hikvision" }),
);
cameraConformance("axis, HTTP", EXACT, () => pushBench({ format: "axis" }));
cameraConformance("axis, TCP", EXACT, axisTcpBench);
cameraConformance("dahua, push", EXACT, () => pushBench({ format: "dahua" }));
cameraConformance("platerecognizer", { ...EXACT, travel: false }, () => pushBench({ format: "platerecognizer" }));
cameraConformance("rekor", { ...EXACT, travel: false, stampMs: 3 }, () => pushBench({ format: "rekor" }));
cameraConformance("vzenith", SECONDS, () => pushBench({ format: "vzenith" }));
cameraConformance("unifi", { confidence: false, travel: false, stampMs: 0 }, () => pushBench({ format: "unifi" }));
cameraConformance("milesight", EXACT, () => pushBench({ format: "milesight" }));
cameraConformance("genetec", SECONDS, () => pushBench({ format: "genetec" }));
cameraConformance("survision", { ...EXACT, travel: false }, survisionBench);
cameraConformance("frigate", { ...EXACT, travel: false, stampMs: 1 }, frigateBench);
for (const habits of HABITS.keys()) {
  cameraConformance(`dahua, events, habits ${habits}`, EXACT, () => streamBench(dahua("events", habits)));
  cameraConformance(`dahua, snapshots, habits ${habits}`, EXACT, () => streamBench(dahua("snapshots", habits)));
  cameraConformance(`hikvision, alert stream, habits ${habits}`, SECONDS, () => streamBench(hikvision(habits)));
}

/** Collects what a driver tells. */
function listening() {
  const reads: CameraRead[] = [];
  const links: CameraLink[] = [];
  const listener: CameraListener = {
    reads(given) {
      reads.push(...given);
      return [];
    },
    rejected: () => {},
    link: (link) => void links.push(link),
  };
  return { reads, links, listener };
}

describe("a camera that is connected to", () => {
  it("is not asked again and again with a password that it refuses", async () => {
    const [habits] = HABITS;
    if (!habits) throw new RangeError("No habits.");
    const path = "/cgi-bin/eventManager.cgi";
    const digest = { algorithms: ["MD5"] as const, nonceLife: 9, saysStale: true };
    const server = new StreamServer({ user: "reader", password: "right", random, path, habits, digest });
    const url = await server.listen();
    const camera = cameraSchema.parse({
      id: "cam",
      format: "dahua",
      transport: "pull",
      url,
      user: "reader",
      password: "wrong",
    });
    if (camera.transport !== "pull") throw new RangeError("This camera isn't pulled.");
    const port = await openConnectedCamera({ camera, clock: CLOCK, random, timeZone: "UTC", listenHost: "127.0.0.1" });
    const { links, listener } = listening();
    await port.start(listener);
    await wait(() => links.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(links).toMatchObject([{ state: "down", code: "refused" }]);
    expect(JSON.stringify(links)).not.toContain('wrong"');
    expect(server.digest.refusals).toEqual(["response"]);
    await port.stop();
    await server.close();
  });

  it("waits for a camera's connection at the agent's own address only", async () => {
    const port = await freePort();
    const addresses = ["127.0.0.1"];
    const camera = cameraSchema.parse({ id: "cam", format: "axis", transport: "tcp", port, addresses });
    if (isPushed(camera) || camera.transport === "look") throw new RangeError("This camera isn't connected.");
    const driver = await openConnectedCamera({
      camera,
      clock: CLOCK,
      random,
      timeZone: "UTC",
      listenHost: "127.0.0.2",
    });
    const { listener } = listening();
    await driver.start(listener);
    const dial = async (host: string): Promise<unknown> => {
      const socket = connect({ host, port, localAddress: "127.0.0.1" });
      const outcome = await once(socket, "connect").then(() => "connected", errorCode);
      socket.destroy();
      return outcome;
    };
    expect(await dial("127.0.0.2")).toBe("connected");
    expect(await dial("127.0.0.1")).toBe("ECONNREFUSED");
    await driver.stop();
  });

  it("is not believed by what a broker has retained (Verifies: SAFE-27)", async () => {
    const bench = await frigateBench();
    const { reads, listener } = listening();
    await bench.retain("OLD1234");
    await bench.port.start(listener);
    await bench.ready();
    await bench.see({ plate: "BAB1234", leaving: false, at: CLOCK.wall() });
    await wait(() => reads.length > 0);
    expect(reads.map(({ rawText }) => rawText)).not.toContain("OLD1234");
    await bench.port.stop();
    await bench.close();
  });
});

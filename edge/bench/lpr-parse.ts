import { camera as cameraSchema, type SiteCamera } from "@gatehouse/shared/contracts/config/site/camera.ts";
import { type WallMs, wallMs } from "@gatehouse/shared/kit/clock.ts";
import { formatUuid } from "@gatehouse/shared/kit/ids.ts";
import { type Random, seededRandom } from "@gatehouse/shared/kit/random.ts";
import { dahuaCodeText, dahuaFieldLines } from "@gatehouse/simulators/devices/cameras/dahua.ts";
import { frigateMessages } from "@gatehouse/simulators/devices/cameras/frigate.ts";
import { anprXml, drawOddities } from "@gatehouse/simulators/devices/cameras/hikvision.ts";
import { pushMessages } from "@gatehouse/simulators/devices/cameras/push-messages.ts";
import type { SightedVehicle } from "@gatehouse/simulators/devices/cameras/sighted.ts";
import { survisionMessage } from "@gatehouse/simulators/devices/cameras/survision.ts";
import { XMLParser } from "fast-xml-parser";
import type { Report } from "../../scripts/bench/report.ts";
import { interleave, median } from "../../scripts/bench/statistics.ts";
import { parseCamera } from "../src/drivers/lpr/parse-camera.ts";
import { MixedReplaceSplitter } from "../src/drivers/lpr/pull/mixed-replace.ts";
import type { CameraMessage } from "../src/ports/camera/camera-read.ts";

export const description = "parsing of cameras' messages, against the bare parser on the same bytes";

const AT = wallMs(Date.UTC(2026, 10, 22, 12));
const CONTEXT = { timeZone: "Europe/Berlin", receivedAt: AT };
const MESSAGES = 64;
/** Least share of the bare parser's speed: small messages cost more by their fields than by their bytes, and splitting lines is not reading them. */
const LEAST = { json: 0.08, xml: 0.5, multipart: 0.15, lines: 0.04 } as const;

type Peer = keyof typeof LEAST;

interface Contest {
  readonly name: string;
  readonly peer: Peer;
  readonly camera: SiteCamera;
  readonly messages: readonly CameraMessage[];
}

export async function bench(report: Report): Promise<void> {
  const rounds = report.short ? 3 : 7;
  const forMs = report.short ? 30 : 200;
  for (const contest of contests(seededRandom(5))) await compare(report, contest, { rounds, forMs });
  splitting(report, forMs);
}

interface Size {
  readonly rounds: number;
  readonly forMs: number;
}

async function compare(report: Report, { name, peer, camera, messages }: Contest, { rounds, forMs }: Size) {
  const reads = (await Promise.all(messages.map((message) => parseCamera(camera, message, CONTEXT)))).flatMap((one) =>
    one.ok ? one.value : [],
  ).length;
  if (reads < messages.length) throw new Error(`${name}: ${reads} reads in ${messages.length} messages.`);
  const bare = barePeer(peer);
  const rates = await interleave(rounds, {
    ours: () => rate(messages, forMs, (message) => parseCamera(camera, message, CONTEXT)),
    bare: () => rate(messages, forMs, async (message) => bare(message)),
  });
  const bytes = messages.reduce((sum, { body }) => sum + body.length, 0) / messages.length;
  const value = median(rates.ours);
  const ratio = value / median(rates.bare);
  const goal = `>=${LEAST[peer]}`;
  report.figure({ name: `${name}-reads`, value, unit: "reads/s", ratio, goal, ok: ratio >= LEAST[peer] });
  report.figure({ name: `${name}-bytes`, value: value * bytes, unit: "bytes/s", ok: true });
}

async function rate(messages: readonly CameraMessage[], forMs: number, parse: (message: CameraMessage) => unknown) {
  const began = performance.now();
  let parsed = 0;
  while (performance.now() - began < forMs) {
    for (const message of messages) await parse(message);
    parsed += messages.length;
  }
  return (parsed * 1_000) / (performance.now() - began);
}

/** What any program that reads these bytes must spend at least. */
function barePeer(peer: Peer): (message: CameraMessage) => unknown {
  const xml = new XMLParser();
  switch (peer) {
    case "json":
      return ({ body }) => JSON.parse(Buffer.from(body).toString());
    case "xml":
      return ({ body }) => xml.parse(Buffer.from(body).toString());
    case "lines":
      return ({ body }) => Buffer.from(body).toString().split("\n");
    case "multipart":
      return ({ contentType, body }) =>
        new Response(new Uint8Array(body), { headers: { "content-type": contentType } }).formData();
  }
}

function contests(random: Random): readonly Contest[] {
  const vehicle = (): SightedVehicle => sighted(random, AT);
  const of = (name: string, peer: Peer, plain: object, make: () => readonly CameraMessage[]): Contest => ({
    name,
    peer,
    camera: cameraSchema.parse({ id: "cam", format: name.replace(/-.*/, ""), ...plain }),
    messages: Array.from({ length: MESSAGES }, make).flat(),
  });
  const secret = { secret: "sixteen characters" };
  const pull = { transport: "pull", url: "http://192.0.2.1", user: "u", password: "p" };
  const text = (contentType: string, body: string): readonly CameraMessage[] => [
    { contentType, body: Buffer.from(body) },
  ];
  const pushed = (name: string, peer: Peer, wanted: (message: CameraMessage) => boolean): Contest => {
    const contest = of(name, peer, secret, () => []);
    const { camera } = contest;
    if (camera.transport === "pull" || camera.transport === "tcp" || camera.transport === "look") return contest;
    const all = Array.from({ length: MESSAGES * 4 }, () => pushMessages(camera, vehicle(), random)).flat();
    const messages = all.filter((message) => wanted(message)).slice(0, MESSAGES);
    return { ...contest, messages };
  };
  const isForm = ({ contentType }: CameraMessage): boolean => contentType.startsWith("multipart");
  const isJson = (message: CameraMessage): boolean => !isForm(message);
  return [
    pushed("hikvision-push", "multipart", isForm),
    of("hikvision-stream", "xml", pull, () => text("application/xml", anprXml(vehicle(), drawOddities(random)))),
    pushed("dahua-push", "json", isJson),
    of("dahua-events", "lines", pull, () => text("text/plain", dahuaCodeText({ vehicles: [vehicle()], random }))),
    of("dahua-snapshots", "lines", pull, () =>
      text("text/plain", dahuaFieldLines({ vehicles: [vehicle()], random }, "\r\n")),
    ),
    pushed("axis-json", "json", isJson),
    pushed("axis-multipart", "multipart", isForm),
    pushed("platerecognizer", "multipart", isForm),
    pushed("rekor", "json", isJson),
    pushed("vzenith", "json", isJson),
    pushed("unifi", "json", isJson),
    pushed("milesight", "json", isJson),
    pushed("genetec", "json", isJson),
    pushed("generic", "json", isJson),
    of("survision", "json", { url: "ws://192.0.2.1:10001/async" }, () =>
      text("application/json", JSON.stringify(survisionMessage(vehicle(), random))),
    ),
    of("frigate", "json", { url: "mqtt://192.0.2.1", source: "lane" }, () =>
      frigateMessages(vehicle(), random)
        .filter(({ topic }) => topic === "tracked_object_update")
        .map(({ topic, payload }) => ({
          contentType: "application/json",
          body: Buffer.from(JSON.stringify(payload)),
          topic,
        })),
    ),
  ];
}

function sighted(random: Random, capturedAt: WallMs): SightedVehicle {
  const eventId = formatUuid(random.bytes(16));
  return {
    sighting: { text: "BAB1234", confidence: 0.97 },
    capturedAt,
    eventId,
    leaving: false,
    retransmission: false,
  };
}

/** A stream of events with pictures, against a search for its boundary in the same bytes. */
function splitting(report: Report, forMs: number): void {
  const picture = Buffer.alloc(200_000, 0x5a);
  const head = (type: string, length: number): Buffer =>
    Buffer.from(`--myboundary\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\n\r\n`);
  const event = Buffer.from("Events[0].TrafficCar.PlateNumber=BAB1234\r\n");
  const stream = Buffer.concat([
    head("text/plain", event.length),
    event,
    Buffer.from("\r\n"),
    head("image/jpeg", picture.length),
    picture,
    Buffer.from("\r\n"),
  ]);
  const chunks = Array.from({ length: Math.ceil(stream.length / 16_384) }, (_, at) =>
    stream.subarray(at * 16_384, (at + 1) * 16_384),
  );
  const bytesPerSecond = (pass: () => void): number => {
    const began = performance.now();
    let passes = 0;
    for (; performance.now() - began < forMs; passes++) pass();
    return (passes * stream.length * 1_000) / (performance.now() - began);
  };
  const splitter = new MixedReplaceSplitter("myboundary");
  const ours = bytesPerSecond(() => chunks.forEach((chunk) => void splitter.feed(chunk)));
  const search = bytesPerSecond(() => chunks.forEach((chunk) => void chunk.indexOf("--myboundary")));
  const ratio = ours / search;
  report.figure({ name: "stream-bytes", value: ours, unit: "bytes/s", ratio, goal: ">=0.02", ok: ratio >= 0.02 });
}

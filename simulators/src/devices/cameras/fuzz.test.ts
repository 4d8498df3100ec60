import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createSiteCameras } from "@gatehouse/edge/cameras/site-cameras.ts";
import { openConnectedCamera } from "@gatehouse/edge/drivers/lpr/open-connected.ts";
import { CAMERA_BODY_MAX_BYTES } from "@gatehouse/edge/local-api/lpr-endpoint.ts";
import { publicApp } from "@gatehouse/edge/local-api/public-app.ts";
import { recordedAgent } from "@gatehouse/edge/local-api/testing/agent-view.ts";
import type { CameraRead } from "@gatehouse/edge/ports/camera/camera-read.ts";
import { camera as cameraSchema, isPushed, type PushedCamera } from "@gatehouse/shared/contracts/config/site/camera.ts";
import { site as siteSchema } from "@gatehouse/shared/contracts/config/site/site.ts";
import { normalisePlate } from "@gatehouse/shared/domain/plate/normalise.ts";
import { formatUuid } from "@gatehouse/shared/kit/ids.ts";
import { seededRandom } from "@gatehouse/shared/kit/random.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { axisXml } from "./axis.ts";
import { dahuaCodeText, dahuaFieldLines } from "./dahua.ts";
import { anprXml, drawOddities } from "./hikvision.ts";
import { pushMessages } from "./push-messages.ts";
import { rekorAlert } from "./rekor.ts";
import type { HttpPayload, SightedVehicle } from "./sighted.ts";
import { HABITS, StreamServer } from "./stream-server.ts";

const random = seededRandom(22_112_026);
const SECRET = "sixteen characters";
const PLATE = "BAB1234";
const FORMATS = [
  "hikvision",
  "dahua",
  "axis",
  "platerecognizer",
  "rekor",
  "vzenith",
  "unifi",
  "milesight",
  "genetec",
  "generic",
] as const;

function vehicle(text: string = PLATE): SightedVehicle {
  const capturedAt = systemClock().wall();
  const eventId = formatUuid(random.bytes(16));
  return { sighting: { text, confidence: 0.97 }, capturedAt, eventId, leaving: false, retransmission: false };
}

function pushed(format: string): PushedCamera {
  const camera = cameraSchema.parse({ id: "cam", format, secret: SECRET });
  if (!isPushed(camera)) throw new RangeError(`${format} isn't pushed.`);
  return camera;
}

/** Real messages of a vendor. */
function messagesOf(format: string): readonly HttpPayload[] {
  const more: Readonly<Record<string, readonly HttpPayload[]>> = {
    axis: [axisXml(vehicle(), "new")],
    rekor: [rekorAlert(vehicle())],
    dahua: [
      { contentType: "text/plain", body: Buffer.from(dahuaCodeText({ vehicles: [vehicle()], random })) },
      { contentType: "text/plain", body: Buffer.from(dahuaFieldLines({ vehicles: [vehicle()], random }, "\r\n")) },
    ],
  };
  return [...pushMessages(pushed(format), vehicle(), random), ...(more[format] ?? [])];
}

/** A new agent with one camera; what is posted to it goes through the real endpoint. */
function agentWith(format: string) {
  const agent = recordedAgent();
  const [lane] = agent.site.lanes;
  const cameras = [{ id: "cam", format, secret: SECRET }];
  const site = siteSchema.parse({ ...agent.site, lanes: [{ ...lane, cameras }] });
  const { lanes, clock, rejected, video } = agent;
  agent.change({
    site,
    cameras: createSiteCameras({ site, lanes, clock, random, rejected, video, wallRate: 1, listenHost: "127.0.0.1" }),
  });
  const app = publicApp(agent);
  const post = async ({ contentType, body, path }: HttpPayload, secret = SECRET): Promise<number> => {
    const headers = { "content-type": contentType, authorization: `Basic ${btoa(`cam:${secret}`)}` };
    const url = `/lpr/cam${path === undefined ? "" : `/${path}`}`;
    const response = await app.request(url, { method: "POST", headers, body: new Uint8Array(body) });
    await response.arrayBuffer();
    return response.status;
  };
  return { agent, post };
}

type Mutation =
  | { readonly kind: "flip"; readonly at: number; readonly bits: number }
  | { readonly kind: "cut"; readonly at: number; readonly length: number }
  | { readonly kind: "insert"; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: "repeat"; readonly at: number; readonly length: number }
  | { readonly kind: "end"; readonly at: number };

const place = fc.double({ min: 0, max: 1, noNaN: true });
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ kind: fc.constant("flip" as const), at: place, bits: fc.integer({ min: 1, max: 255 }) }),
  fc.record({ kind: fc.constant("cut" as const), at: place, length: fc.integer({ min: 1, max: 40 }) }),
  fc.record({
    kind: fc.constant("insert" as const),
    at: place,
    bytes: fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 12 }),
      fc
        .constantFrom(...['"', "{", "}", "<", "&#66;", "\0", "\r\n--", "\\u0042", "__proto__", "<!DOCTYPE a>"])
        .map((text) => Buffer.from(text)),
    ),
  }),
  fc.record({ kind: fc.constant("repeat" as const), at: place, length: fc.integer({ min: 1, max: 200 }) }),
  fc.record({ kind: fc.constant("end" as const), at: place }),
);

function mutated(body: Buffer, mutations: readonly Mutation[]): Buffer {
  return mutations.reduce((bytes, one) => {
    const at = Math.min(bytes.length, Math.floor(one.at * bytes.length));
    const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)];
    switch (one.kind) {
      case "flip":
        return Buffer.concat([head, tail.subarray(0, 1).map((byte) => byte ^ one.bits), tail.subarray(1)]);
      case "cut":
        return Buffer.concat([head, tail.subarray(one.length)]);
      case "insert":
        return Buffer.concat([head, one.bytes, tail]);
      case "repeat":
        return Buffer.concat([head, tail.subarray(0, one.length), tail]);
      default:
        return Buffer.from(head);
    }
  }, body);
}

/** Whether a text is in a message, as it stands or in JSON's escapes. */
function carries(body: Buffer, text: string): boolean {
  const plain = body.toString("utf8");
  const unescaped = plain
    .replaceAll(/\\u([0-9a-f]{4})/gi, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replaceAll(/\\(["\\/])/g, "$1");
  const folded = (one: string): string => one.toWellFormed().replaceAll(/\p{Cc}|\\[bfnrt]/gu, " ");
  return folded(plain).includes(text) || folded(unescaped).includes(text);
}

describe("a message that was damaged on its way", () => {
  it.each(FORMATS)(
    "%s: never yields a plate that it doesn't hold, and always an answer (Verifies: SAFE-27)",
    async (format) => {
      const originals = messagesOf(format);
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 0, max: originals.length - 1 }),
          fc.array(mutation, { minLength: 1, maxLength: 6 }),
          async (nth, mutations) => {
            const original = originals[nth] ?? { contentType: "", body: Buffer.alloc(0) };
            const body = mutated(original.body, mutations);
            const { agent, post } = agentWith(format);
            expect([200, 400, 413]).toContain(await post({ ...original, body }));
            for (const { value, read } of agent.offered) {
              expect(carries(body, read?.raw ?? "")).toBe(true);
              expect(value).toBe(normalisePlate(read?.raw ?? ""));
            }
            expect(agent.offered.length).toBeLessThanOrEqual(16);
          },
        ),
        { numRuns: 120 },
      );
    },
  );

  it.each(FORMATS)(
    "%s: one wrong byte beside the plate makes no other plate of it (Verifies: SAFE-27)",
    async (format) => {
      const originals = messagesOf(format);
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 0, max: originals.length - 1 }),
          place,
          fc.integer({ min: 1, max: 255 }),
          async (nth, where, bits) => {
            const original = originals[nth] ?? { contentType: "", body: Buffer.alloc(0) };
            const at = Math.floor(where * (original.body.length - 1));
            const around = original.body
              .subarray(Math.max(0, at - PLATE.length - 1), at + PLATE.length + 1)
              .toString("latin1");
            fc.pre(!around.toUpperCase().includes(PLATE));
            const { agent, post } = agentWith(format);
            await post({ ...original, body: mutated(original.body, [{ kind: "flip", at: where, bits }]) });
            expect(agent.offered.map(({ value }) => value).filter((value) => value !== PLATE)).toEqual([]);
          },
        ),
        { numRuns: 120 },
      );
    },
  );

  it.each(FORMATS)("%s: is nothing without the camera's secret, however it is damaged", async (format) => {
    const [original] = messagesOf(format);
    if (!original) throw new RangeError("A vendor without messages.");
    await fc.assert(
      fc.asyncProperty(
        fc.string({ maxLength: 20 }).filter((one) => one !== SECRET && /^[\x20-\x7e]*$/.test(one)),
        async (secret) => {
          const { agent, post } = agentWith(format);
          expect(await post(original, secret)).toBe(401);
          expect(agent.offered).toEqual([]);
        },
      ),
      { numRuns: 20 },
    );
  });

  it("is answered when it is no message at all, and kept for the technician only so often", async () => {
    const types = [
      "application/json",
      "application/xml",
      "multipart/form-data; boundary=b",
      "",
      "text/plain; charset=gbk",
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...FORMATS),
        fc.constantFrom(...types),
        fc.uint8Array({ maxLength: 400 }),
        async (format, contentType, bytes) => {
          const { agent, post } = agentWith(format);
          for (let n = 0; n < 3; n++)
            expect([200, 400]).toContain(await post({ contentType, body: Buffer.from(bytes) }));
          for (const { read } of agent.offered) expect(carries(Buffer.from(bytes), read?.raw ?? "")).toBe(true);
          expect(agent.rejected.latest().length).toBeLessThanOrEqual(50);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("is read no further than its limit, also when it doesn't tell its length", async () => {
    const { agent } = agentWith("axis");
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1_048_576;
        controller.enqueue(new Uint8Array(1_048_576));
      },
    });
    const headers = { authorization: `Basic ${btoa(`cam:${SECRET}`)}`, "content-type": "application/json" };
    const request = new Request("http://agent/lpr/cam", { method: "POST", headers, body: endless, duplex: "half" });
    const response = await publicApp(agent).fetch(request);
    expect(response.status).toBe(413);
    expect(sent).toBeLessThanOrEqual(CAMERA_BODY_MAX_BYTES + 3 * 1_048_576);
  });
});

/** Bytes in buffers that somebody still holds. The collector frees them in passes of its own, so it is asked twice. */
async function bytesHeld(): Promise<number> {
  setFlagsFromString("--expose_gc");
  const collect: unknown = runInNewContext("gc");
  for (let pass = 0; pass < 2; pass++) {
    if (typeof collect === "function") collect();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return process.memoryUsage().arrayBuffers;
}

/** A pulled camera on a simulated stream, with what it read. */
async function pulled(plain: object, path: string) {
  const [habits] = HABITS;
  if (!habits) throw new RangeError("No habits.");
  const digest = { algorithms: ["MD5"] as const, nonceLife: 5, saysStale: true };
  const server = new StreamServer({ user: "u", password: "p", random, path, habits, digest });
  const url = await server.listen();
  const camera = cameraSchema.parse({ id: "cam", transport: "pull", url, user: "u", password: "p", ...plain });
  if (camera.transport !== "pull") throw new RangeError("This camera isn't pulled.");
  const port = await openConnectedCamera({
    camera,
    clock: systemClock(),
    random,
    timeZone: "UTC",
    listenHost: "127.0.0.1",
  });
  const reads: CameraRead[] = [];
  await port.start({
    reads(given) {
      reads.push(...given);
      return [];
    },
    rejected: () => {},
    link: () => {},
  });
  while (server.watchers === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  return {
    server,
    reads,
    async close() {
      await port.stop();
      await server.close();
    },
  };
}

async function arrives(reads: readonly CameraRead[], plate: string): Promise<void> {
  for (let tries = 0; !reads.some(({ rawText }) => rawText === plate); tries++) {
    if (tries > 1_000) throw new Error(`${plate} did not arrive.`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const STREAMS = [
  ["dahua, events", { format: "dahua" }, "/cgi-bin/eventManager.cgi"],
  ["dahua, snapshots", { format: "dahua", stream: "snapshots" }, "/cgi-bin/snapManager.cgi"],
  ["hikvision", { format: "hikvision" }, "/ISAPI/Event/notification/alertStream"],
] as const;

function textOf(name: string, seen: SightedVehicle): { readonly contentType: string; readonly text: string } {
  if (name === "hikvision") return { contentType: "application/xml", text: anprXml(seen, drawOddities(random)) };
  if (name === "dahua, events") return { contentType: "text/plain", text: dahuaCodeText({ vehicles: [seen], random }) };
  return { contentType: "text/plain", text: dahuaFieldLines({ vehicles: [seen], random }, "\r\n") };
}

/** The end of whatever is under way, and a boundary. */
const CALM = Buffer.from("\r\n\xff\xd9\r\n--myboundary\r\n\r\n\r\n--myboundary\r\n", "latin1");

describe("a stream that is damaged on its way", () => {
  it.each(STREAMS)(
    "%s: yields no plate that it doesn't hold, and goes on (Verifies: SAFE-27)",
    async (name, plain, path) => {
      const camera = await pulled(plain, path);
      const sent: Buffer[] = [];
      try {
        const streams = fc.sample(fc.array(mutation, { minLength: 1, maxLength: 4 }), { numRuns: 60, seed: 7 });
        for (const mutations of streams) {
          const { contentType, text } = textOf(name, vehicle());
          const head = `--myboundary\r\nContent-Type: ${contentType}\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n`;
          const bytes = mutated(Buffer.from(`${head}${text}\r\n`), mutations);
          sent.push(bytes);
          await camera.server.write(bytes);
        }
        await camera.server.write(
          Buffer.concat(Array.from({ length: 3 }, () => [CALM, Buffer.alloc(262_200, "\n"), CALM]).flat()),
          65_536,
        );
        await camera.server.send([textOf(name, vehicle("HHXY77"))], 1);
        await arrives(camera.reads, "HHXY77");
        const all = Buffer.concat(sent);
        for (const { rawText } of camera.reads)
          if (rawText !== "HHXY77" && normalisePlate(rawText) !== null) expect(carries(all, rawText)).toBe(true);
      } finally {
        await camera.close();
      }
    },
  );

  it.each(STREAMS)(
    "%s: does not make the agent grow, however much of it comes",
    { timeout: 60_000 },
    async (name, plain, path) => {
      const camera = await pulled(plain, path);
      try {
        const before = await bytesHeld();
        let most = 0;
        const head = Buffer.from("--myboundary\r\nContent-Type: text/plain\r\n\r\n");
        for (let mega = 0; mega < 48; mega++) {
          const junk = Buffer.alloc(1_048_576, mega % 2 === 0 ? "Events[0].X=1\n" : "{");
          await camera.server.write(mega % 8 === 0 ? Buffer.concat([head, junk]) : junk, 65_536);
          if (mega % 8 === 7) most = Math.max(most, (await bytesHeld()) - before);
        }
        await camera.server.write(Buffer.concat([CALM, CALM]));
        await camera.server.send([textOf(name, vehicle("HHXY77"))]);
        await arrives(camera.reads, "HHXY77");
        // What lies in the sockets, but not the 48 MiB.
        expect(most).toBeLessThan(8 * 1_048_576);
      } finally {
        await camera.close();
      }
    },
  );
});

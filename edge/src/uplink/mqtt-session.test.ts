import { downTopics } from "@gatehouse/shared/contracts/mqtt/topics.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { afterEach, beforeEach, expect, it } from "vitest";
import { TRUSTED_CLOCK } from "./certificate-time.ts";
import { openMqttSession } from "./mqtt-session.ts";
import type { DownMessage, HubSession } from "./session-port.ts";
import { DEVICE, LOT, startPair, type TestPair, until } from "./testing/test-pair.ts";
import { openTlsSocket } from "./tls-socket.ts";

let pair: TestPair;
let session: HubSession | null;

beforeEach(async () => {
  pair = await startPair();
  session = null;
});

afterEach(async () => {
  session?.abort();
  await pair.hub.kill();
});

async function open(onMessage: (message: DownMessage) => Promise<void>): Promise<HubSession> {
  const { identity } = pair;
  const { signal } = new AbortController();
  const socket = await openTlsSocket({
    identity,
    url: identity.mqttUrl,
    clock: systemClock(),
    timeoutMs: 2_000,
    signal,
    certificateTime: TRUSTED_CLOCK,
  });
  session = await openMqttSession({
    socket,
    address: "the hub",
    lot: LOT,
    deviceId: DEVICE,
    will: JSON.stringify({ v: 1, device_id: DEVICE, online: false, at: 0 }),
    keepaliveSeconds: 5,
    connectTimeoutMs: 2_000,
    onMessage,
  });
  return session;
}

it("acknowledges a message when its work is done, not when it comes, and takes one at a time", async () => {
  const seen: number[] = [];
  let finish: () => void = () => undefined;
  await open(async ({ payload }) => {
    seen.push(JSON.parse(Buffer.from(payload).toString()).n);
    await new Promise<void>((resolve) => {
      finish = resolve;
    });
  });
  for (const n of [1, 2]) pair.hub.say("down/confirm", { n });
  await until(() => seen.length === 1, "the first message");
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect([seen, pair.hub.acknowledged]).toEqual([[1], 0]);
  finish();
  await until(() => seen.length === 2, "the second message");
  expect(pair.hub.acknowledged).toBe(1);
  finish();
  await until(() => pair.hub.acknowledged === 2, "both acknowledged");
});

it("drops what is published after its end, instead of keeping it for later", async () => {
  const old = await open(async () => undefined);
  await pair.hub.kill();
  expect(await old.closed).toMatchObject({ code: "connection_lost" });
  old.publish("up/hello", "{}");
  expect(old.publishOrDrop("up/telemetry", "{}")).toBe(false);
  await pair.hub.start();
  await open(async () => undefined);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(pair.hub.hellos).toEqual([]);
});

it.each([
  ["all are refused", { forbidden: downTopics }],
  ["one is refused", { forbidden: ["down/commands"] }],
] as const)(
  "does not work deaf: subscriptions of which %s are an error, though the connection stands",
  async (_how, hub) => {
    Object.assign(pair.hub, hub);
    await expect(open(async () => undefined)).rejects.toMatchObject({
      code: "subscription_refused",
      message: expect.stringContaining("enrol anew"),
    });
  },
);

it.each([
  [5, "no longer admits this edge"],
  [2, "under another device"],
])("tells in words why the broker refused it (return code %d)", async (code, words) => {
  pair.hub.connackCode = code;
  await expect(open(async () => undefined)).rejects.toMatchObject({
    code: "broker_refused",
    message: expect.stringContaining(words),
  });
});

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Identity } from "./identity.ts";
import { CuttableWire } from "./testing/cuttable-wire.ts";
import { TestAuthority } from "./testing/test-authority.ts";
import { QUICK, TestEdge } from "./testing/test-edge.ts";
import { DEVICE, startPair, type TestPair, until } from "./testing/test-pair.ts";

let pair: TestPair;
let wire: CuttableWire;
let edge: TestEdge | null;

beforeEach(async () => {
  pair = await startPair();
  wire = new CuttableWire(pair.hub.port);
  await wire.start();
  edge = null;
});

afterEach(async () => {
  await edge?.close();
  await wire.stop();
  await pair.hub.kill();
});

function startEdge(changes: Partial<Identity> = {}, timings = QUICK): TestEdge {
  edge = new TestEdge({
    identity: { ...pair.identity, mqttUrl: `mqtts://127.0.0.1:${wire.port}`, ...changes },
    timings,
  });
  return edge;
}

const isDrained = (one: TestEdge): boolean => pair.hub.position.cursor === one.store.outbox.head().lastN;

describe("a bad wire", () => {
  it("Verifies: SYNC-17: cut again and again in the middle of frames, it still delivers all, once", async () => {
    const cutEdge = startEdge();
    await cutEdge.write(20_000);
    await cutEdge.uplink.run();
    for (let cut = 0; cut < 6; cut++) {
      const before = pair.hub.position.cursor;
      await until(() => pair.hub.position.cursor > before || isDrained(cutEdge), "some progress");
      wire.cut();
    }
    await until(() => isDrained(cutEdge), "drained", 20_000);
    expect(pair.hub.log).toEqual(cutEdge.lines());
  }, 60_000);

  it("Verifies: SYNC-17, SYNC-18: a half-open connection is noticed while events wait", async () => {
    const halfOpen = startEdge();
    await halfOpen.uplink.run();
    await until(() => halfOpen.uplink.linkState() === "online", "online");
    wire.silence();
    await halfOpen.write(1);
    await until(() => halfOpen.uplink.linkState() === "cloud_down", "silence noticed");
    wire.restore();
    await until(() => isDrained(halfOpen), "drained");
  });

  it("a half-open connection is noticed by keepalive when nothing waits, and then is the network's fault", async () => {
    const idle = startEdge({}, { ...QUICK, keepaliveSeconds: 1 });
    await idle.uplink.run();
    await until(() => idle.uplink.linkState() === "online", "online");
    wire.silence();
    await until(() => idle.uplink.linkState() === "network_down", "half-open noticed");
  });
});

it("stops at once, also while nobody answers its connecting", async () => {
  wire.silence();
  const waiting = startEdge({}, { ...QUICK, connectTimeoutMs: 60_000 });
  await waiting.uplink.run();
  await new Promise((resolve) => setTimeout(resolve, 100));
  const started = performance.now();
  await waiting.uplink.stop();
  expect(performance.now() - started).toBeLessThan(1_000);
});

describe("certificates that don't fit", () => {
  it("refuses a hub whose certificate is from another CA, before it says anything", async () => {
    const other = await TestAuthority.make("Another CA");
    const careful = startEdge({ ca: other.pem });
    await careful.uplink.run();
    await until(() => careful.uplink.status().problem !== null, "problem told");
    expect(careful.uplink.status()).toMatchObject({
      linkState: "cloud_down",
      problem: { code: "tls_refused", message: expect.stringContaining("not from the CA of this edge's enrolment") },
    });
    expect(pair.hub.hellos).toEqual([]);
  });

  it("tells in words when the hub does not take the edge's own certificate", async () => {
    const other = await TestAuthority.make("Another CA");
    const { key, cert } = await other.device(DEVICE);
    const foreign = startEdge({ privateKey: key, certificate: cert });
    await foreign.uplink.run();
    await until(() => foreign.uplink.status().problem !== null, "problem told");
    expect(foreign.uplink.status()).toMatchObject({
      linkState: "cloud_down",
      problem: { code: "tls_refused", message: expect.stringContaining("certificate") },
    });
  });

  it("tells in words when its certificate has expired", async () => {
    const { key, cert } = await pair.authority.device(DEVICE, { fromMs: -7_200_000, toMs: -3_600_000 });
    const expired = startEdge({ privateKey: key, certificate: cert });
    await expired.uplink.run();
    await until(() => expired.uplink.status().problem !== null, "problem told");
    expect(expired.uplink.status().problem?.message).toMatch(/certificate.*expired/);
  });
});

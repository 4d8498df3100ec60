import { PROTOCOL_VERSION } from "@gatehouse/shared/contracts/mqtt/protocol.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TestEdge } from "./testing/test-edge.ts";
import { DEVICE, startPair, type TestPair, until } from "./testing/test-pair.ts";

let pair: TestPair;
let edge: TestEdge;

beforeEach(async () => {
  pair = await startPair();
  edge = new TestEdge({ identity: pair.identity });
});

afterEach(async () => {
  await edge.close();
  await pair.hub.kill();
});

const isDrained = (): boolean => {
  const { confirmedN, lastN } = edge.store.outbox.head();
  return confirmedN === lastN && pair.hub.position.cursor === lastN;
};
const online = (): Promise<void> => until(() => edge.uplink.linkState() === "online", "online");

describe("draining the outbox", () => {
  it("Verifies: SYNC-03, SYNC-05, SYNC-12: a backlog reaches the hub whole, once and in order, with the same hash", async () => {
    await edge.write(20_000);
    await edge.uplink.run();
    await until(isDrained, "drained", 20_000);
    expect(pair.hub.log).toEqual(edge.lines());
    expect(pair.hub.position.hash).toBe(edge.store.outbox.head().lastHash);
    expect(pair.hub.bytes / pair.hub.log.length).toBeLessThan(150);
  }, 40_000);

  it("sends each commit on at once, without waiting for a timer", async () => {
    await edge.uplink.run();
    await online();
    const times: number[] = [];
    for (let round = 0; round < 20; round++) {
      await edge.write(1);
      const started = performance.now();
      await until(isDrained, "confirmed");
      times.push(performance.now() - started);
    }
    expect(times.toSorted((a, b) => a - b)[10]).toBeLessThan(40);
  });

  it("Verifies: SYNC-17: batches that a broker forgot after acknowledging them arrive all the same", async () => {
    await edge.uplink.run();
    await online();
    pair.hub.dropBatches = 2;
    for (let round = 0; round < 6; round++) {
      await edge.write(10);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await until(isDrained, "drained");
    expect(pair.hub.log).toEqual(edge.lines());
  });

  it("Verifies: SYNC-06, SYNC-17: an edge and a hub that die while draining lose and repeat nothing", async () => {
    await edge.write(20_000);
    await edge.uplink.run();
    await until(() => pair.hub.position.cursor >= 4_000, "some drained");
    await pair.hub.kill();
    await pair.hub.start();
    await until(() => pair.hub.position.cursor >= 8_000, "more drained");
    const { directory } = edge;
    await edge.end();
    edge = new TestEdge({ identity: pair.identity, directory });
    await edge.uplink.run();
    await until(isDrained, "drained", 20_000);
    expect(pair.hub.log).toEqual(edge.lines());
    expect(pair.hub.log.length).toBe(20_000);
  }, 60_000);

  it("Verifies: SYNC-06: a hub restored to an earlier point gets everything again", async () => {
    await edge.write(50);
    await edge.uplink.run();
    await until(isDrained, "drained");
    await pair.hub.kill();
    const hash = edge.store.outbox.hashAt(20) ?? "";
    pair.hub.position = { epoch: 1, cursor: 20, hash };
    pair.hub.log.length = 20;
    pair.hub.dropBatches = Number.POSITIVE_INFINITY;
    await pair.hub.start();
    await until(
      () => edge.store.outbox.head().confirmedN === 20,
      "counted as not confirmed, so that nothing deletes it",
    );
    pair.hub.dropBatches = 0;
    await until(isDrained, "drained again");
    expect(pair.hub.log).toEqual(edge.lines());
  });

  it("waits in drain until the hub has everything, and only a while for a hub that is silent", async () => {
    await edge.uplink.run();
    await online();
    await edge.write(100);
    await edge.uplink.drain();
    expect(isDrained()).toBe(true);
    pair.hub.isSilent = true;
    await edge.write(1);
    await edge.uplink.drain();
    expect(isDrained()).toBe(false);
  });
});

describe("a hub that isn't there", () => {
  it("Verifies: SYNC-17, SYNC-18: gone from the start and then back", async () => {
    await pair.hub.kill();
    await edge.write(10);
    await edge.uplink.run();
    await until(() => edge.uplink.status().problem?.code === "network_unreachable", "problem told");
    expect(edge.uplink.linkState()).toBe("network_down");
    expect(edge.uplink.status().problem?.message).toContain("check network and address");
    await pair.hub.start();
    await until(isDrained, "drained");
    expect(edge.uplink.status()).toEqual({ linkState: "online", problem: null });
  });

  it("tells a hub that does not answer from a network that is cut", async () => {
    await edge.uplink.run();
    await online();
    pair.hub.isSilent = true;
    await edge.write(1);
    await until(() => edge.uplink.linkState() === "cloud_down", "cloud_down");
    await pair.hub.kill();
    await until(() => edge.uplink.linkState() === "network_down", "network_down");
    pair.hub.isSilent = false;
    await pair.hub.start();
    await until(isDrained, "drained");
    expect(edge.linkStates.at(-1)).toBe("online");
  });

  it("says goodbye when it stops, and leaves its last will when it is cut off", async () => {
    await edge.uplink.run();
    await online();
    await until(() => pair.hub.statuses.at(-1)?.online === true, "status online");
    await edge.uplink.stop();
    await until(() => pair.hub.statuses.at(-1)?.online === false, "status offline");
    expect(pair.hub.statuses.length).toBe(2);
  });
});

describe("a stream that must not go on", () => {
  it("Verifies: SYNC-08: an edge that was rolled back stops, says so in words and raises one alarm", async () => {
    edge.store.outbox.epochAgreed();
    await edge.write(3);
    pair.hub.position = { epoch: 1, cursor: 9, hash: "ab".repeat(32) };
    await edge.uplink.run();
    await until(() => edge.uplink.linkState() === "degraded", "degraded");
    expect(edge.uplink.status().problem).toEqual({ code: "edge_behind", message: "The hub says edge_behind." });
    await pair.hub.kill();
    await pair.hub.start();
    await until(() => pair.hub.hellos.length >= 2 && edge.uplink.linkState() === "degraded", "degraded again");
    expect(pair.hub.log).toEqual([]);
    expect(edge.lines().filter((line) => line.includes("uplink_edge_behind")).length).toBe(1);
  });

  it("Verifies: SYNC-04: another content under the same numbers stops it on both sides", async () => {
    edge.store.outbox.epochAgreed();
    await edge.write(9);
    pair.hub.position = { epoch: 1, cursor: 4, hash: "ab".repeat(32) };
    await edge.uplink.run();
    await until(() => edge.uplink.status().problem?.code === "fork", "fork");
    expect(pair.hub.log).toEqual([]);
  });

  it.each(["stale_epoch", "unsupported_version"] as const)(
    "Verifies: SYNC-07, SYNC-16: at %s gates go on and the outbox keeps all",
    async (status) => {
      pair.hub.helloStatus = status;
      await edge.uplink.run();
      await until(() => edge.uplink.status().problem?.code === status, status);
      await edge.write(5);
      expect(edge.store.outbox.head()).toMatchObject({ confirmedN: 0 });
      pair.hub.helloStatus = null;
      await pair.hub.kill();
      await pair.hub.start();
      await until(isDrained, "drained once the hub takes it");
    },
  );

  it("Verifies: SYNC-07: a new enrolment numbers what is not confirmed anew before its first send", async () => {
    await edge.write(7);
    const { directory } = edge;
    await edge.end();
    edge = new TestEdge({ identity: { ...pair.identity, epoch: 2 }, directory });
    await edge.uplink.run();
    await until(isDrained, "drained");
    expect(pair.hub.position).toMatchObject({ epoch: 2, cursor: 7 });
    expect(pair.hub.hellos.every((hello) => hello.epoch === 2)).toBe(true);
  });
});

describe("an epoch that the cloud gives", () => {
  it("Verifies: SYNC-07: a new store on an enrolled computer gets the next epoch before its first send", async () => {
    pair.hub.position = { epoch: 1, cursor: 9, hash: "ab".repeat(32) };
    await edge.write(4);
    await edge.uplink.run();
    await until(isDrained, "drained");
    expect(pair.hub.position).toMatchObject({ epoch: 2, cursor: 4 });
    expect(edge.store.outbox.head()).toMatchObject({ epoch: 2, wantsEpoch: false });
    expect(pair.hub.log).toEqual(edge.lines());
    expect(edge.uplink.status()).toEqual({ linkState: "online", problem: null });
  });

  it("Verifies: SYNC-07: it asks once, and not again after a restart", async () => {
    await edge.uplink.run();
    await until(() => !edge.store.outbox.head().wantsEpoch && edge.uplink.linkState() === "online", "agreed");
    await edge.write(3);
    await until(isDrained, "drained");
    const { directory } = edge;
    await edge.end();
    edge = new TestEdge({ identity: pair.identity, directory });
    await edge.uplink.run();
    await online();
    expect(pair.hub.hellos.map((hello) => hello.wants_epoch ?? false)).toEqual([true, false]);
    expect(pair.hub.position).toMatchObject({ epoch: 1, cursor: 3 });
  });

  it("Verifies: SYNC-08: an edge that was set apart begins the epoch of its release", async () => {
    await edge.uplink.run();
    await online();
    await edge.write(5);
    await until(isDrained, "drained");
    pair.hub.helloStatus = "edge_behind";
    await pair.hub.kill();
    await pair.hub.start();
    await until(() => edge.uplink.linkState() === "degraded", "set apart");
    await edge.write(2);
    pair.hub.helloStatus = null;
    pair.hub.position = { epoch: 2, cursor: 0, hash: "0".repeat(64) };
    pair.hub.isEpochDue = true;
    await pair.hub.kill();
    await pair.hub.start();
    await until(isDrained, "drained in the new epoch");
    expect(edge.store.outbox.head().epoch).toBe(2);
    // The hub has five of them, so three come: two, and the alarm of its standstill.
    expect(pair.hub.position.cursor).toBe(8);
    expect(pair.hub.log).toEqual(edge.lines());
  });

  it("Verifies: SYNC-06: a hub that was set back to before an epoch gets all that is kept again", async () => {
    await edge.uplink.run();
    await online();
    await edge.write(5);
    await until(isDrained, "drained");
    const { directory } = edge;
    await edge.end();
    pair.hub.setBack();
    edge = new TestEdge({ identity: { ...pair.identity, epoch: 3 }, directory });
    await edge.write(2);
    await edge.uplink.run();
    await until(() => pair.hub.position.cursor === 7, "all again");
    expect(pair.hub.log).toEqual(edge.lines());
    expect(edge.store.outbox.head()).toMatchObject({ epoch: 3, lastN: 7 });
  });

  it("Verifies: SYNC-08: shows the hub what differs, so that the hub can tell its operator", async () => {
    await edge.uplink.run();
    await online();
    await edge.write(5);
    await until(isDrained, "drained");
    pair.hub.position = { epoch: 1, cursor: 3, hash: "ab".repeat(32) };
    const taken = pair.hub.batches;
    await pair.hub.kill();
    await pair.hub.start();
    await until(() => edge.uplink.status().problem?.code === "fork", "fork");
    await until(() => pair.hub.batches > taken, "shown");
    expect(pair.hub.position.cursor).toBe(3);
  });
});

it.each([3, 4])("Verifies: SYNC-16: a hub of version %i gets that version from a newer edge", async (version) => {
  pair.hub.version = version;
  await edge.write(3);
  await edge.uplink.run();
  await until(isDrained, "drained");
  expect(pair.hub.hellos.map((hello) => hello.v)).toEqual([PROTOCOL_VERSION, version]);
  expect(pair.hub.batchVersions).toEqual([version]);
  expect(edge.lines()).toHaveLength(3);
});

it("Verifies: SYNC-16: a hub that reads none of our versions stops the stream, with one alarm", async () => {
  pair.hub.helloStatus = "unsupported_version";
  await edge.uplink.run();
  await until(() => edge.uplink.status().problem?.code === "unsupported_version", "told");
  expect(pair.hub.hellos).toHaveLength(1);
  await until(() => edge.lines().length === 1, "alarm");
  expect(edge.lines()[0]).toContain("uplink_unsupported_version");
});

describe("the cloud's time", () => {
  it("Verifies: SYNC-13: is measured on the connection, and says how good ours is", async () => {
    expect(edge.uplink.cloudTime()).toBeNull();
    expect(edge.uplink.clockQuality()).toBeNull();
    await edge.uplink.run();
    await until(() => edge.uplink.clockQuality() === "synced", "synced");
    await pair.hub.kill();
    await until(() => edge.uplink.clockQuality() === "holdover", "holdover");
    expect(edge.uplink.cloudTime()).toBeNull();
    pair.hub.clockAheadMs = 3_600_000;
    await pair.hub.start();
    await until(() => edge.uplink.cloudTime() !== null, "measured again");
    expect(edge.uplink.clockQuality()).toBe("unknown");
  });
});

describe("telemetry", () => {
  it("comes soon after a change and at most four times a second", async () => {
    await edge.uplink.run();
    await until(() => pair.hub.telemetry.length === 1, "first picture");
    const started = performance.now();
    while (performance.now() - started < 1_050) {
      edge.lanes.change();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(pair.hub.telemetry.length).toBeGreaterThanOrEqual(3);
    expect(pair.hub.telemetry.length).toBeLessThanOrEqual(6);
    expect(pair.hub.telemetry.at(-1)).toMatchObject({ link_state: "online", lanes: [{ code: "entry-1" }] });
  });
});

it("introduces itself on each connection with a nonce of its own", async () => {
  await edge.write(2);
  await edge.uplink.run();
  await online();
  await pair.hub.kill();
  await pair.hub.start();
  await until(() => pair.hub.hellos.length >= 2, "second hello");
  const [first, second] = pair.hub.hellos;
  expect(first).toMatchObject({ device_id: DEVICE, last_n: 2, boot: edge.store.boot, replica_version: 0 });
  expect(second?.link_nonce).not.toBe(first?.link_nonce);
});

import { randomUUID } from "node:crypto";
import type { CommandBody, CommandResult } from "@gatehouse/shared/contracts/mqtt/commands.ts";
import { REMOTE_OPENS_PER_MINUTE, signCommand } from "@gatehouse/shared/sync/command.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LANE, startOnlineEdge, TestEdge } from "./testing/test-edge.ts";
import { DEVICE, type TestPair, until } from "./testing/test-pair.ts";

let pair: TestPair;
let edge: TestEdge;

beforeEach(async () => {
  ({ pair, edge } = await startOnlineEdge());
});

afterEach(async () => {
  await edge.close();
  await pair.hub.kill();
});

function bodyOf(changes: Partial<CommandBody> = {}): CommandBody {
  const now = edge.uplink.cloudTime() ?? 0;
  return {
    v: 1,
    id: randomUUID(),
    device_id: DEVICE,
    epoch: 1,
    lane_id: LANE,
    action: "open",
    actor: "operator",
    reason: "ticket unreadable",
    issued_at: now,
    not_after: now + 10_000,
    nonce: randomUUID(),
    link_nonce: pair.hub.hellos.at(-1)?.link_nonce ?? "",
    ...changes,
  };
}

function say(body: CommandBody, retain = false): void {
  pair.hub.say("down/commands", signCommand(body, "k1", pair.commandKey), retain);
}

async function resultOf(body: CommandBody, nth = 1): Promise<CommandResult> {
  const of = (): CommandResult[] => pair.hub.results.filter((result) => result.id === body.id);
  await until(() => of().length >= nth, "a result");
  const result = of()[nth - 1];
  if (!result) throw new Error("no result");
  return result;
}

describe("Verifies: SAFE-26, SYNC-11: a remote open", () => {
  it("goes to the lane with its actor and reason, and its result is the lane's answer", async () => {
    const body = bodyOf();
    say(body);
    expect(await resultOf(body)).toMatchObject({ outcome: "done", refusal: null, message: "The barrier is opening." });
    expect(edge.lanes.commands).toEqual([
      {
        laneId: LANE,
        action: "open",
        actor: "operator",
        reason: "ticket unreadable",
        commandId: body.id,
        origin: "remote",
      },
    ]);
  });

  it("acts once, however often it comes, and each repeat gets the stored result", async () => {
    const body = bodyOf();
    say(body);
    const first = await resultOf(body);
    say(body);
    expect(await resultOf(body, 2)).toEqual(first);
    expect(edge.lanes.commands.length).toBe(1);
  });

  it("does not act again after a restart", async () => {
    const body = bodyOf();
    say(body);
    const first = await resultOf(body);
    const { directory } = edge;
    await edge.end();
    edge = new TestEdge({ identity: pair.identity, directory });
    await edge.uplink.run();
    await until(() => edge.uplink.linkState() === "online", "online again");
    say(body);
    expect(await resultOf(body, 2)).toEqual(first);
    expect(edge.lanes.commands).toEqual([]);
  });

  it("acts not at all when the agent stopped in the middle of it before", async () => {
    const body = bodyOf();
    await edge.store.commands.claim({ id: body.id, nonce: body.nonce });
    say(body);
    expect(await resultOf(body)).toMatchObject({
      outcome: "refused",
      refusal: "lane_refused",
      message: expect.stringContaining("restarted"),
    });
    expect(edge.lanes.commands).toEqual([]);
  });

  it("with a nonce that was used does nothing under another id", async () => {
    const body = bodyOf();
    say(body);
    await resultOf(body);
    const again = bodyOf({ nonce: body.nonce });
    say(again);
    await until(() => pair.hub.results.length >= 2, "an answer");
    expect(edge.lanes.commands.length).toBe(1);
  });

  it.each<[string, () => Partial<CommandBody>]>([
    [
      "expired",
      () => ({ issued_at: (edge.uplink.cloudTime() ?? 0) - 9_000, not_after: (edge.uplink.cloudTime() ?? 0) - 1 }),
    ],
    ["expired", () => ({ not_after: (edge.uplink.cloudTime() ?? 0) + 3_600_000 })],
    ["stale_link", () => ({ link_nonce: "of-an-earlier-connection" })],
    ["wrong_device", () => ({ device_id: LANE })],
    ["wrong_epoch", () => ({ epoch: 2 })],
    ["unknown_lane", () => ({ lane_id: DEVICE })],
  ])("is refused as %s", async (refusal, changes) => {
    const body = bodyOf(changes());
    say(body);
    expect(await resultOf(body)).toMatchObject({ outcome: "refused", refusal });
    expect(edge.lanes.commands).toEqual([]);
  });

  it("with a forged signature, or as bytes that mean nothing, never reaches a lane", async () => {
    const body = bodyOf();
    const { signature, ...rest } = signCommand(body, "k1", pair.commandKey);
    pair.hub.say("down/commands", {
      ...rest,
      signature: signature.replace(/^./, signature.startsWith("A") ? "B" : "A"),
    });
    expect(await resultOf(body)).toMatchObject({ refusal: "bad_signature" });
    pair.hub.say("down/commands", Buffer.from([0xff, 0x00, 0x7b]));
    await until(() => edge.logged.some(({ message }) => message.includes("can't be read")), "logged");
    expect(edge.lanes.commands).toEqual([]);
  });

  it("that the broker kept for the next connection is refused", async () => {
    const body = bodyOf();
    await edge.uplink.stop();
    say(body, true);
    const { directory } = edge;
    await edge.end();
    edge = new TestEdge({ identity: pair.identity, directory });
    await edge.uplink.run();
    expect(await resultOf(body)).toMatchObject({ refusal: "retained" });
    expect(edge.lanes.commands).toEqual([]);
  });

  it("beyond the edge's own rate is refused, with one alarm", async () => {
    for (let open = 0; open <= REMOTE_OPENS_PER_MINUTE + 1; open++) {
      const body = bodyOf();
      say(body);
      const { refusal } = await resultOf(body);
      expect(refusal).toBe(open < REMOTE_OPENS_PER_MINUTE ? null : "rate_limited");
    }
    expect(edge.lanes.commands.length).toBe(REMOTE_OPENS_PER_MINUTE);
    await until(() => edge.lines().some((line) => line.includes("remote_open_rate_limited")), "alarm");
    expect(edge.lines().filter((line) => line.includes("remote_open_rate_limited")).length).toBe(1);
  });

  it("that the lane refuses tells why", async () => {
    edge.lanes.answer = { ok: false, refusal: "refused_by_safety", message: "The safety loop's state is not known." };
    const body = bodyOf();
    say(body);
    expect(await resultOf(body)).toMatchObject({
      outcome: "refused",
      refusal: "lane_refused",
      message: "The safety loop's state is not known.",
    });
  });

  it("Verifies: SYNC-13: expires by the cloud's clock, whatever this computer's says", async () => {
    await pair.hub.kill();
    pair.hub.clockAheadMs = 3_600_000;
    await pair.hub.start();
    await until(
      () => (edge.uplink.cloudTime() ?? 0) > (edge.store.stamp().at ?? 0) + 3_000_000,
      "cloud time measured anew",
    );
    const body = bodyOf();
    say(body);
    expect(await resultOf(body)).toMatchObject({ outcome: "done" });
  });
});

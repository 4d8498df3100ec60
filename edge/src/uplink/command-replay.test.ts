import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommandResult, SignedCommand } from "@gatehouse/shared/contracts/mqtt/commands.ts";
import { wallMs } from "@gatehouse/shared/kit/clock.ts";
import { uuidv7Source } from "@gatehouse/shared/kit/ids.ts";
import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { seededRandom, systemRandom } from "@gatehouse/shared/kit/random.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openStore } from "../store/open-store.ts";
import type { EdgeStore } from "../store/store-port.ts";
import { createCommandInbox } from "./command-inbox.ts";
import { capturedCommands, type Replayed, replaysOf, SAME_COMMAND } from "./testing/replay-corpus.ts";
import { LANE, ScriptedLanes } from "./testing/test-edge.ts";
import { DEVICE } from "./testing/test-pair.ts";

const OTHER_LANE = "0190f3a1-0000-7000-8000-00000000000b";
const OTHER_DEVICE = "0190f3a1-0000-7000-8000-000000000002";
const START = 1_800_000_000_000;
const FIRST_LINK = "the-link-of-the-capture";
const NEXT_LINK = "the-link-that-came-after";
const STILL_HOLDS = START + 5_000;
const ALL_OVER = START + 60_000;
const EVERY_MS = 4_000;
const SEED = 20_261;
const AT_ONCE = 500;

const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const key = { keyId: "k1", privateKey };
const random = seededRandom(SEED);
const capture = { deviceId: DEVICE, laneId: LANE, linkNonce: FIRST_LINK, epoch: 1, issuedAt: START, key };
const delivered = capturedCommands({ ...capture, count: 84 }, random);
/** Held back on their way: real, signed, and never seen by this edge. */
const neverArrived = capturedCommands({ ...capture, count: 60 }, random);
/** Signed by the same cloud for another lot. */
const elsewhere = capturedCommands({ ...capture, count: 20, deviceId: OTHER_DEVICE }, random);

let directory: string;
let store: EdgeStore;
let lanes: ScriptedLanes;
let results: CommandResult[];
/** What the edge knows of itself and the moment. */
let now: { linkNonce: string; epoch: number; cloudMs: number };
let clock: ManualClock;
let inbox: ReturnType<typeof createCommandInbox>;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "gatehouse-replay-"));
  now = { linkNonce: FIRST_LINK, epoch: 1, cloudMs: START + 100 };
  clock = new ManualClock({ wall: wallMs(START) });
  start();
  await carryOut(delivered);
});

afterEach(async () => {
  await store.close();
  rmSync(directory, { recursive: true, force: true });
});

/** The agent as it starts: everything that isn't on the disk is new. */
function start(): void {
  const realClock = systemClock();
  const log = { info: () => {}, warn: () => {}, error: () => {} };
  const newId = uuidv7Source(realClock, systemRandom);
  store = openStore({ directory, clock: realClock, newId, clockQuality: () => "unknown", log });
  lanes = new ScriptedLanes();
  results = [];
  inbox = createCommandInbox({
    addressee: () => ({
      ...{ deviceId: DEVICE, epoch: now.epoch, laneIds: [LANE, OTHER_LANE] },
      key: { keyId: key.keyId, publicKey },
    }),
    commands: store.commands,
    lanes,
    clock,
    log,
    cloudNow: () => wallMs(now.cloudMs),
    linkNonce: () => now.linkNonce,
    send: (result) => results.push(result) > 0,
    onRateLimited: () => {},
  });
}

/** Says commands, slowly enough for the edge's own limit of remote opens, and waits for their results. */
async function carryOut(commands: readonly SignedCommand[]): Promise<void> {
  for (const command of commands) {
    clock.advance(EVERY_MS);
    await inbox.received({ payload: Buffer.from(JSON.stringify(command)), retained: false });
  }
  await expect.poll(() => results.length, { timeout: 8_000 }).toBe(commands.length);
}

async function sayAgain(replays: readonly Replayed[]): Promise<void> {
  for (let from = 0; from < replays.length; from += AT_ONCE)
    await Promise.all(replays.slice(from, from + AT_ONCE).map((replayed) => inbox.received(replayed)));
}

/** When and where the messages are said again; each leaves one defence, or few, to stand alone. */
const SITUATIONS = [
  { when: "at once", linkNonce: FIRST_LINK, epoch: 1, cloudMs: STILL_HOLDS, restarts: false },
  { when: "later on the same connection", linkNonce: FIRST_LINK, epoch: 1, cloudMs: ALL_OVER, restarts: false },
  { when: "on the next connection", linkNonce: NEXT_LINK, epoch: 1, cloudMs: STILL_HOLDS, restarts: false },
  { when: "after a restart", linkNonce: NEXT_LINK, epoch: 1, cloudMs: ALL_OVER, restarts: true },
  {
    when: "after a restart, all clocks put back",
    linkNonce: FIRST_LINK,
    epoch: 1,
    cloudMs: STILL_HOLDS,
    restarts: true,
  },
  { when: "after a new enrolment", linkNonce: FIRST_LINK, epoch: 2, cloudMs: STILL_HOLDS, restarts: false },
].map((situation) => {
  const { linkNonce, epoch, cloudMs } = situation;
  const target = { linkNonce, epoch, cloudMs, deviceId: DEVICE, otherLane: OTHER_LANE };
  const mayStillAct = linkNonce === FIRST_LINK && epoch === 1 && cloudMs === STILL_HOLDS;
  const late = replaysOf(neverArrived, target, random).filter(
    ({ shape }) => !mayStillAct || !SAME_COMMAND.includes(shape),
  );
  return { ...situation, corpus: [...replaysOf([...delivered, ...elsewhere], target, random), ...late] };
});
const TOTAL = SITUATIONS.reduce((sum, { corpus }) => sum + corpus.length, 0);

it(`the corpus has ${TOTAL} captured messages`, () => expect(TOTAL).toBeGreaterThanOrEqual(10_000));

it.each(SITUATIONS)("Verifies: SYNC-11, SAFE-26: captured messages said again $when: 0 act", async (situation) => {
  expect(lanes.commands.length).toBe(delivered.length);
  const { linkNonce, epoch, cloudMs } = situation;
  now = { linkNonce, epoch, cloudMs };
  clock.advance(60_000);
  clock.stepWall(cloudMs - clock.wall());
  if (situation.restarts) {
    await store.close();
    start();
  }
  lanes.commands.length = 0;
  await sayAgain(situation.corpus);
  expect(lanes.commands).toEqual([]);
  results.length = 0;
  const fresh = capturedCommands({ ...capture, linkNonce, epoch, issuedAt: cloudMs, count: 1 }, random);
  await carryOut(fresh);
  expect(results).toMatchObject([{ id: fresh[0]?.body.id, outcome: "done" }]);
  expect(lanes.commands.length).toBe(1);
});

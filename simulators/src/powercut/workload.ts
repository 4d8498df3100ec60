import { createDecisionDesk } from "@gatehouse/edge/decision/desk.ts";
import {
  ENTRY_LANE,
  EXIT_LANE,
  LOT_ID,
  loadReplica,
  lotItem,
  permitItem,
  samplePermit,
  samplePolicy,
  tariffItem,
} from "@gatehouse/edge/decision/testing/lot-sample.ts";
import { openStore } from "@gatehouse/edge/store/open-store.ts";
import { wallMs } from "@gatehouse/shared/kit/clock.ts";
import { uuidv7Source } from "@gatehouse/shared/kit/ids.ts";
import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { randomInt, seededRandom } from "@gatehouse/shared/kit/random.ts";
import type { Ack } from "./ack.ts";

// A process of its own, run under strace: vehicles come and go at the real desk on the real store, the cloud confirms,
// sends other data and gives a new epoch. Arguments: directory, seed, steps. After each step it says what was acknowledged.
const [directory = "", seed = "1", steps = "100"] = process.argv.slice(2);
const START = wallMs(Date.UTC(2026, 2, 2, 8));
const STEP_MS = 60_000;
const quiet = (): void => undefined;

const random = seededRandom(Number(seed));
const clock = new ManualClock({ wall: START });
const newId = uuidv7Source(clock, random);
const log = { info: quiet, warn: quiet, error: quiet };
const store = openStore({ directory, clock, newId, clockQuality: () => "synced", log, keepConfirmedMs: STEP_MS });
const desk = createDecisionDesk({
  store,
  site: { lot_id: LOT_ID },
  ...{ newId, clock, log },
  clockQuality: () => "synced",
  linkState: () => "online",
});

const inside: string[] = [];
let replicaVersion = 0;

await changeReplica();
for (let step = 0; step < Number(steps); step++) {
  await work(step);
  say(step);
  clock.advance(STEP_MS);
}
await store.close();

async function work(step: number): Promise<void> {
  const what = random.next();
  if (step === Math.floor(Number(steps) / 2)) return newEpoch();
  if (what < 0.1) return confirm();
  if (what < 0.2) return changeReplica();
  if (what < 0.6 || inside.length === 0) return enter(step);
  return leave();
}

async function enter(step: number): Promise<void> {
  const plates = Array.from({ length: randomInt(random, 1, 3) }, (_, at) => `B${step}X${at}`);
  await Promise.all(plates.map((plate) => drive("entry", plate)));
  inside.push(...plates);
}

async function leave(): Promise<void> {
  const [plate] = inside.splice(randomInt(random, 0, inside.length - 1), 1);
  if (plate === undefined) return;
  const { movementId, sessionId, due } = await drive("exit", plate);
  if (due === null || sessionId === null) return;
  const payment = { amount: due, method: "credit_card", reference: `T-${plate}` } as const;
  await desk.paid({ movementId, sessionId, laneId: EXIT_LANE, ...payment });
  await desk.finish({ movementId, outcome: "passed", endedAt: clock.wall() });
}

async function drive(direction: "entry" | "exit", plate: string) {
  const laneId = direction === "entry" ? ENTRY_LANE : EXIT_LANE;
  const credential = { kind: "plate", value: plate } as const;
  const decision = await desk.decide({ laneId, direction, credential, read: null, override: null });
  const { movementId, outcome } = decision;
  if (outcome === "admit") await desk.finish({ movementId, outcome: "passed", endedAt: clock.wall() });
  return decision;
}

/** The confirmation itself reaches the disk with the next commit. */
function confirm(): void {
  const { epoch, confirmedN, lastN } = store.outbox.head();
  const cursor = randomInt(random, confirmedN, lastN);
  const hash = store.outbox.hashAt(cursor);
  if (hash !== null) store.outbox.confirm({ epoch, cursor, hash });
}

async function newEpoch(): Promise<void> {
  await store.outbox.beginEpoch(store.outbox.head().epoch + 1);
}

async function changeReplica(): Promise<void> {
  replicaVersion += 1;
  const permit = permitItem(samplePermit(`P${replicaVersion}`, `KAX${replicaVersion}`));
  await loadReplica(store, [lotItem(samplePolicy()), tariffItem(), permit], { version: replicaVersion });
}

function say(step: number): void {
  const { epoch, lastN, lastHash } = store.outbox.head();
  process.stdout.write(`${JSON.stringify({ step, epoch, lastN, lastHash, replicaVersion } satisfies Ack)}\n`);
}

import { type TempStore, tempStore } from "@gatehouse/edge/store/testing/temp-store.ts";
import type { CommandResult } from "@gatehouse/shared/contracts/mqtt/commands.ts";
import { pick, seededRandom } from "@gatehouse/shared/kit/random.ts";
import { afterEach, beforeEach, expect, it } from "vitest";
import { MemoryCommandLog } from "./memory-command-log.ts";

const STEPS = 150;

let temp: TempStore;
beforeEach(() => {
  temp = tempStore();
});
afterEach(() => temp.remove());

it("Verifies: SYNC-11: the model of the command log answers random claims as the edge's store does, over restarts", async () => {
  const random = seededRandom(11);
  const model = new MemoryCommandLog();
  const pairs = Array.from({ length: 12 }, (_, at) => ({ id: temp.newId(), nonce: `nonce-of-some-length-${at}` }));
  const deviceId = temp.newId();
  const kinds = new Set<string>();
  for (let step = 0; step < STEPS; step++) {
    const pair = pick(random, pairs);
    // A known pair, or one half of it beside something new. No claim fits two rows: which of them counts is open.
    const isKnown = model.copy().some(({ id }) => id === pair.id);
    const halves = [
      { ...pair, id: temp.newId() },
      { ...pair, nonce: `nonce-of-its-own-${step}` },
    ];
    const claim = isKnown && random.next() < 0.5 ? pick(random, halves) : pair;
    const { id } = pair;
    const answer = await temp.store.commands.claim(claim);
    expect({ claim, answer: await model.claim(claim) }).toEqual({ claim, answer });
    kinds.add(answer.kind === "new" ? "new" : answer.result === null ? "unfinished" : "finished");
    const result: CommandResult = {
      v: 1,
      id,
      device_id: deviceId,
      outcome: "done",
      refusal: null,
      message: `${step}`,
      at: temp.clock.wall(),
    };
    if (random.next() < 0.2) {
      await temp.store.commands.finish(result);
      await model.finish(result);
    }
    if (random.next() < 0.05) await temp.reopen();
  }
  expect([...kinds].toSorted()).toEqual(["finished", "new", "unfinished"]);
});

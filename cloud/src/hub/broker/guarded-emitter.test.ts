import { expect, test } from "vitest";
import { guardedEmitter } from "./guarded-emitter.ts";

const BACKLOG = 15_000;

/** A subscriber that stalls, with a backlog behind it, and then ends all deliveries at once, as a cut connection does. */
async function stallAndGo(): Promise<number> {
  const emitter = guardedEmitter(1);
  const held: (() => void)[] = [];
  let isGone = false;
  let delivered = 0;
  emitter.on("lot", (_message, done) => {
    delivered++;
    if (isGone) done();
    else held.push(done);
  });
  for (let i = 0; i < BACKLOG; i++) emitter.emit({ topic: "lot" });
  isGone = true;
  for (const done of held) done();
  while (delivered < BACKLOG) await new Promise((resolve) => setImmediate(resolve));
  return delivered;
}

test("a backlog of a subscriber that goes away is delivered without overflowing the stack", async () => {
  expect(await stallAndGo()).toBe(BACKLOG);
});

test("messages keep their order, and each ends once", async () => {
  const emitter = guardedEmitter(1);
  const seen: number[] = [];
  emitter.on("lot", (message, done) => {
    seen.push(Number(message.n));
    done();
  });
  let ended = 0;
  const all = Array.from({ length: 1_000 }, (_, n) => n);
  const finished = new Promise<void>((resolve) => {
    for (const n of all)
      emitter.emit({ topic: "lot", n }, () => {
        ended++;
        if (ended === all.length) resolve();
      });
  });
  await finished;
  expect(seen).toEqual(all);
});

import type { CommandResult } from "@gatehouse/shared/contracts/mqtt/commands.ts";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type TempStore, tempStore } from "./testing/temp-store.ts";

let temp: TempStore;
beforeEach(() => {
  temp = tempStore();
});
afterEach(() => temp.remove());

it("lets a command act once, by id and by nonce, across a restart. Verifies: SYNC-11", async () => {
  const id = temp.newId();
  const claim = { id, nonce: "nonce-0123456789" };
  expect(await temp.store.commands.claim(claim)).toEqual({ kind: "new" });
  await temp.reopen();
  expect(await temp.store.commands.claim(claim)).toEqual({ kind: "known", result: null });
  const at = temp.clock.wall();
  const result: CommandResult = { v: 1, id, device_id: temp.newId(), outcome: "done", refusal: null, message: "", at };
  await temp.store.commands.finish(result);
  await temp.reopen();
  expect(await temp.store.commands.claim({ ...claim, id: temp.newId() })).toEqual({ kind: "known", result });
  expect(await temp.store.commands.claim({ ...claim, nonce: "nonce-9876543210" })).toEqual({ kind: "known", result });
});

it("gives two claims at the same moment to one of them. Verifies: SYNC-11", async () => {
  const claim = { id: temp.newId(), nonce: "nonce-0123456789" };
  const answers = await Promise.all([temp.store.commands.claim(claim), temp.store.commands.claim(claim)]);
  expect(answers.map(({ kind }) => kind)).toEqual(["new", "known"]);
});

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createDecisionDesk } from "../decision/desk.ts";
import { ENTRY_LANE, LOT_ID, loadReplica, lotItem, samplePolicy, tariffItem } from "../decision/testing/lot-sample.ts";
import { type TempStore, tempStore } from "../store/testing/temp-store.ts";
import { DebtLedger, readSeenEnds } from "./debt-ledger.ts";
import { Rig } from "./testing/rig.ts";

const log = { info: () => {}, warn: () => {}, error: () => {} };
let temp: TempStore;
let directory: string;
let file: string;
beforeEach(async () => {
  temp = tempStore();
  directory = mkdtempSync(join(tmpdir(), "gatehouse-ends-"));
  file = join(directory, "fail-open.ndjson");
  await loadReplica(temp.store, [lotItem(samplePolicy()), tariffItem()]);
});
afterEach(async () => {
  await temp.remove();
  rmSync(directory, { recursive: true, force: true });
});

function openDesk() {
  const { store, newId, clock } = temp;
  const site = { lot_id: LOT_ID };
  return createDecisionDesk({
    store,
    site,
    newId,
    clock,
    log,
    clockQuality: () => "synced",
    linkState: () => "online",
    seenEnds: readSeenEnds(file),
  });
}

/** A lane on the real desk lets a vehicle in. */
async function letIn(): Promise<{ readonly rig: Rig; readonly movementId: Uuid }> {
  const desk = openDesk();
  const rig = new Rig({ fallbackFile: file });
  const made: Uuid[] = [];
  rig.desk.decide = async (request) => {
    const decision = await desk.decide({ ...request, laneId: ENTRY_LANE });
    made.push(decision.movementId);
    return decision;
  };
  rig.desk.finish = (end) => desk.finish(end);
  await rig.ledger.run();
  rig.tellAll();
  await rig.run(1_000);
  await rig.arrive("AB123");
  await expect.poll(() => made.length).toBe(1);
  await rig.run(1_500);
  expect(rig.relays("up")).toHaveLength(1);
  return { rig, movementId: made[0] ?? "" };
}

const outcomeOf = (movementId: Uuid) => temp.store.records.movements.find(movementId)?.outcome;

describe("the end of a movement that the store did not take", () => {
  it.each([
    ["passed", (rig: Rig) => rig.driveThrough()],
    [
      "backed_out",
      async (rig: Rig) => {
        rig.loop("arming", "clear");
        await rig.run(4_000);
      },
    ],
  ] as const)("%s is kept over a restart of the agent, and told once", async (outcome, ends) => {
    const { rig, movementId } = await letIn();
    await temp.store.close();
    await ends(rig);
    await expect.poll(() => readFileSync(file, "utf8")).toContain(movementId);
    await rig.ledger.stop();

    await temp.reopen();
    const desk = openDesk();
    await expect.poll(() => outcomeOf(movementId)).toBe(outcome);
    const report = async (): Promise<void> => {};
    const ledger = new DebtLedger({
      desk,
      report,
      newId: temp.newId,
      clock: temp.clock,
      log,
      file,
      inFlight: () => false,
    });
    await ledger.run();
    await ledger.book();
    expect(ledger.open).toBe(0);
    await ledger.stop();
    expect(outcomeOf(movementId)).toBe(outcome);
    expect(readSeenEnds(file).size).toBe(0);
  });

  it("is not_seen when nobody saw it", async () => {
    const { rig, movementId } = await letIn();
    await rig.ledger.stop();
    await temp.reopen();
    openDesk();
    await expect.poll(() => outcomeOf(movementId)).toBe("not_seen");
  });
});

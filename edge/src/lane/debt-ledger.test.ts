import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatUuid } from "@gatehouse/shared/kit/ids.ts";
import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { describe, expect, it } from "vitest";
import { DebtLedger, MAX_DEBTS } from "./debt-ledger.ts";
import { ScriptedDesk } from "./testing/scripted-desk.ts";

const LANE = "00000000-0000-7000-8000-000000000001";

describe("more debts than the memory holds", () => {
  it("are all booked in the end, money that was taken among them (Verifies: SAFE-18)", async () => {
    const desk = new ScriptedDesk();
    desk.broken = true;
    let nth = 0;
    const ledger = new DebtLedger({
      desk,
      report: async () => {},
      newId: () => formatUuid(Buffer.from(String(++nth).padStart(16, "0"))),
      clock: new ManualClock(),
      log: { info() {}, warn() {}, error() {} },
      file: join(await mkdtemp(join(tmpdir(), "gatehouse-")), "fail-open.ndjson"),
      inFlight: () => false,
    });
    await ledger.run();
    const count = MAX_DEBTS + 5;
    for (let one = 0; one < count; one++) {
      const credential = { laneId: LANE, kind: "plate", value: `AB${one}`, read: null, direction: null } as const;
      const debt = {
        ticket: one,
        credential,
        reason: "store_failed",
        payment: null,
        movementId: null,
        direction: "exit",
      } as const;
      ledger.add(`key ${one}`, { laneId: LANE, debt });
      ledger.end(`key ${one}`, "passed");
    }
    desk.broken = false;
    await ledger.book();
    await ledger.stop();
    await ledger.run();
    await ledger.book();
    await ledger.stop();
    expect(new Set(desk.requests.map(({ credential }) => credential.value)).size).toBe(count);
    expect(ledger.open).toBe(0);
  }, 60_000);
});

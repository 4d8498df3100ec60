import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { pastOf, readTruth } from "./past.ts";
import { type TruthRecord, truthLog, type Visit } from "./truth.ts";

const directory = mkdtempSync(join(tmpdir(), "truth-"));
afterAll(() => rmSync(directory, { recursive: true }));

function visit(stay: string, direction: Visit["direction"], outcome: Visit["outcome"] = "passed"): TruthRecord {
  const where = { lot_id: "lot", lane_id: "lane", direction, outcome, arrived_at: 1, ended_at: 2, paid: [] };
  const held = { ticket: `T ${stay}`, spoilt_tickets: [] };
  return { kind: "visit", stay, vehicle: "transient", plate: `P ${stay}`, ...held, ...where };
}

describe("the past of a world", () => {
  it("knows who is inside, who stood in an entry, and which number comes next", () => {
    const interrupted: TruthRecord = {
      kind: "interrupted",
      stay: "m-7",
      vehicle: "permit",
      plate: "P",
      lot_id: "lot",
      lane_id: "lane",
      at: 3,
    };
    const past = pastOf("lot", "m", [
      visit("m-1", "entry"),
      visit("m-2", "entry"),
      visit("m-2", "exit", "changed_mind"),
      visit("m-3", "entry", "refused"),
      visit("m-4", "entry"),
      visit("m-4", "exit"),
      { ...interrupted, stay: "m-5" },
      visit("m-5", "entry"),
      interrupted,
      { ...visit("m-9", "entry"), lot_id: "other" } as TruthRecord,
    ]);
    expect(past.inside.map(({ stay }) => stay)).toEqual(["m-1", "m-2", "m-5"]);
    expect(past.inside[0]?.ticket).toBe("T m-1");
    expect(past.atEntries).toEqual([{ stay: "m-7", kind: "permit", plate: "P", ticket: null }]);
    expect(past.arrivals).toBe(7);
  });

  it("is read from the truth file, without a last line that was cut off", () => {
    const file = join(directory, "truth.ndjson");
    expect(readTruth(file)).toEqual([]);
    const log = truthLog(file);
    log.add(visit("m-1", "entry"));
    log.add(visit("m-2", "entry"));
    appendFileSync(file, '{"kind":"visit","stay":"m-3"');
    expect(readTruth(file)).toEqual(log.all());
    expect(log.all()).toHaveLength(2);
  });
});

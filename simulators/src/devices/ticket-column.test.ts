import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { seededRandom } from "@gatehouse/shared/kit/random.ts";
import { expect, it } from "vitest";
import { type ColumnInput, TicketColumn } from "./ticket-column.ts";

function rig(runsOut: number) {
  const clock = new ManualClock();
  const told: ColumnInput[] = [];
  const taken: string[] = [];
  const column = new TicketColumn({
    clock,
    random: seededRandom(1),
    pace: () => 1,
    runsOut,
    tell: (input) => told.push(input),
    taken: (code) => taken.push(code),
  });
  const print = (name: string) =>
    column.print({ kind: "ticket", t: "0", lane: "in", job_id: name, code: `T-${name}`, lines: [] });
  return { clock, told, taken, column, print };
}

it("prints a ticket, holds it out, and says when the driver has it", () => {
  const { clock, told, taken, column, print } = rig(0);
  print("1");
  print("1");
  expect(column.isPrinting).toBe(true);
  clock.advance(10_000);
  expect(told).toEqual([
    { kind: "ticket", job_id: "1", result: "presented" },
    { kind: "ticket", job_id: "1", result: "taken" },
  ]);
  expect(taken).toEqual(["T-1"]);
  expect(column.isPrinting).toBe(false);
});

it("runs out of paper, fails what is asked for then, and goes on with a new roll", () => {
  const { clock, told, taken, column, print } = rig(1);
  print("1");
  clock.advance(10_000);
  expect(told.at(-1)).toEqual({ kind: "printer", state: "paper_out" });
  expect(column.inputs()).toEqual([{ kind: "printer", state: "paper_out" }]);
  print("2");
  expect(told.at(-1)).toEqual({ kind: "ticket", job_id: "2", result: "failed" });
  clock.advance(200_000);
  expect(column.inputs()).toEqual([{ kind: "printer", state: "ready" }]);
  expect(taken).toEqual(["T-1"]);
});

it("gives out what was being printed when the agent went, and tells nobody", () => {
  const { clock, told, taken, column, print } = rig(0);
  print("1");
  column.loseAgent();
  clock.advance(10_000);
  expect(taken).toEqual(["T-1"]);
  expect(told).toEqual([]);
});

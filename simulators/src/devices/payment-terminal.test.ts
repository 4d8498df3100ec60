import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { seededRandom } from "@gatehouse/shared/kit/random.ts";
import { describe, expect, it } from "vitest";
import { PaymentTerminal, type TerminalRequest, type TerminalResult } from "./payment-terminal.ts";

const REQUEST: TerminalRequest = {
  kind: "terminal",
  t: "1",
  lane: "exit-1",
  request_id: "r1",
  amount_minor: 450,
  currency: "EUR",
  active: true,
};

function rig(declined: number, pace = 1) {
  const clock = new ManualClock();
  const told: TerminalResult[] = [];
  const paid: number[] = [];
  const terminal = new PaymentTerminal({
    clock,
    random: seededRandom(1),
    pace: () => pace,
    declined,
    tell: (result) => told.push(result),
    paid: ({ money }) => paid.push(money.amountMinor),
  });
  return { clock, terminal, told, paid };
}

describe("a payment terminal", () => {
  it("approves after the driver has found his card, once", () => {
    const { clock, terminal, told, paid } = rig(0);
    terminal.request(REQUEST);
    terminal.request(REQUEST);
    clock.advance(2_000);
    expect(told).toEqual([]);
    clock.advance(10_000);
    expect(told).toMatchObject([{ result: "approved", request_id: "r1", lane: "exit-1" }]);
    expect(paid).toEqual([450]);
  });

  it("declines first, then approves under another reference", () => {
    const { clock, terminal, told, paid } = rig(1);
    terminal.request(REQUEST);
    clock.advance(10_000);
    expect(told.map(({ result }) => result)).toEqual(["declined", "approved"]);
    expect(new Set(told.map(({ reference }) => reference)).size).toBe(2);
    expect(paid).toEqual([450]);
  });

  it("takes no money for a request that was taken back or replaced", () => {
    const { clock, terminal, told, paid } = rig(0);
    terminal.request(REQUEST);
    terminal.request({ ...REQUEST, active: false });
    clock.advance(10_000);
    expect(paid).toEqual([]);
    terminal.request(REQUEST);
    terminal.request({ ...REQUEST, request_id: "r2", amount_minor: 600 });
    clock.advance(10_000);
    expect(paid).toEqual([600]);
    expect(told).toHaveLength(1);
  });

  it("pays faster with a faster pace", () => {
    const { clock, terminal, paid } = rig(0, 10);
    terminal.request(REQUEST);
    clock.advance(250);
    expect(paid).toEqual([450]);
  });
});

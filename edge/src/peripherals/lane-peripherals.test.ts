import { lane as laneSchema } from "@gatehouse/shared/contracts/config/site/site.ts";
import { wallMs } from "@gatehouse/shared/kit/clock.ts";
import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { describe, expect, it } from "vitest";
import { type SimInput, SimLane, type SimOutput } from "../drivers/sim/sim-lane.ts";
import { AskedPayments } from "../lane/asked-payments.ts";
import type { OfferedCredential } from "../lane/lane-control.ts";
import type { PeripheralReport } from "./messages.ts";
import { openPeripherals } from "./open-peripherals.ts";

const quiet = { info: () => {}, warn: () => {}, error: () => {} };
const stay = { movementId: "m1", sessionId: "s1" };
const LANE_ID = "00000000-0000-7000-8000-000000000001";
const amount = { amountMinor: 450, currency: "EUR" };

type Input = SimInput extends infer One ? (One extends { t: string } ? Omit<One, "t" | "lane"> : never) : never;

/** The peripherals of a lane with their simulated devices in the hands of the test. */
function open(peripherals: object = { printer: { driver: "sim" } }, wiring: object = { driver: "sim" }) {
  const clock = new ManualClock({ wall: wallMs(Date.UTC(2026, 6, 1, 10, 5)) });
  const outputs: SimOutput[] = [];
  const reports: PeripheralReport[] = [];
  const offers: OfferedCredential[] = [];
  const sim = new SimLane({ name: "in-1", clock, write: (output) => outputs.push(output) });
  const parsed = laneSchema.parse({
    id: LANE_ID,
    code: "in-1",
    direction: "entry",
    wiring: { driver: "sim" },
    peripherals,
  });
  const lane = { ...parsed, wiring: { ...parsed.wiring, ...wiring } } as typeof parsed;
  const opened = openPeripherals({
    site: { lot_id: "00000000-0000-7000-8000-0000000000aa", name: "Parkhaus am Markt", time_zone: "Europe/Berlin" },
    lane,
    clock,
    simTunnel: sim.tunnel,
    payments: { kept: new AskedPayments(null, quiet), book: () => {}, unclear: () => {} },
    report: (report) => reports.push(report),
    offer: (credential) => {
      offers.push(credential);
      return "accepted";
    },
  });
  sim.feeding(true);
  reports.splice(0);
  const tell = (input: Input): void => sim.take({ ...input, t: "0", lane: "in-1" } as SimInput);
  const last = <K extends SimOutput["kind"]>(kind: K) =>
    outputs.findLast((one): one is Extract<SimOutput, { kind: K }> => one.kind === kind);
  return { clock, outputs, reports, offers, sim, opened, tell, last };
}

describe("the peripherals of a lane", () => {
  it("show texts in the languages of the lane, by turns, the first at once", () => {
    const { opened, clock, outputs } = open({ languages: ["de", "en", "nl"], language_turn_ms: 2_000 });
    opened.command({ kind: "display", key: "lane.welcome", amount: null });
    clock.advance(6_000);
    opened.command({ kind: "display", key: "exit.pay", amount });
    const texts = outputs.flatMap((one) => (one.kind === "display" ? [one.text] : []));
    expect(texts).toEqual(["Willkommen", "Welcome", "Welkom", "Willkommen", "Bitte zahlen: 4,50\u00a0€"]);
  });

  it("say nothing twice where languages have the same words", () => {
    const { opened, clock, outputs } = open({ languages: ["en", "en"] });
    opened.command({ kind: "display", key: "lane.welcome", amount: null });
    clock.advance(10_000);
    expect(outputs.filter((one) => one.kind === "display")).toHaveLength(1);
  });

  it("print a ticket with lot, time of the lot's zone, lane and plate, and tell what becomes of it", () => {
    const { opened, reports, last, tell } = open({ printer: { driver: "sim" }, languages: ["de"] });
    opened.command({ kind: "print_ticket", jobId: "j1", ticket: { code: "T1", plate: "B-AB 123" } });
    expect(last("ticket")).toMatchObject({
      job_id: "j1",
      code: "T1",
      lines: [
        "Parkhaus am Markt",
        "Parkticket",
        "01.07.2026, 12:05 · in-1",
        "B-AB 123",
        "Bitte aufbewahren und bei der Ausfahrt vorzeigen",
      ],
    });
    tell({ kind: "ticket", job_id: "j1", result: "presented" });
    tell({ kind: "ticket", job_id: "j1", result: "taken" });
    expect(reports).toEqual([
      { kind: "ticket", jobId: "j1", result: "presented", code: null },
      { kind: "ticket", jobId: "j1", result: "taken", code: null },
    ]);
  });

  it("tell why a ticket can't be printed, and how the paper is", () => {
    const { opened, reports, tell } = open();
    tell({ kind: "printer", state: "paper_out" });
    opened.command({ kind: "print_ticket", jobId: "j1", ticket: { code: "T1", plate: null } });
    expect(reports).toEqual([
      { kind: "printer", state: "paper_out" },
      { kind: "ticket", jobId: "j1", result: "failed", code: "paper_out" },
    ]);
  });

  it("offer what is read as credentials, and report buttons", () => {
    const { offers, reports, tell } = open();
    for (const medium of ["qr", "ticket", "card", "pin"] as const) tell({ kind: "scan", medium, code: `${medium}-1` });
    tell({ kind: "press", name: "ticket" });
    tell({ kind: "press", name: "help" });
    expect(offers.map(({ kind, value, laneId }) => [kind, value, laneId])).toEqual(
      ["qr", "ticket", "card", "pin"].map((kind) => [kind, `${kind}-1`, LANE_ID]),
    );
    expect(reports).toEqual([
      { kind: "button", name: "ticket" },
      { kind: "button", name: "help" },
    ]);
  });

  it("carry payments and calls", () => {
    const { opened, reports, tell, last } = open();
    opened.command({ kind: "take_payment", requestId: "p1", amount, ...stay });
    expect(last("terminal")).toMatchObject({ request_id: "p1", amount_minor: 450, active: true });
    const paid = { result: "approved", reference: "R1", method: "credit_card" } as const;
    tell({ kind: "terminal", request_id: "p1", ...paid });
    opened.command({ kind: "call_operator", callId: "c1", reason: "help" });
    tell({ kind: "intercom", call_id: "c1", state: "answered" });
    opened.command({ kind: "end_call", callId: "c1" });
    expect(reports).toEqual([
      { kind: "payment", result: { requestId: "p1", ...paid } },
      { kind: "call", callId: "c1", state: "ringing" },
      { kind: "call", callId: "c1", state: "answered" },
      { kind: "call", callId: "c1", state: "ended" },
    ]);
  });

  it("leave no command without an end when nobody plays the devices (Verifies: SAFE-18)", () => {
    const { opened, reports, sim } = open();
    opened.command({ kind: "call_operator", callId: "c0", reason: "help" });
    opened.command({ kind: "print_ticket", jobId: "j0", ticket: { code: "T0", plate: null } });
    sim.feeding(false);
    reports.splice(0, 1);
    opened.command({ kind: "take_payment", requestId: "p1", amount, ...stay });
    opened.command({ kind: "print_ticket", jobId: "j1", ticket: { code: "T1", plate: null } });
    opened.command({ kind: "call_operator", callId: "c1", reason: "help" });
    expect(reports).toEqual([
      { kind: "printer", state: "offline" },
      { kind: "ticket", jobId: "j0", result: "failed", code: "offline" },
      { kind: "call", callId: "c0", state: "failed" },
      { kind: "payment_failed", requestId: "p1", code: "not_connected" },
      { kind: "ticket", jobId: "j1", result: "failed", code: "offline" },
      { kind: "call", callId: "c1", state: "failed" },
    ]);
    expect(opened.health().map(({ kind, connected }) => [kind, connected])).toEqual(
      ["display", "terminal", "printer", "reader", "intercom"].map((kind) => [kind, false]),
    );
  });

  it("fail at once where a wired lane has no such device (Verifies: SAFE-18)", () => {
    const { opened, reports } = open({}, { driver: "wired" });
    opened.command({ kind: "display", key: "lane.welcome", amount: null });
    opened.command({ kind: "take_payment", requestId: "p1", amount, ...stay });
    opened.command({ kind: "print_ticket", jobId: "j1", ticket: { code: "T1", plate: null } });
    opened.command({ kind: "call_operator", callId: "c1", reason: "help" });
    expect(reports).toEqual([
      { kind: "payment_failed", requestId: "p1", code: "not_connected" },
      { kind: "ticket", jobId: "j1", result: "failed", code: "no_printer" },
      { kind: "call", callId: "c1", state: "failed" },
    ]);
    expect(opened.health()).toEqual([]);
  });
});

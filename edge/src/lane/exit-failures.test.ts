import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LoopSignal } from "@gatehouse/shared/contracts/edge/io-socket.ts";
import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LaneDecision } from "../decision/decision-desk.ts";
import { Rig, type RigOptions } from "./testing/rig.ts";
import { movementId } from "./testing/scripted-desk.ts";

/* What may fail at an exit, one by one: its driver is never left alone with a barrier that stays down (SAFE-18). */

const LIMIT_MS = 5_000;
const PLATE = "AB123";
const askPay: Partial<LaneDecision> = {
  outcome: "ask",
  ask: "pay",
  due: { amountMinor: 450, currency: "EUR" },
  sessionId: movementId(99),
  displayKey: "exit.pay",
};

interface Row {
  readonly failure: string;
  readonly options?: RigOptions;
  /** What the arming loop says from the start. */
  readonly deadArming?: LoopSignal;
  /** Makes the failure, brings the vehicle, and returns when both are there. */
  readonly happens: (rig: Rig) => Promise<void>;
  /** Opens and keeps a debt; opens as if nothing were; or calls an operator, whose hand then opens. */
  readonly outcome: "opens and owes" | "opens" | "calls";
}

const failing = (code: string) => (): Promise<never> => Promise.reject(new GatehouseError(code, "Made to fail."));

const withDesk =
  (change: (desk: Rig["desk"]) => void) =>
  (rig: Rig): Promise<void> => {
    change(rig.desk);
    return rig.arrive(PLATE);
  };

const requestOf = (rig: Rig): string => {
  const asked = rig.outputs.flatMap(({ output }) =>
    output.kind === "terminal" && output.active ? [output.request_id] : [],
  );
  return asked.at(-1) ?? "none";
};

const paysBy =
  (answer: (rig: Rig) => Promise<void>) =>
  async (rig: Rig): Promise<void> => {
    rig.desk.script = ({ override }) => (override ? {} : askPay);
    await rig.arrive(PLATE);
    await answer(rig);
  };

const ROWS: readonly Row[] = [
  {
    failure: "the rights can't be read",
    happens: withDesk((desk) => {
      desk.decide = failing("policy_unknown");
    }),
    outcome: "opens and owes",
  },
  {
    failure: "the desk throws",
    happens: withDesk((desk) => {
      desk.decide = () => {
        throw new Error("a fault in a rule");
      };
    }),
    outcome: "opens and owes",
  },
  {
    failure: "the store fails",
    happens: withDesk((desk) => {
      desk.broken = true;
    }),
    outcome: "opens and owes",
  },
  {
    failure: "the store never answers",
    happens: withDesk((desk) => {
      desk.script = () => "hang";
    }),
    outcome: "opens and owes",
  },
  {
    failure: "the store is read-only, and the journal with it",
    happens: async (rig) => {
      rig.journal.broken = true;
      await withDesk((desk) => {
        desk.decide = failing("store_failed");
      })(rig);
    },
    outcome: "opens and owes",
  },
  {
    failure: "the disk is full: store, journal, locks and reports",
    options: { keep: failing("store_failed"), report: failing("store_failed") },
    happens: async (rig) => {
      rig.journal.broken = true;
      rig.journal.note = () => {
        throw new Error("ENOSPC: no space left on device");
      };
      await withDesk((desk) => {
        desk.broken = true;
      })(rig);
    },
    outcome: "opens and owes",
  },
  {
    failure: "the camera is dead: nothing is read",
    happens: async (rig) => rig.loop("arming", "occupied"),
    outcome: "opens and owes",
  },
  {
    failure: "the camera sees the wrong way only",
    happens: async (rig) => {
      rig.loop("arming", "occupied");
      expect(rig.offer(PLATE, "entry")).toBe("wrong_direction");
    },
    outcome: "opens and owes",
  },
  {
    failure: "the payment terminal is gone",
    options: { timings: { fresh_ms: 1_000 } },
    happens: async (rig) => {
      rig.desk.script = ({ override }) => (override ? {} : askPay);
      rig.loop("arming", "occupied");
      rig.silence();
      rig.offer(PLATE);
      await rig.run(20);
    },
    outcome: "opens and owes",
  },
  {
    failure: "the payment is taken and can't be booked",
    happens: paysBy(async (rig) => {
      rig.desk.broken = true;
      rig.pay(requestOf(rig), "approved");
    }),
    outcome: "opens and owes",
  },
  {
    failure: "the booking of the payment never ends",
    happens: paysBy(async (rig) => {
      rig.desk.paid = () => new Promise(() => {});
      rig.pay(requestOf(rig), "approved");
    }),
    outcome: "opens and owes",
  },
  {
    failure: "the terminal says nothing until its time is over",
    options: { timings: { payment_max_ms: 10_000 } },
    happens: paysBy((rig) => rig.run(10_000 - 100)),
    outcome: "calls",
  },
  {
    failure: "the terminal approves when its time is over",
    options: { timings: { payment_max_ms: 10_000 } },
    happens: paysBy(async (rig) => {
      const request = requestOf(rig);
      await rig.run(10_500);
      rig.pay(request, "approved");
    }),
    outcome: "opens",
  },
  {
    failure: "the terminal declines whatever it is shown",
    happens: paysBy(async (rig) => {
      for (let card = 0; card < 3; card++) {
        rig.pay(requestOf(rig), "declined");
        await rig.run(100);
      }
    }),
    outcome: "calls",
  },
  {
    failure: "the cloud is gone: nothing can be reported",
    options: { report: failing("store_failed") },
    happens: (rig) => rig.arrive(PLATE),
    outcome: "opens",
  },
  {
    failure: "a printer jams",
    happens: async (rig) => {
      rig.tellPeripheral({ kind: "printer", state: "jammed" });
      await rig.arrive(PLATE);
    },
    outcome: "opens",
  },
  ...(["fault", "unknown"] as const).flatMap((signal): readonly Row[] => [
    {
      failure: `the arming loop says ${signal}, and a plate is read`,
      happens: async (rig) => {
        rig.loop("arming", signal);
        await rig.run(10_000);
        rig.offer(PLATE);
      },
      outcome: "calls",
    },
    {
      failure: `the arming loop says ${signal}, and a vehicle stands up to the arm`,
      happens: async (rig) => {
        rig.loop("arming", signal);
        await rig.run(10_000);
        rig.loop("safety", "occupied");
      },
      outcome: "calls",
    },
    {
      failure: `the arming loop says ${signal} under a vehicle that is there`,
      happens: async (rig) => {
        rig.loop("arming", "occupied");
        await rig.run(1_000);
        rig.loop("arming", signal);
      },
      outcome: "calls",
    },
    {
      failure: `the arming loop says ${signal} since the agent started`,
      happens: async (rig) => rig.tellPeripheral({ kind: "press", name: "help" }),
      deadArming: signal,
      outcome: "calls",
    },
  ]),
  {
    failure: "store and lot want an operator",
    options: { fail: { entry: "closed", exit: "ask_operator" } },
    happens: withDesk((desk) => {
      desk.broken = true;
    }),
    outcome: "calls",
  },
];

let directory: string;
let fallbackFile: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "gatehouse-exit-"));
  fallbackFile = join(directory, "fail-open.ndjson");
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function startExit({ options, deadArming = "clear" }: Row): Promise<Rig> {
  const rig = new Rig({ direction: "exit", fallbackFile, ...options });
  await rig.ledger.run();
  rig.tellAll();
  rig.loop("arming", deadArming);
  await rig.run(1_000);
  return rig;
}

const calls = (rig: Rig): readonly string[] =>
  rig.outputs.flatMap(({ output }) => (output.kind === "intercom" ? [output.state] : []));

/** What stands in the file of debts when all of it is written. */
async function debtsOf(rig: Rig): Promise<string> {
  await rig.ledger.stop();
  return readFile(fallbackFile, "utf8");
}

describe("an exit never traps a vehicle", () => {
  it.each(ROWS)("when $failure: $outcome within 5 s (Verifies: SAFE-18)", async (row) => {
    const rig = await startExit(row);
    await row.happens(rig);
    await rig.run(LIMIT_MS);
    if (row.outcome === "calls") {
      expect(rig.relays("up")).toEqual([]);
      expect(calls(rig)).toEqual(["calling"]);
      await Promise.all([rig.command("open"), rig.run(50)]);
    }
    expect(rig.relays("up")).toHaveLength(1);
    expect(rig.judge.breaches).toEqual([]);
    const debts = await debtsOf(rig);
    expect(debts.includes('"debt"')).toBe(row.outcome === "opens and owes");
  });

  it("tells of an arming loop without sight once, and calls again for the next vehicle (Verifies: SAFE-18, SAFE-25)", async () => {
    const rig = await Rig.ready({ direction: "exit", fallbackFile });
    rig.loop("arming", "unknown");
    await rig.run(1_500);
    expect(rig.runner.snapshot().alarms).toEqual([]);
    await rig.run(1_000);
    expect(rig.runner.snapshot()).toMatchObject({ mode: "out_of_service", alarms: ["inputs_unknown"] });
    rig.offer(PLATE);
    await rig.run(5_000);
    expect(calls(rig)).toEqual(["calling"]);
    await Promise.all([rig.command("open"), rig.run(1_500)]);
    rig.loop("safety", "occupied");
    await rig.run(500);
    rig.loop("closing", "occupied");
    await rig.run(500);
    rig.loop("safety", "clear");
    rig.loop("closing", "clear");
    await rig.run(9_000);
    expect(rig.desk.passages).toMatchObject([{ direction: "exit", outcome: "passed" }]);
    rig.offer("CD456");
    await rig.run(100);
    expect(calls(rig)).toEqual(["calling", "ended", "calling"]);
    rig.loop("arming", "clear");
    await rig.run(1_000);
    expect(rig.runner.snapshot()).toMatchObject({ mode: "automatic", alarms: [] });
    expect(rig.desk.requests).toEqual([]);
  });
});

import { describe, expect, it } from "vitest";
import { monoMs, wallMs } from "./clock.ts";
import { uuidv7Source } from "./ids.ts";
import { parseJson } from "./json.ts";
import { backoffMs, retryUntil, runAll, type Service, stopAll } from "./lifecycle.ts";
import { ManualClock } from "./manual-clock.ts";
import { formatMoney, minorDigits, toMajor } from "./money.ts";
import { seededRandom } from "./random.ts";

describe("ids", () => {
  it("are UUIDs of version 7 that sort by the time of their making", () => {
    const clock = new ManualClock({ wall: wallMs(1_790_000_000_000) });
    const newId = uuidv7Source(clock, seededRandom(1));
    const ids = Array.from({ length: 50 }, () => {
      clock.advance(7);
      return newId();
    });
    expect(ids).toEqual([...ids].sort());
    expect(new Set(ids).size).toBe(50);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Number.parseInt(ids[0]?.replaceAll("-", "").slice(0, 12) ?? "", 16)).toBe(1_790_000_000_007);
  });

  it("can be made while the clock stands before 1970", () => {
    expect(uuidv7Source(new ManualClock({ wall: wallMs(-5) }), seededRandom(1))()).toMatch(/^00000000-0000-7/);
  });
});

describe("JSON", () => {
  it("is told from what is none, null among it", () => {
    expect(parseJson('{"a":[1]}')).toEqual({ a: [1] });
    expect(parseJson("null")).toBeNull();
    expect(["", "{", "NaN", "undefined"].map(parseJson)).toEqual([undefined, undefined, undefined, undefined]);
  });
});

describe("money", () => {
  it("knows how many digits a currency has", () => {
    expect(["EUR", "JPY", "KWD"].map(minorDigits)).toEqual([2, 0, 3]);
    expect(toMajor({ amountMinor: 1_500, currency: "USD" })).toBe(15);
    expect(toMajor({ amountMinor: 1_500, currency: "JPY" })).toBe(1_500);
    expect(formatMoney({ amountMinor: 1_250, currency: "EUR" }, "en")).toBe("€12.50");
  });
});

describe("a clock that a test moves", () => {
  it("fires timers in the order of their due time, at their due time, and in the order of asking when equal", () => {
    const clock = new ManualClock({ mono: monoMs(1_000) });
    const fired: [string, number][] = [];
    const note = (name: string) => () => fired.push([name, clock.mono()]);
    clock.after(30, note("c"));
    clock.every(20, note("tick"));
    clock.after(10, () => clock.after(5, note("nested")));
    clock.after(30, note("d"));
    clock.advance(45);
    expect(fired).toEqual([
      ["nested", 1_015],
      ["tick", 1_020],
      ["c", 1_030],
      ["d", 1_030],
      ["tick", 1_040],
    ]);
  });
});

describe("retrying", () => {
  const backoff = { firstMs: 100, maxMs: 1_000, jitter: 0 };

  it("waits twice as long each time, up to its limit", () => {
    const random = seededRandom(1);
    expect([0, 1, 2, 3, 4, 60].map((attempt) => backoffMs(backoff, attempt, random))).toEqual([
      100, 200, 400, 800, 1_000, 1_000,
    ]);
  });

  it("goes on until the work succeeds, and stops when it is told to", async () => {
    const clock = new ManualClock();
    const options = { clock, random: seededRandom(1), backoff };
    let tries = 0;
    const work = async () => {
      if (++tries < 3) throw new Error("not yet");
      return "done";
    };
    const pump = setInterval(() => clock.advance(100), 0);
    expect(await retryUntil(work, { ...options, signal: new AbortController().signal })).toBe("done");
    const aborting = new AbortController();
    const never = retryUntil(() => Promise.reject(new Error("no")), { ...options, signal: aborting.signal });
    aborting.abort(new Error("told to stop"));
    await expect(never).rejects.toThrow("told to stop");
    clearInterval(pump);
  });
});

describe("services", () => {
  function service(name: string, log: string[], fails?: "run" | "stop"): Service {
    const act = (what: "run" | "stop") => async () => {
      log.push(`${what} ${name}`);
      if (fails === what) throw new Error(`${name} can't ${what}`);
    };
    return { name, run: act("run"), drain: async () => {}, stop: act("stop") };
  }

  it("start in order; when one fails those before it stop in reverse", async () => {
    const log: string[] = [];
    await expect(runAll([service("a", log), service("b", log, "run"), service("c", log)])).rejects.toThrow(
      "b can't run",
    );
    expect(log).toEqual(["run a", "run b", "stop b", "stop a"]);
  });

  it("stop each even when another fails", async () => {
    const log: string[] = [];
    await expect(stopAll([service("a", log), service("b", log, "stop")])).rejects.toThrow("b can't stop");
    expect(log).toEqual(["stop b", "stop a"]);
  });
});

import { monoMs } from "@gatehouse/shared/kit/clock.ts";
import { describe, expect, it } from "vitest";
import { type CloseFacts, permitGreen, permitRelays, type RelayTrace, vetoClose, vetoOpen } from "./interlocks.ts";

const NOW = monoMs(10_000);
const REST: RelayTrace = { up: { onSince: null, offAt: monoMs(0) }, down: { onSince: null, offAt: monoMs(0) } };
const CLEAR = { hazard: null, fire: false, limit: "up", blocked: null } as const;
const closable: CloseFacts = {
  ...CLEAR,
  record: "r1",
  recordUsed: false,
  openAsked: false,
  isReversed: false,
  lastHazardAt: monoMs(0),
  lastMotionAt: monoMs(0),
  latch: null,
  untested: null,
  cycles: 0,
  maxCycles: 600,
};

describe("vetoClose", () => {
  it.each<[string, Partial<CloseFacts>, ReturnType<typeof vetoClose>]>([
    ["nothing speaks against it", {}, null],
    ["an input is not clear (Verifies: SAFE-02)", { hazard: "safety" }, "hazard"],
    ["the position is not known (Verifies: SAFE-09)", { limit: null }, "position_unknown"],
    ["no journal record (Verifies: SAFE-20)", { record: "" }, "no_record"],
    ["a cause that was used before (Verifies: SAFE-05)", { recordUsed: true }, "record_used"],
    [
      "2 s without hazard after a reversal are not over (Verifies: SAFE-05)",
      { isReversed: true, lastHazardAt: monoMs(8_001) },
      "reversal_hold",
    ],
    [
      "2 s without hazard after a reversal are over (Verifies: SAFE-05)",
      { isReversed: true, lastHazardAt: monoMs(8_000) },
      null,
    ],
    ["an open in the same tick (Verifies: SAFE-06)", { openAsked: true }, "open_wins"],
    ["the arm is latched open (Verifies: SAFE-05)", { latch: "reversals" }, "latched"],
    ["fire (Verifies: SAFE-07)", { fire: true }, "fire"],
    ["people at the barrier (Verifies: SAFE-22)", { blocked: "maintenance" }, "maintenance"],
    ["the other agent drives (Verifies: SAFE-19)", { blocked: "standby" }, "standby"],
    ["a device that has not passed its test (Verifies: SAFE-13)", { untested: "photo_eye" }, "untested"],
    ["as many cycles as the motor bears (Verifies: SAFE-23)", { cycles: 600 }, "too_many_cycles"],
    ["one cycle less (Verifies: SAFE-23)", { cycles: 599 }, null],
    ["a motion command 499 ms ago (Verifies: SAFE-23)", { lastMotionAt: monoMs(9_501) }, "too_soon"],
    ["a motion command 500 ms ago (Verifies: SAFE-23)", { lastMotionAt: monoMs(9_500) }, null],
  ])("%s", (_, facts, veto) => {
    expect(vetoClose({ ...closable, ...facts }, NOW)).toBe(veto);
  });
});

describe("vetoOpen", () => {
  const grant = { used: false, notAfter: NOW, blocked: null };

  it.each(["maintenance", "standby"] as const)("opens nothing in %s (Verifies: SAFE-19, SAFE-22)", (blocked) => {
    expect(vetoOpen({ ...grant, blocked }, NOW)).toBe(blocked);
  });

  it("drops a grant that was used or is too old (Verifies: SAFE-16)", () => {
    expect(vetoOpen({ ...grant, notAfter: NOW }, NOW)).toBeNull();
    expect(vetoOpen({ ...grant, used: true }, NOW)).toBe("grant_used");
    expect(vetoOpen({ ...grant, notAfter: monoMs(9_999) }, NOW)).toBe("grant_expired");
  });
});

describe("permitRelays", () => {
  const permitted = (wanted: { up: boolean; down: boolean }, facts = {}, trace: Partial<RelayTrace> = {}) =>
    permitRelays(wanted, { ...CLEAR, ...facts }, { trace: { ...REST, ...trace }, now: NOW });

  it("never lets both relays on, and prefers up (Verifies: SAFE-01, SAFE-06)", () => {
    expect(permitted({ up: true, down: true }).relays).toEqual({ up: true, down: false });
  });

  it.each([
    ["up", "down"],
    ["down", "up"],
  ] as const)("keeps %s off while %s is on and 200 ms after it (Verifies: SAFE-01)", (wanted, other) => {
    const want = { up: wanted === "up", down: wanted === "down" };
    expect(permitted(want, {}, { [other]: { onSince: monoMs(9_900), offAt: monoMs(0) } }).relays[wanted]).toBe(false);
    expect(permitted(want, {}, { [other]: { onSince: null, offAt: monoMs(9_801) } }).relays[wanted]).toBe(false);
    expect(permitted(want, {}, { [other]: { onSince: null, offAt: monoMs(9_800) } }).relays[wanted]).toBe(true);
  });

  it("cuts down off in the step that sees a hazard or fire (Verifies: SAFE-02, SAFE-04, SAFE-07)", () => {
    const lowering = { down: { onSince: monoMs(9_900), offAt: monoMs(0) } };
    expect(permitted({ up: false, down: true }, {}, lowering).relays.down).toBe(true);
    expect(permitted({ up: false, down: true }, { hazard: "photo_eye" }, lowering).relays.down).toBe(false);
    expect(permitted({ up: false, down: true }, { fire: true }, lowering).relays.down).toBe(false);
  });

  it.each(["maintenance", "standby"] as const)("lets no relay on in %s (Verifies: SAFE-19, SAFE-22)", (blocked) => {
    expect(permitted({ up: true, down: false }, { blocked }).relays.up).toBe(false);
    expect(permitted({ up: false, down: true }, { blocked }).relays.down).toBe(false);
  });

  it.each(["up", "down"] as const)("cuts %s off past its maximum and says so (Verifies: SAFE-11)", (name) => {
    const want = { up: name === "up", down: name === "down" };
    const longOn = permitted(want, {}, { [name]: { onSince: monoMs(8_999), offAt: monoMs(0) } });
    expect(longOn.relays[name]).toBe(false);
    expect(longOn.overrun).toBe(name);
    const still = permitted(want, {}, { [name]: { onSince: monoMs(9_000), offAt: monoMs(0) } });
    expect(still.relays[name]).toBe(true);
    expect(still.overrun).toBeNull();
  });
});

describe("permitGreen", () => {
  it("is green only with the arm up and no down (Verifies: SAFE-21)", () => {
    const off = { relays: { up: false, down: false }, isLowering: false };
    expect(permitGreen(true, CLEAR, off)).toBe(true);
    expect(permitGreen(false, CLEAR, off)).toBe(false);
    expect(permitGreen(true, { ...CLEAR, limit: null }, off)).toBe(false);
    expect(permitGreen(true, CLEAR, { ...off, relays: { up: false, down: true } })).toBe(false);
    expect(permitGreen(true, CLEAR, { ...off, isLowering: true })).toBe(false);
  });
});

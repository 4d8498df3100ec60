import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  DEFAULT_SHARE,
  isGraver,
  nextLevel,
  type PressureLevel,
  pressureLevels,
  roomBytes,
  SHARE_MIN_BYTES,
  SYSTEM_RESERVE_BYTES,
  shareBytes,
} from "./disk-pressure.ts";

const GIB = 1_073_741_824;
const ROOM = 1_000;
const levels = (fills: readonly number[], from: PressureLevel = "normal"): PressureLevel[] => {
  let level = from;
  return fills.map((usedBytes) => {
    level = nextLevel(level, { usedBytes, room: ROOM });
    return level;
  });
};

describe("levels of pressure", () => {
  it("Verifies: SYNC-14: telemetry is shed from 80 % on, entries are refused from 95 % on", () => {
    expect(levels([0, 799, 800, 949, 950, 1_200])).toEqual([
      "normal",
      "normal",
      "shed",
      "shed",
      "refuse_entries",
      "refuse_entries",
    ]);
    expect(levels([960])).toEqual(["refuse_entries"]);
  });

  it("Verifies: SYNC-14: a level ends five points lower, so that a fill around its limit does not flap", () => {
    expect(levels([950, 949, 951, 900, 899, 949, 800, 750, 749, 799])).toEqual([
      "refuse_entries",
      "refuse_entries",
      "refuse_entries",
      "refuse_entries",
      "shed",
      "shed",
      "shed",
      "shed",
      "normal",
      "normal",
    ]);
    expect(levels([0], "refuse_entries")).toEqual(["normal"]);
  });

  it("Verifies: SYNC-14: whatever the past, the level fits the fill, and a small wobble changes it at most once", () => {
    const wobbles = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(fc.constantFrom(...pressureLevels), fc.nat(1_100), wobbles, (from, base, by) => {
        const seen = levels([base, ...by.map((one) => Math.max(0, base + one))], from);
        const changes = seen.filter((level, at) => at > 0 && level !== seen[at - 1]).length;
        expect(changes).toBeLessThanOrEqual(1);
        if (base >= 950) expect(seen[0]).toBe("refuse_entries");
        if (base >= 800) expect(seen[0]).not.toBe("normal");
        if (base < 900) expect(seen[0]).not.toBe("refuse_entries");
        if (base < 750) expect(seen[0]).toBe("normal");
      }),
    );
  });

  it("knows which level is graver", () => {
    expect(isGraver("shed", "normal")).toBe(true);
    expect(isGraver("shed", "refuse_entries")).toBe(false);
    expect(isGraver("shed", "shed")).toBe(false);
  });
});

describe("the room of the store", () => {
  const space = { usedBytes: GIB, reusableBytes: 0, freeBytes: 10 * GIB, totalBytes: 16 * GIB };

  it("is its share: a quarter of the card, or what is set", () => {
    expect(roomBytes(DEFAULT_SHARE, space)).toBe(4 * GIB);
    expect(roomBytes({ kind: "bytes", bytes: 2 * GIB }, space)).toBe(2 * GIB);
    expect(shareBytes(DEFAULT_SHARE, 64 * 1_048_576)).toBe(SHARE_MIN_BYTES);
  });

  it("Verifies: SYNC-14: is less where others have taken the disk, up to what is left for the system", () => {
    const taken = { ...space, freeBytes: SYSTEM_RESERVE_BYTES + 100 };
    expect(roomBytes(DEFAULT_SHARE, taken)).toBe(GIB + 100);
    expect(nextLevel("normal", { usedBytes: GIB, room: roomBytes(DEFAULT_SHARE, taken) })).toBe("refuse_entries");
    const full = { ...space, freeBytes: 0 };
    expect(roomBytes(DEFAULT_SHARE, full)).toBe(GIB);
  });

  it("counts empty pages of the store's own file as room", () => {
    const pruned = { ...space, usedBytes: GIB / 2, reusableBytes: GIB / 2, freeBytes: 0 };
    expect(roomBytes(DEFAULT_SHARE, pruned)).toBe(GIB);
    expect(nextLevel("refuse_entries", { usedBytes: GIB / 2, room: GIB })).toBe("normal");
  });

  it("is full when there is none at all", () => {
    expect(nextLevel("normal", { usedBytes: 0, room: 0 })).toBe("refuse_entries");
  });
});

import type { Mutant } from "./mutant.ts";

const file = "lane/interlocks.ts";
const of = (rule: string, id: string, find: string, replace: string): Mutant => ({ id, rule, file, find, replace });

/** Faults of the veto. */
export const mutants: readonly Mutant[] = [
  of("SAFE-01", "no-gap-between-relays", "OPPOSITE_GAP_MS = 200", "OPPOSITE_GAP_MS = 0"),
  of("SAFE-01", "raise-beside-lower", "wanted.up && free && rested(trace.down)", "wanted.up && free"),
  of("SAFE-06", "both-wanted-both-on", "wanted.down && !wanted.up && free", "wanted.down && free"),
  of("SAFE-02", "close-starts-in-hazard", 'if (facts.hazard !== null) return "hazard";', ""),
  of("SAFE-02", "lower-relay-in-hazard", "safeDown = facts.hazard === null && !facts.fire", "safeDown = !facts.fire"),
  of(
    "SAFE-07",
    "lower-relay-in-fire",
    "safeDown = facts.hazard === null && !facts.fire",
    "safeDown = facts.hazard === null",
  ),
  of("SAFE-07", "close-starts-in-fire", 'if (facts.fire) return "fire";', ""),
  of("SAFE-05", "record-used-twice", 'if (facts.recordUsed) return "record_used";', ""),
  of("SAFE-05", "no-rest-after-reversal", "REVERSAL_HOLD_MS = 2_000", "REVERSAL_HOLD_MS = 0"),
  of("SAFE-05", "one-reversal-too-many", "MAX_REVERSALS = 3", "MAX_REVERSALS = 4"),
  of("SAFE-05", "close-while-latched", 'if (facts.latch !== null) return "latched";', ""),
  of("SAFE-06", "close-wins", 'if (facts.openAsked) return "open_wins";', ""),
  of("SAFE-09", "close-from-nowhere", 'if (facts.limit === null) return "position_unknown";', ""),
  of("SAFE-11", "relay-on-for-ten-seconds", "RELAY_MAX_MS = 1_000", "RELAY_MAX_MS = 10_000"),
  of("SAFE-11", "overrun-of-lower-only-told", 'rested(trace.up) && overrun !== "down"', "rested(trace.up)"),
  of("SAFE-11", "overrun-of-raise-only-told", 'rested(trace.down) && overrun !== "up"', "rested(trace.down)"),
  of("SAFE-13", "close-untested", 'if (facts.untested !== null) return "untested";', ""),
  of("SAFE-16", "grant-opens-twice", 'if (grant.used) return "grant_used";', ""),
  of("SAFE-16", "grant-never-too-old", 'return now > grant.notAfter ? "grant_expired" : null;', "return null;"),
  of("SAFE-19", "relays-in-standby", "const free = facts.blocked === null;", "const free = true;"),
  of("SAFE-20", "close-without-record", 'if (facts.record === "") return "no_record";', ""),
  of(
    "SAFE-21",
    "green-before-the-arm-is-up",
    'wanted && facts.limit === "up" && !relays.down',
    "wanted && !relays.down",
  ),
  of("SAFE-21", "green-on-its-way-down", " && !isLowering", ""),
  of("SAFE-21", "green-while-lowering", 'facts.limit === "up" && !relays.down', 'facts.limit === "up"'),
  of("SAFE-22", "open-under-lock", "if (grant.blocked !== null) return grant.blocked;", ""),
  of("SAFE-22", "close-under-lock", "if (facts.blocked !== null) return facts.blocked;", ""),
  of("SAFE-23", "motions-without-pause", "MOTION_SPACING_MS = 500", "MOTION_SPACING_MS = 0"),
  of("SAFE-23", "cycles-without-end", 'if (facts.cycles >= facts.maxCycles) return "too_many_cycles";', ""),
  of("SAFE-01", "hold-while-lowering", "{ onSince: null, offAt: now } } : trace", "trace.up } : trace"),
  of("SAFE-22", "hold-under-lock", 'facts.limit === "up" && facts.blocked === null', 'facts.limit === "up"'),
];

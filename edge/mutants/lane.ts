import type { Mutant } from "./mutant.ts";

const at =
  (file: string) =>
  (rule: string, id: string, find: string, replace: string): Mutant => ({ id, rule, file, find, replace });
const arm = at("lane/arm.ts");
const reads = at("lane/reads.ts");
const decisions = at("lane/decisions.ts");
const grants = at("lane/grants.ts");
const operator = at("lane/operator.ts");
const passage = at("lane/passage.ts");
const crossing = at("lane/crossing-end.ts");
const fail = at("lane/fail-policy.ts");
const maintenance = at("lane/maintenance.ts");
const machine = at("lane/machine.ts");

const SEND_CLOSE = 'emit(turn, { kind: "device", command: { kind: "close", record } });';

/** Faults in what the lane machine asks of the guard: closes, vends, grants, hands. */
export const mutants: readonly Mutant[] = [
  arm(
    "SAFE-20",
    "close-before-its-record",
    'emit(turn, { kind: "record_close", record });',
    `emit(turn, { kind: "record_close", record });\n  ${SEND_CLOSE}`,
  ),
  arm("SAFE-20", "close-though-unrecorded", "  closeUndone(turn);\n}\n", `  ${SEND_CLOSE}\n}\n`),
  arm("SAFE-25", "closes-on-a-crossing-vehicle", 'if (state.crossings.length > 0) return "vehicle_passing";', ""),
  arm(
    "SAFE-25",
    "closes-on-an-admitted-vehicle",
    'return state.grants.length > 0 ? "vehicle_admitted" : null;',
    "return null;",
  ),
  reads("SAFE-27", "reads-never-too-old", "turn.now - one.at < lifeMs", "one.at <= turn.now + lifeMs"),
  reads(
    "SAFE-27",
    "wrong-direction-is-right",
    "credential.direction !== null && credential.direction !== state.direction",
    "credential.direction === undefined",
  ),
  decisions(
    "SAFE-18",
    "late-decision-waited-for",
    "if (turn.now - approach.askedAt < turn.policy.timings.decision_max_ms) return;",
    "return;",
  ),
  fail("SAFE-18", "exit-stays-shut", 'direction === "exit" ? fail.exit === "open"', 'direction === "exit" ? false'),
  fail("SAFE-18", "entry-follows-the-exit", ': fail.entry === "open";', ': fail.exit === "open";'),
  fail("SAFE-18", "debt-not-recorded", "const owed = opens || payment !== null;", "const owed = payment !== null;"),
  grants(
    "SAFE-25",
    "ended-grant-stays",
    "change(turn, { grants: turn.state.grants.filter((_, at) => at !== index) });",
    "",
  ),
  passage("SAFE-25", "grant-serves-two", "{ grants: others, crossings: [...crossings,", "{ crossings: [...crossings,"),
  crossing(
    "SAFE-25",
    "tailgate-not-told",
    'outcome === "passed" && !standsOpen(turn.state) ? "tailgated" : outcome',
    "outcome",
  ),
  operator(
    "SAFE-26",
    "remote-hand-may-all",
    'origin === "remote" && action !== "open"',
    'origin === "remote" && action === "lock"',
  ),
  operator("SAFE-26", "remote-opens-without-end", "if (recent.length >= REMOTE_OPENS_PER_MINUTE) return false;", ""),
  operator("SAFE-25", "hand-without-a-reason", 'if (reason.trim() === "")', 'if (reason === "never")'),
  maintenance(
    "SAFE-22",
    "lock-promised-while-the-arm-moves",
    ' || sensed.blocked !== "maintenance") return;',
    ") return;",
  ),
  machine("SAFE-24", "open-wish-not-told", "if (wantsOpen(turn.state) !== wantsOpen(state))", "if (turn.now < 0)"),
];

import type { Mutant } from "./mutant.ts";

const at =
  (file: string) =>
  (rule: string, id: string, find: string, replace: string): Mutant => ({ id, rule, file, find, replace });
const reducer = at("guard/guard-reducer.ts");
const motion = at("guard/motion.ts");
const loop = at("guard/guard-loop.ts");
const lane = at("guard/guard-lane.ts");
const inputs = at("guard/lane-inputs.ts");
const alarms = at("guard/alarms.ts");

/** Faults in what the guard does. */
export const mutants: readonly Mutant[] = [
  motion("SAFE-04", "hazard-does-not-reverse", "if (view.hazard !== null) return reverse(turn, view.hazard);", ""),
  inputs("SAFE-04", "down-limit-from-one-sample", "ARM_DOWN_MS = 200", "ARM_DOWN_MS = 0"),
  motion("SAFE-04", "hazard-under-a-resting-arm-ignored", 'return raise(turn, "hazard");', "return;"),
  motion("SAFE-05", "arriving-arm-is-reversed", " && !isArriving(turn)", ""),
  motion(
    "SAFE-05",
    "raise-over-something-without-end",
    ' && latched !== "arm_moved") return false;',
    " && now < 0) return false;",
  ),
  motion(
    "SAFE-04",
    "refused-relay-counts-as-pulsed",
    "refusedAt: turn.now, pulseDone: false } });",
    "refusedAt: turn.now, pulseDone: true } });",
  ),
  motion(
    "SAFE-04",
    "lost-pulse-counts-as-given",
    "const isRaise = motion.kind",
    'const isRaise = kind === "relay_failed" && motion.kind',
  ),
  motion("SAFE-04", "board-lost-under-a-lowering-arm", 'if (motion.kind === "lowering") reverse(turn, kind);', ""),
  motion(
    "SAFE-16",
    "refused-command-lives-for-ever",
    "refusedAt !== null && notAfter !== null && now > notAfter",
    "now < 0",
  ),
  motion("SAFE-04", "refused-relay-tried-again-later", "RELAY_RETRY_MS = 50", "RELAY_RETRY_MS = 8_000"),
  lane(
    "SAFE-04",
    "loss-of-a-board-not-heard",
    '      devices.barrier.onRelayLost((relay) => this.feed({ kind: "relay_lost", relay })),\n',
    "",
  ),
  motion("SAFE-04", "reversal-only-stops", '  raise(turn, "reversal");\n', "  update(turn, { motion: RESTING });\n"),
  motion(
    "SAFE-05",
    "reversals-never-latch",
    "if (reversals < MAX_REVERSALS || turn.state.latch !== null) return;",
    "return;",
  ),
  motion("SAFE-05", "blocked-raise-never-latches", 'latch(turn, "not_opened");', ""),
  motion(
    "SAFE-05",
    "arm-that-does-not-arrive-stays",
    'reverse(turn, "not_closed");',
    "update(turn, { motion: RESTING });",
  ),
  motion(
    "SAFE-07",
    "fire-forgets-a-fallen-arm",
    "if (rested) raise(turn, fire ?",
    "if (rested && !fire) raise(turn, fire ?",
  ),
  motion(
    "SAFE-11",
    "pulse-without-end",
    "onSince >= motionSince && turn.now - onSince >= turn.policy.timings.pulse_ms",
    "false",
  ),
  motion("SAFE-11", "fallen-arm-stays-down", '  latch(turn, "arm_moved");\n', ""),
  motion("SAFE-11", "falls-are-not-counted", "{ count: falls.count + 1, at: falls.at }", "{ count: 1, at: falls.at }"),
  motion("SAFE-19", "motion-goes-on-in-standby", "if (turn.state.view.blocked !== null) return giveUp(turn);", ""),
  reducer("SAFE-07", "fire-raises-nothing", 'if (turn.state.view.position !== "up") raise(turn, "fire");', ""),
  reducer("SAFE-07", "fire-of-other-lanes-ignored", '|| event.kind === "fire_in_lot")', ")"),
  reducer("SAFE-07", "reset-in-fire", 'if (fireInLot || fire !== "quiet") {', "if (fireInLot) {"),
  reducer(
    "SAFE-07",
    "fire-is-not-latched",
    "update(turn, { fire: true, closeAsked: null });",
    "update(turn, { closeAsked: null });",
  ),
  reducer(
    "SAFE-16",
    "grant-not-remembered",
    "used: remember(turn.state.used, grant), openAsked: true",
    "openAsked: true",
  ),
  motion("SAFE-05", "rest-skipped-after-reset", "reversals, isReversed: true, lastHazardAt", "reversals, lastHazardAt"),
  reducer(
    "SAFE-05",
    "reset-takes-the-rest-back",
    "latch: null, reversals: 0,",
    "latch: null, isReversed: false, reversals: 0,",
  ),
  reducer("SAFE-05", "record-not-remembered", "    used: remember(state.used, record),\n", ""),
  reducer(
    "SAFE-06",
    "open-of-the-tick-forgotten",
    "used: remember(turn.state.used, grant), openAsked: true",
    "used: remember(turn.state.used, grant)",
  ),
  reducer(
    "SAFE-13",
    "test-passed-once-for-ever",
    "const tests = { ...state.tests, passed: [] };",
    "const tests = state.tests;",
  ),
  reducer("SAFE-22", "lock-stops-a-lowering-arm", '"asked" || waits) return;', '"asked") return;'),
  reducer("SAFE-22", "lock-waits-for-a-lost-board", " && motion.refusedAt === null);", ");"),
  reducer("SAFE-23", "cycles-not-counted", "    closes: [...state.closes, now],\n", ""),
  reducer(
    "SAFE-23",
    "cycles-never-forgotten",
    "state.closes.filter((at) => now - at < CYCLES_WITHIN_MS)",
    "state.closes",
  ),
  reducer("SAFE-15", "reset-silences-alarms", "closeAsked: null, alarms: [] }", "closeAsked: null }"),
  alarms("SAFE-24", "idle-arm-without-alarm", 'add("not_closing")', 'add("cabinet_open")'),
  alarms("SAFE-24", "held-arm-is-idle", "const wanted = keepOpen || fire", "const wanted = fire"),
  lane(
    "SAFE-07",
    "unknown-fire-input-is-quiet",
    'lane.timings.fresh_ms) !== "quiet"',
    'lane.timings.fresh_ms) === "active"',
  ),
  lane("SAFE-07", "lane-without-contact-holds-all", "if (lane.hasFire === false) return false;", ""),
  loop("SAFE-04", "lowering-abandoned-at-stop", "some((lane) => lane.isNeeded)", "some(() => false)"),
  loop("SAFE-11", "stop-waits-for-ever", "this.#clock.mono() < until && [", "["),
  loop("SAFE-04", "close-begun-at-stop", 'this.#isResting && command.kind === "close"', "this.#isOver"),
  lane("SAFE-04", "raise-abandoned-at-stop", ' || (motion.kind === "raising" && !motion.pulseDone)', ""),
  loop("SAFE-10", "watchdog-fed-blindly", "if (!lane.sampledSince(this.#fedAt)) return;", ""),
  loop("SAFE-07", "fire-stays-in-its-lane", 'if (one.kind === "fire" && this.#spreads) this.#spreadFire(lane.id);', ""),
  lane("SAFE-10", "no-round-is-a-round", "at !== null && at > instant", "at === null || at > instant"),
  lane("SAFE-09", "first-output-left-out", "    devices.barrier.allOff(); // SAFE-09: the first output\n", ""),
  lane(
    "SAFE-11",
    "relay-without-a-maximum",
    "devices.barrier.energise(relay, RELAY_MAX_MS)",
    "devices.barrier.energise(relay, 60_000)",
  ),
  lane("SAFE-11", "failed-relay-not-told", "if (!done.ok) this.feed(", "if (!done.ok && false) this.feed("),
];

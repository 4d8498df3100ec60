import type { Mutant } from "./mutant.ts";

const at =
  (file: string) =>
  (rule: string, id: string, find: string, replace: string): Mutant => ({ id, rule, file, find, replace });
const sensed = at("guard/sensed.ts");
const inputs = at("guard/lane-inputs.ts");
const channels = at("guard/channels.ts");
const blind = at("guard/blind-loops.ts");
const tests = at("guard/device-tests.ts");
const supervision = at("guard/supervision.ts");

/** Faults in what the guard believes of its inputs. */
export const mutants: readonly Mutant[] = [
  sensed("SAFE-03", "old-samples-are-fresh", "now - input.sampledAt <= freshMs", "now >= input.sampledAt"),
  sensed(
    "SAFE-03",
    "detector-fault-is-clear",
    '    case "fault":\n    case "unknown":',
    '    case "fault":\n      return "quiet";\n    case "unknown":',
  ),
  sensed(
    "SAFE-03",
    "gap-keeps-the-hold-time",
    "signal === input.signal && isFresh(input, now, freshMs)",
    "signal === input.signal",
  ),
  sensed("SAFE-08", "cut-wire-is-quiet", 'signal === "closed" ? "quiet"', 'signal !== "open" ? "quiet"'),
  sensed("SAFE-12", "clear-at-the-first-sample", "&& now - input.since >= limits.holdMs", ""),
  inputs("SAFE-02", "beam-left-out", '["safety", "photo_eye", "fire", ...doubled', '["safety", "fire", ...doubled'),
  inputs("SAFE-02", "loop-left-out", '["safety", "photo_eye", "fire", ...doubled', '["photo_eye", "fire", ...doubled'),
  inputs(
    "SAFE-03",
    "fire-input-left-out",
    '["safety", "photo_eye", "fire", ...doubled',
    '["safety", "photo_eye", ...doubled',
  ),
  inputs("SAFE-02", "edge-left-out", '...(safety_edge ? (["safety_edge"] as const) : [])', ""),
  inputs("SAFE-14", "second-channel-left-out", '"fire", ...doubled', '"fire"'),
  inputs(
    "SAFE-14",
    "difference-forgotten",
    "protection.second_channels.find((name) => isLatched(channels[name])) ?? null",
    "null",
  ),
  inputs("SAFE-15", "restart-forgotten", "name in blind || !isClear", "!isClear"),
  inputs(
    "SAFE-09",
    "both-limits-is-up",
    '(up === "active" && down === "active") return "unknown"',
    '(up === "active" && down === "active") return "up"',
  ),
  inputs("SAFE-03", "dead-limits-are-quiet", 'if (up === "unknown" || down === "unknown") return "unknown";', ""),
  inputs(
    "SAFE-19",
    "selector-left-out",
    'standby_selector && !isClear(inputs.outputs_enabled, now, limits) ? "standby" : null',
    "null",
  ),
  inputs(
    "SAFE-19",
    "unknown-selector-points-here",
    "!isClear(inputs.outputs_enabled, now, limits)",
    'inputs.outputs_enabled.signal === "active"',
  ),
  inputs("SAFE-22", "lock-without-effect", 'if (maintenance === "on") return "maintenance";', ""),
  inputs("SAFE-07", "fire-input-without-effect", 'state.fire || inputs.fire.signal === "active"', "state.fire"),
  channels(
    "SAFE-14",
    "one-channel-proves-both",
    'first === "active" && second === "active"',
    'first === "active" || second === "active"',
  ),
  channels("SAFE-14", "proven-before-clear", "return clear ? AGREE : pair;", "return AGREE;"),
  channels(
    "SAFE-14",
    "difference-never-latches",
    '>= later(pair.since, DISCREPANCY_MS) ? { at: "latched" } : pair',
    ">= later(pair.since, DISCREPANCY_MS) ? AGREE : pair",
  ),
  blind("SAFE-15", "flap-is-a-transit", "TRANSIT_MIN_MS = 300", "TRANSIT_MIN_MS = 0"),
  blind("SAFE-15", "tuning-is-a-transit", "TUNING_MAX_MS = 20_000", "TUNING_MAX_MS = 0"),
  blind("SAFE-15", "witnesses-for-a-second", "WITNESS_MS = 60_000", "WITNESS_MS = 1_000"),
  blind("SAFE-15", "blind-witnesses", "one !== name && !(one in blind) &&", "one !== name &&"),
  blind("SAFE-15", "witnesses-from-elsewhere", " && clear.some((one) => SAME_PLACE.includes(one))", ""),
  blind(
    "SAFE-15",
    "fault-passes-by-itself",
    "now - since < WITNESS_MS || !isClear(inputs[name], now, limits)",
    "now - since < WITNESS_MS",
  ),
  blind("SAFE-15", "covered-is-crossed", "return covered && isClear(", "return isClear("),
  supervision(
    "SAFE-15",
    "fault-does-not-blind",
    'event.signal === "restarted" || event.signal === "fault"',
    'event.signal === "restarted"',
  ),
  supervision(
    "SAFE-15",
    "restart-does-not-blind",
    'event.signal === "restarted" || event.signal === "fault"',
    'event.signal === "fault"',
  ),
  supervision("SAFE-22", "test-under-lock", "view.blocked === null && !fire", "!fire"),
  tests(
    "SAFE-13",
    "deaf-device-passes",
    'sight.signal(name) === (on ? "active" : "quiet")',
    'sight.signal(name) === "quiet"',
  ),
  tests(
    "SAFE-13",
    "stuck-device-passes",
    "if (answered && on) return { ...tests, running: { name, on: false, since: sight.now } };",
    "",
  ),
];

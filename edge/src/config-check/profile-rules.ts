import type { BarrierProfile } from "@gatehouse/shared/contracts/config/profiles/barrier.ts";
import type { DeviceProfiles } from "@gatehouse/shared/contracts/config/profiles/device-profiles.ts";
import type { RelayBoardProfile } from "@gatehouse/shared/contracts/config/profiles/relay-board.ts";
import { TO_BE_MEASURED } from "@gatehouse/shared/contracts/config/profiles/source.ts";
import type { SiteBoard } from "@gatehouse/shared/contracts/config/site/boards.ts";
import { cyclesAnHour } from "@gatehouse/shared/contracts/config/site/protection.ts";
import type { Site, SiteLane } from "@gatehouse/shared/contracts/config/site/site.ts";
import { pointsOf } from "@gatehouse/shared/contracts/config/site/wired-points.ts";
import type { WiredLane } from "@gatehouse/shared/contracts/config/site/wiring.ts";
import { TUNING_MAX_MS } from "../guard/blind-loops.ts";
import { checkLines } from "./bus-rules.ts";
import { lineTimes, typicalAnswerMs } from "./bus-time.ts";
import type { RuleFinding, Tell } from "./rule-finding.ts";

/** What a site file and the profiles that it names say together. */
export function checkProfiles(site: Site, profiles: DeviceProfiles): readonly RuleFinding[] {
  const findings: RuleFinding[] = [];
  const add =
    (severity: RuleFinding["severity"]): Tell =>
    (key, message, help) =>
      void findings.push({ severity, key, message, help: help ?? null });
  const [error, warn] = [add("error"), add("warning")];
  for (const [at, board] of site.boards.entries()) checkBoard(board, ["boards", at], { profiles, error, warn });
  checkLines(site, { profiles, error, warn });
  for (const [at, lane] of site.lanes.entries()) {
    const { wiring } = lane;
    if (wiring.driver !== "wired") continue;
    const key = ["lanes", at, "wiring"];
    checkChannels(wiring, key, { site, profiles, error });
    checkBarrier({ lane, wiring, at }, { profiles, error, warn });
    checkDetectors(wiring, key, { profiles, error, warn });
    checkFreshness({ lane, wiring, at }, { site, profiles, error });
  }
  return findings;
}

function noProfile(name: string, known: Readonly<Record<string, unknown>>): string {
  return `there is no profile "${name}"; there are: ${Object.keys(known).join(", ") || "none"}`;
}

function checkBoard(
  board: SiteBoard,
  key: RuleFinding["key"],
  { profiles, error, warn }: { profiles: DeviceProfiles; error: Tell; warn: Tell },
): void {
  if (board.driver === "gpio" || board.driver === "serial_loop") return;
  const profile = profiles.relay_board[board.profile];
  if (!profile) return error([...key, "profile"], noProfile(board.profile, profiles.relay_board));
  if (!profile.bus.includes(board.driver))
    error([...key, "driver"], `${profile.model} does not speak ${board.driver}; it speaks ${profile.bus.join(", ")}`);
  if (board.driver === "modbus_rtu" && profile.bauds.length > 0 && !profile.bauds.includes(board.baud))
    error([...key, "baud"], `${profile.model} can't be set to ${board.baud}; it can be ${profile.bauds.join(", ")}`);
  if (profile.outputs && !holdsNothing(profile))
    warn(
      [...key, "profile"],
      `${profile.model} keeps a relay on when this computer dies`,
      "It has no timed pulse of its own short enough: switch its watchdog on, or use the barrier's impulse input.",
    );
}

/** Whether a dead computer can't leave a relay of the board on for longer than a second (SAFE-11). */
function holdsNothing({ pulse, watchdog }: RelayBoardProfile): boolean {
  const RELAY_MAX_MS = 1_000;
  return (pulse !== undefined && pulse.least * pulse.unit_ms <= RELAY_MAX_MS) || watchdog !== undefined;
}

function checkChannels(
  wiring: WiredLane,
  key: RuleFinding["key"],
  { site, profiles, error }: { site: Site; profiles: DeviceProfiles; error: Tell },
): void {
  for (const { kind, path, point } of pointsOf(wiring)) {
    const board = site.boards.find(({ id }) => id === point.board);
    if (!board || board.driver === "gpio" || board.driver === "serial_loop") continue;
    const profile = profiles.relay_board[board.profile];
    if (!profile) continue;
    const side = kind === "output" ? profile.outputs : profile.inputs;
    const place = [...key, ...path, "channel"];
    if (!side) error(place, `${profile.model} has no ${kind}s`);
    else if (Number(point.channel) < side.first || Number(point.channel) >= side.first + side.count)
      error(
        place,
        `${profile.model} has ${kind}s ${side.first} to ${side.first + side.count - 1}, no ${point.channel}`,
      );
  }
}

function checkBarrier(
  { lane, wiring, at }: { lane: SiteLane; wiring: WiredLane; at: number },
  { profiles, error, warn }: { profiles: DeviceProfiles; error: Tell; warn: Tell },
): void {
  const { profile: name } = wiring.barrier;
  if (name === undefined) return;
  const key = ["lanes", at, "wiring", "barrier"];
  const profile = profiles.barrier[name];
  if (!profile) return error([...key, "profile"], noProfile(name, profiles.barrier));
  const { pulse_ms, travel_max_ms } = lane.timings;
  const { least, most } = profile.pulse_ms ?? {};
  const pulseKey = ["lanes", at, "timings", "pulse_ms"];
  if (typeof least === "number" && pulse_ms < least)
    error(pulseKey, `${profile.model} wants pulses of at least ${least} ms, this is ${pulse_ms}`);
  if (typeof most === "number" && pulse_ms > most)
    error(pulseKey, `${profile.model} wants pulses of at most ${most} ms, this is ${pulse_ms}`);
  for (const way of ["up", "down"] as const) {
    const travel = profile.travel_ms[way];
    if (typeof travel === "number" && travel_max_ms < travel)
      error(
        ["lanes", at, "timings", "travel_max_ms"],
        `${profile.model} may take ${travel} ms ${way}, but ${travel_max_ms} ms counts as a fault`,
        "Take its time and a third more.",
      );
  }
  const { cycles_per_hour } = profile.duty;
  if (cycles_per_hour !== undefined && cyclesAnHour(lane.protection) > cycles_per_hour)
    error(
      ["lanes", at, "protection"],
      `${profile.model} stands ${cycles_per_hour} cycles an hour, the lane allows ${cyclesAnHour(lane.protection)}`,
      `Write protection: { cycles_an_hour: ${cycles_per_hour} } (SAFE-23).`,
    );
  if (wiring.barrier.hold && !profile.commands.hold)
    error([...key, "hold"], `${profile.model} has no input that holds the arm up`);
  for (const command of ["raise", "lower"] as const)
    if (profile.commands[command].form === "held")
      error(
        [...key, command],
        `${profile.model} wants ${profile.commands[command].terminal} held; this agent gives pulses`,
      );
  checkStop(wiring, key, { profile, error, warn });
  checkPower(profile, key, { error, warn });
  for (const command of ["raise", "lower"] as const)
    if (profile.commands[command].form === TO_BE_MEASURED)
      warn(
        [...key, command],
        `no manual says whether a pulse is enough for ${profile.model}`,
        "See at commissioning that a pulse moves the arm all the way.",
      );
  if (!profile.limit_outputs)
    warn(
      [...key, "limits"],
      `${profile.model} has no outputs for its limits`,
      "Fit limit switches to the arm's shaft.",
    );
}

function checkStop(
  { barrier }: WiredLane,
  key: RuleFinding["key"],
  { profile, error, warn }: { profile: BarrierProfile; error: Tell; warn: Tell },
): void {
  if (!barrier.stop) return;
  const { stop } = profile.commands;
  if (!stop) error([...key, "stop"], `no stop input is known of ${profile.model}`);
  else if (stop.contact === "normally_closed")
    warn(
      [...key, "stop"],
      `${profile.model} stops while ${stop.terminal} is open`,
      "The agent keeps this relay off: wire the relay's N/C contact.",
    );
}

/** Nobody watches the arm while the computer starts after the power came back: it must not come down by itself then. */
function checkPower(
  { model, power_failure, power_return, own_close }: BarrierProfile,
  key: RuleFinding["key"],
  { error, warn }: { error: Tell; warn: Tell },
): void {
  if (power_return === "closes")
    error(
      [...key, "profile"],
      `${model} lowers its arm by itself when the power comes back; nobody looks under it then`,
    );
  if (power_return === "settable")
    warn(
      [...key, "profile"],
      `${model} can be set to lower its arm by itself when the power comes back; see that it isn't`,
      own_close,
    );
  if (power_failure === "falls")
    warn([...key, "profile"], `the arm of ${model} comes down when the power goes, also on a vehicle`);
}

function checkDetectors(
  { loops }: WiredLane,
  key: RuleFinding["key"],
  { profiles, error, warn }: { profiles: DeviceProfiles; error: Tell; warn: Tell },
): void {
  for (const [at, detector] of loops.detectors.entries()) {
    if (detector.profile === undefined) continue;
    const place = [...key, "loops", "detectors", at];
    const profile = profiles.loop_detector[detector.profile];
    if (!profile) {
      error([...place, "profile"], noProfile(detector.profile, profiles.loop_detector));
      continue;
    }
    if (detector.loops.length > profile.loops)
      error([...place, "loops"], `${profile.model} watches ${profile.loops} loops, not ${detector.loops.length}`);
    if (detector.fault && !profile.outputs.some(({ gives }) => gives.includes("fault")))
      error([...place, "fault"], `${profile.model} has no fault output`);
    const guarded = detector.loops.filter((loop) => loop === "safety" || loop === "safety_b");
    if (guarded.length > 0 && profile.presence_limit === "always")
      error(
        [...place, "profile"],
        `${profile.model} gives up a vehicle that stands long; it can't watch ${guarded[0]}`,
      );
    const isFailSafe = profile.outputs.some(
      ({ gives, power_off }) => gives.includes("presence") && (power_off === "as_vehicle" || power_off === "either"),
    );
    if (guarded.length > 0 && !isFailSafe)
      error(
        [...place, "profile"],
        `${profile.model} isn't known to tell a vehicle without power; it can't watch ${guarded[0]} (SAFE-03)`,
      );
    if (guarded.length > 0 && profile.fault_as === "no_vehicle")
      error(
        [...place, "profile"],
        `${profile.model} tells no vehicle while its loop is broken; it can't watch ${guarded[0]} (SAFE-03)`,
      );
    if (guarded.length > 0 && typeof profile.tune_ms === "number" && profile.tune_ms > TUNING_MAX_MS)
      error(
        [...place, "profile"],
        `${profile.model} tunes for up to ${profile.tune_ms} ms, of which the lane waits for ${TUNING_MAX_MS}; it can't watch ${guarded[0]} (SAFE-15)`,
      );
  }
  for (const name of ["safety", "safety_b"] as const) {
    if (loops[name] === undefined) continue;
    const at = loops.detectors.findIndex((detector) => detector.loops.includes(name));
    const detector = loops.detectors[at];
    const profile = profiles.loop_detector[detector?.profile ?? ""];
    if (detector?.fault || detector?.power || profile?.remembers_vehicle === true) continue;
    warn(
      detector ? [...key, "loops", "detectors", at] : [...key, "loops", name],
      `${profile?.model ?? "its detector"} isn't known to see a vehicle that stood on ${name} before its power was away, and nothing tells the lane of that (SAFE-15)`,
      "Write under `detectors` what tells it: the detector's fault output as `fault`, the contact of a relay at its supply as `power`, or `power: with_board` where one supply feeds it and the board of its loop.",
    );
  }
}

function checkFreshness(
  { lane, wiring, at }: { lane: SiteLane; wiring: WiredLane; at: number },
  { site, profiles, error }: { site: Site; profiles: DeviceProfiles; error: Tell },
): void {
  const inputs = new Set(pointsOf(wiring).flatMap(({ kind, point }) => (kind === "input" ? [point.board] : [])));
  for (const [nth, board] of site.boards.entries()) {
    if (board.driver !== "modbus_rtu" || !inputs.has(board.id)) continue;
    const sharing = site.boards.flatMap((one) =>
      one.driver === "modbus_rtu" && one.path === board.path ? [profiles.relay_board[one.profile]] : [],
    );
    const known = sharing.filter((one) => one !== undefined);
    const { roundMs } = lineTimes(board, known, typicalAnswerMs);
    if (roundMs <= lane.timings.fresh_ms) continue;
    error(
      ["boards", nth, "baud"],
      `reading this bus takes up to ${roundMs} ms a round, but lane ${lane.code} believes an input for ${lane.timings.fresh_ms} ms`,
      `Set the boards and \`baud\` to a higher speed, or give lane ${at + 1} a bus of its own.`,
    );
  }
}

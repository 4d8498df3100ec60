import type { TelemetryLane } from "@gatehouse/shared/contracts/mqtt/link.ts";
import type { LaneInspection } from "../../lane/lane-runner.ts";
import type { Finding } from "../contract.ts";
import { fault, fine, warning } from "./fine.ts";

/** What a lane's alarm means, and what to do before it is reset. The first key that the alarm's code begins with counts. */
const ALARMS: readonly (readonly [begin: string, meaning: string, advice: string])[] = [
  [
    "fire",
    "the fire input opened all gates, latched",
    "When the fire is over and the contact is closed again, reset each lane.",
  ],
  [
    "latched_reversals",
    "the arm reversed three times and stays open",
    "Look for what is under the arm or makes a loop or photo-eye flap (gate loops), then reset.",
  ],
  [
    "latched_not_opened",
    "the arm was told to rise and did not arrive",
    "Check the barrier's power, its fuse, the relay `up` and the limit input `up` (gate relay test), then reset.",
  ],
  [
    "latched_relay",
    "a relay did not do what it was told; it may be welded",
    "Switch the barrier off, change the relay or its board, then reset.",
  ],
  [
    "relay_",
    "a relay did not do what it was told; it may be welded",
    "Switch the barrier off, change the relay, then reset.",
  ],
  [
    "latched_arm_moved",
    "the arm left its place without a command",
    "Check the barrier's drive and its belt, then reset.",
  ],
  [
    "arm_moved",
    "the arm went up without a command",
    "Look whether somebody raised it by hand or another controller is wired in parallel.",
  ],
  [
    "channels_differ",
    "two channels of one safety input contradict each other",
    "Check both sensors and their wires. It clears by itself after both were seen active, then clear.",
  ],
  [
    "loop_restarted",
    "a loop detector lost power or was re-tuned",
    "Drive one vehicle through; look for a loose supply wire if it comes again.",
  ],
  [
    "device_test_failed",
    "a safety device failed its test before closing",
    "Check the device and its test wire; the lane does not close by itself until it passes.",
  ],
  [
    "too_many_cycles",
    "more cycles an hour than the motor is made for",
    "Closing waits. Look for a flapping cause, or a bigger motor class.",
  ],
  [
    "not_closing",
    "the arm stays up though nothing stops it",
    "Check relay `down`, the limit input `down` and the spring (gate relay test).",
  ],
  ["cabinet_open", "the cabinet's door is open", "Close it; find out who opened it."],
  ["sampling_stopped", "the inputs are not sampled any more", "Check the board and its bus; the outputs are off."],
  ["store_failed", "a close could not be recorded, so the arm stays up", "See the finding on the store or disk."],
  ["decision_failed", "vehicles came and no decision could be made", "See the finding on the store."],
];

const UNKNOWN_ALARM = "Look at the lane and remove the cause";

/** Alarms, mode and inputs of one lane. */
export function laneFindings(lane: TelemetryLane, inside: LaneInspection | null): readonly Finding[] {
  const findings = [
    ...modeFindings(lane),
    ...lane.alarms.map((code) => alarmFinding(lane, code)),
    ...inputFindings(lane, inside),
  ];
  if (findings.length > 0) return findings;
  return [fine(`lane.${lane.code}`, `Lane ${lane.code} is ${lane.mode}, barrier ${lane.barrier}.`)];
}

function alarmFinding({ code: lane }: TelemetryLane, code: string): Finding {
  const known = ALARMS.find(([begin]) => code.startsWith(begin));
  const advice = known?.[2] ?? UNKNOWN_ALARM;
  return fault(
    `lane.${lane}.${code}`,
    `Lane ${lane}: alarm ${code}${known ? `: ${known[1]}` : ""}.`,
    `${advice.replace(/\.$/, "")}. To reset: gate reset ${lane} --reason "what was done"`,
  );
}

function modeFindings({ code, mode }: TelemetryLane): readonly Finding[] {
  const id = `lane.${code}.mode`;
  switch (mode) {
    case "maintenance":
      return [
        warning(
          id,
          `Lane ${code} is under maintenance lock: no relay moves, also after a restart.`,
          `When nobody works at it any more: gate maintenance ${code} off --reason "work done"`,
        ),
      ];
    case "held_open":
    case "locked":
      return [
        warning(
          id,
          `Lane ${code} is ${mode.replace("_", " ")} by hand.`,
          `To let it work: gate automatic ${code} --reason "..."`,
        ),
      ];
    case "out_of_service":
      return [
        fault(
          id,
          `Lane ${code} is out of service: its inputs are not known.`,
          "Check the board and the wires of its inputs (gate loops).",
        ),
      ];
    default:
      return [];
  }
}

/** Each input that can't be believed, by name: a broken wire, or a board that says nothing. */
function inputFindings(lane: TelemetryLane, inside: LaneInspection | null): readonly Finding[] {
  const signals = Object.entries(inside?.signals?.inputs ?? lane.loops);
  const dead = signals
    .filter(([, signal]) => signal === "unknown" || signal === "fault")
    .map(([name]) => inputName(name));
  const findings: Finding[] = [];
  if (dead.length > 0)
    findings.push(
      fault(
        `lane.${lane.code}.inputs`,
        `Lane ${lane.code}: no good signal from ${dead.join(", ")}.`,
        "Check the detector's or board's power and the wire. The arm stays where it is; it is never lowered without clear inputs.",
      ),
    );
  const limits = inside?.signals?.inputs;
  if (limits?.limit_up === "active" && limits.limit_down === "active")
    findings.push(
      fault(
        `lane.${lane.code}.limits`,
        `Lane ${lane.code}: both limit inputs say that the arm is there.`,
        "One limit switch or its wire is faulty; check both at the terminals.",
      ),
    );
  if (lane.mode === "automatic" && limits?.photo_eye === "active" && lane.loops.safety === "clear")
    findings.push(
      warning(
        `lane.${lane.code}.photo_eye`,
        `Lane ${lane.code}: the photo-eye is interrupted while no vehicle stands under the arm.`,
        "Clean and align it; if it is, its wire is broken or it is wired normally open.",
      ),
    );
  return findings;
}

function inputName(name: string): string {
  return name === "arming" || name === "safety" || name === "closing" ? `${name} loop` : name.replaceAll("_", " ");
}

import type { GuardAlarm, GuardReport } from "./guard-reports.ts";

/** What a technician reads of an alarm of the guard, and what to do about it. */
export function alarmSentence({ code, detail }: GuardAlarm): string {
  switch (code) {
    case "channels_differ":
      return `The two channels of ${detail} contradict each other. Check both; the arm stays up until both have been active and then clear.`;
    case "loop_restarted":
      return `The detector of loop ${detail} restarted or had a fault. Check that nothing stands on it; it counts again after a vehicle, or when the beam and another input are clear for 60 s.`;
    case "device_test_failed":
      return `${detail} does not answer its test. Check the device and its test wire; the arm stays up until it passes.`;
    case "too_many_cycles":
      return "The barrier has made as many cycles this hour as its motor bears. It opens, and closes again later.";
    case "not_closing":
      return "The lane is clear and the arm does not come down. `gate journal` tells what refused the close.";
    case "cabinet_open":
      return "The cabinet's door is open.";
    case "sampling_stopped":
      return "A driver of the lane's inputs has stopped. The watchdog gets no food, so the agent will be restarted.";
  }
}

/** The same of a fault of the barrier or its outputs. */
export function faultSentence({ code }: Extract<GuardReport, { kind: "fault" }>): string {
  switch (code) {
    case "relay_overrun":
      return "A relay was on for longer than its maximum and was switched off.";
    case "relay_failed":
      return "The board of the relays did not take a command. Check its power and its bus.";
    case "arm_moved":
      return "The arm came down without a command. Look for a welded relay, or somebody at the barrier's own controls.";
  }
}

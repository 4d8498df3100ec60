import { Argument } from "commander";
import type { LaneCommandRequest } from "../../local-api/contract.ts";
import { addCommand, type Gate, GROUPS, LANE_HELP, lazy, REASON_HELP } from "./shape.ts";

const laneCommand = lazy(async () => (await import("../commands/lane-command.ts")).laneCommand);

type Action = LaneCommandRequest["action"];

const PLAIN: readonly (readonly [Action, about: string, reason: string])[] = [
  ["open", "open a lane's barrier once, by hand", "ambulance behind a van"],
  ["close", "take back what was granted and close when it is clear", "driver gave up"],
  ["hold", "open and stay open; passages are still counted", "fire brigade comes"],
  ["lock", "close and let nobody in or out", "resurfacing the lane"],
  ["automatic", "let the lane work by itself again", "work is done"],
  ["reset", "clear a lane's alarm after its cause was removed", "changed the belt"],
];

/** What moves a lane or changes how it works; each with a reason. */
export function addMoveCommands({ program, context }: Gate): void {
  const group = GROUPS.move;
  for (const [action, about, reason] of PLAIN)
    addCommand(program, action, { group, about, examples: [`gate ${action} in-1 --reason "${reason}"`] })
      .argument("<lane>", LANE_HELP)
      .requiredOption("--reason <text>", REASON_HELP)
      .action((lane: string, { reason: why }: { reason: string }) =>
        laneCommand(context(), lane, { action, reason: why }),
      );
  addCommand(program, "maintenance", {
    group,
    about: "lock a lane for people who work at it: no relay moves, also after a restart",
    examples: [
      'gate maintenance in-1 on --reason "changing the belt"',
      'gate maintenance in-1 off --reason "belt changed"',
    ],
  })
    .argument("<lane>", LANE_HELP)
    .addArgument(new Argument("<state>", "on or off").choices(["on", "off"]))
    .requiredOption("--reason <text>", REASON_HELP)
    .action((lane: string, state: string, { reason }: { reason: string }) =>
      laneCommand(context(), lane, { action: state === "on" ? "maintenance_on" : "maintenance_off", reason }),
    );
  addCommand(program, "direction", {
    group,
    about: "turn a reversible lane, while nobody is in it",
    examples: ['gate direction mid-1 exit --reason "end of the match"'],
  })
    .argument("<lane>", LANE_HELP)
    .addArgument(new Argument("<direction>", "entry or exit").choices(["entry", "exit"]))
    .requiredOption("--reason <text>", REASON_HELP)
    .action((lane: string, direction: string, { reason }: { reason: string }) =>
      laneCommand(context(), lane, { action: direction === "entry" ? "direction_entry" : "direction_exit", reason }),
    );
  addCommand(program, "lost-ticket", {
    group,
    about: "the driver at an exit has lost the ticket: found by plate, else the fixed fee",
    examples: ['gate lost-ticket out-1 --reason "driver called"'],
  })
    .argument("<lane>", LANE_HELP)
    .requiredOption("--reason <text>", REASON_HELP)
    .action((lane: string, { reason }: { reason: string }) =>
      laneCommand(context(), lane, { action: "lost_ticket", reason }),
    );
}

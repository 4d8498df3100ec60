import { addCommand, filled, type Gate, GROUPS, LANE_HELP, lazy, rowCount, seconds } from "./shape.ts";

const journal = lazy(async () => (await import("../commands/journal.ts")).journal);
const lanes = lazy(async () => (await import("../commands/lanes.ts")).lanes);
const loops = lazy(async () => (await import("../commands/loops.ts")).loops);
const sessions = lazy(async () => (await import("../commands/sessions.ts")).sessions);
const status = lazy(async () => (await import("../commands/status.ts")).status);
const watch = lazy(async () => (await import("../commands/watch.ts")).watch);

interface JournalFlags {
  readonly lane?: string;
  readonly kind?: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit: number;
  readonly follow: boolean;
  readonly replay: boolean;
}

/** What there is to see. */
export function addSeeCommands(gate: Gate): void {
  addLanes(gate);
  addInputs(gate);
  addSessions(gate);
  addJournal(gate);
}

const group = GROUPS.see;

function addLanes({ program, context }: Gate): void {
  addCommand(program, "status", {
    group,
    about: "the lot at a glance",
    examples: ["gate status", "gate status --json"],
  }).action(() => status(context()));
  addCommand(program, "lanes", {
    group,
    about: "each lane with its barrier and loops",
    examples: ["gate lanes", "gate lanes --wait-clear 600 && sudo gate update FILE"],
  })
    .option(
      "--wait-clear <s>",
      "first wait until no lane is in use, for so many seconds; exit code 5 when one still is",
      seconds,
    )
    .action(({ waitClear }: { waitClear?: number }) => lanes(context(), { waitClearS: waitClear ?? null }));
  addCommand(program, "watch", {
    group,
    about: "live picture of the lanes; q ends, arrows choose, enter shows one lane",
    examples: ["gate watch", "gate watch in-1", "gate watch --json | head -1"],
  })
    .argument("[lane]", "only this lane")
    .action((lane?: string) => watch(context(), lane ?? null));
}

function addInputs({ program, context }: Gate): void {
  addCommand(program, "loops", {
    group,
    about: "every input and relay one by one",
    examples: ["gate loops", "gate loops in-1 --follow"],
  })
    .argument("[lane]", "only this lane")
    .option("-f, --follow", "until Ctrl-C", false)
    .action((lane: string | undefined, { follow }: { follow: boolean }) =>
      loops(context(), { lane: lane ?? null, follow }),
    );
}

function addSessions({ program, context }: Gate): void {
  addCommand(program, "sessions", {
    group,
    about: "who is inside",
    examples: ["gate sessions", "gate sessions --plate BAB1234 --all"],
  })
    .option("--all", "also stays that have ended", false)
    .option("--plate <plate>", "only this plate", filled)
    .option("--limit <n>", "most rows, 1 to 1000", rowCount, 50)
    .action(({ all, plate, limit }: { all: boolean; plate?: string; limit: number }) =>
      sessions(context(), { all, plate: plate ?? null, limit }),
    );
}

function addJournal({ program, context }: Gate): void {
  addCommand(program, "journal", {
    group,
    about: "what happened in the lanes, the latest last; --replay goes through it again",
    examples: [
      "gate journal --lane in-1 --from -2h",
      "gate journal --kind lane.alarm --from 2026-11-22",
      "gate journal --follow",
      "gate journal --lane in-1 --from 14:00 --to 14:05 --replay",
    ],
  })
    .option("--lane <lane>", LANE_HELP)
    .option("--kind <kind>", "only this kind, or kinds that begin so: lane., guard., technician.")
    .option("--from <time>", "14:05, 2026-11-22 14:05, or -2h")
    .option("--to <time>", "the same")
    .option("--limit <n>", "most rows, 1 to 1000", rowCount, 50)
    .option("-f, --follow", "go on until Ctrl-C", false)
    .option("--replay", "feed the recorded steps of a lane to its machine again and compare", false)
    .action(({ lane, kind, from, to, ...flags }: JournalFlags) =>
      journal(context(), { lane: lane ?? null, kind: kind ?? null, from: from ?? null, to: to ?? null, ...flags }),
    );
}

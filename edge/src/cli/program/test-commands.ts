import { SECOND_MS } from "@gatehouse/shared/kit/durations.ts";
import { addCommand, fraction, type Gate, GROUPS, LANE_HELP, lazy, REASON_HELP, seconds } from "./shape.ts";

const cameraTest = lazy(async () => (await import("../commands/camera-test.ts")).cameraTest);
const decide = lazy(async () => (await import("../commands/decide.ts")).decide);
const doctor = lazy(async () => (await import("../commands/doctor.ts")).doctor);
const read = lazy(async () => (await import("../commands/read.ts")).read);
const relayTest = lazy(async () => (await import("../commands/relay-test.ts")).relayTest);
const selftest = lazy(async () => (await import("../commands/selftest.ts")).selftest);

export const DATA_DIR_HELP = "the agent's data directory";

export interface TestCommandsOptions extends Gate {
  readonly defaultDataDir: string;
}

/** Commissioning, faults, and explaining. */
export function addTestCommands({ defaultDataDir, ...gate }: TestCommandsOptions): void {
  addRelayTest(gate);
  addCameraTest(gate);
  addRead(gate);
  addDecide(gate);
  addSelftest(gate);
  addDoctor({ ...gate, defaultDataDir });
}

const group = GROUPS.test;

function addRelayTest({ program, context }: Gate): void {
  const relay = addCommand(program, "relay", {
    group,
    about: "test relays: gate relay test LANE",
    examples: ['gate relay test in-1 --reason "after rewiring"'],
  });
  addCommand(relay, "test", {
    group,
    about: "raise and lower the arm of an empty lane once and measure; every interlock holds",
    examples: [
      'gate relay test in-1 --reason "after rewiring"',
      'gate relay test in-1 --reason "after rewiring" --clear',
    ],
  })
    .argument("<lane>", LANE_HELP)
    .requiredOption("--reason <text>", REASON_HELP)
    .option("--clear", "do not ask whether the lane is clear: you have looked", false)
    .action((lane: string, { reason, clear }: { reason: string; clear: boolean }) =>
      relayTest(context(), lane, { reason, isClear: clear }),
    );
}

function addCameraTest({ program, context }: Gate): void {
  const camera = addCommand(program, "camera", {
    group,
    about: "test cameras: gate camera test [CAMERA]",
    examples: ["gate camera test", "gate camera test cam-in-1"],
  });
  addCommand(camera, "test", {
    group,
    about: "how each camera does; of one also whether a read comes",
    examples: [
      "gate camera test",
      "gate camera test cam-in-1 --wait 60",
      "gate camera test cam-in-1 --snapshot view.jpg",
    ],
  })
    .argument("[camera]", "the camera's id in the site file")
    .option("--wait <seconds>", "how long a read is waited for; 0: not at all", seconds, 30)
    .option("--snapshot <file>", "put a picture of the camera there")
    .action((id: string | undefined, { wait, snapshot }: { wait: number; snapshot?: string }) =>
      cameraTest(context(), { camera: id ?? null, waitMs: wait * SECOND_MS, snapshotFile: snapshot ?? null }),
    );
}

function addRead({ program, context }: Gate): void {
  addCommand(program, "read", {
    group,
    about: "offer a plate to a lane as its camera would",
    examples: ["gate read BAB1234 --lane in-1"],
  })
    .argument("<plate>", "plate text")
    .requiredOption("--lane <lane>", LANE_HELP)
    .option("--confidence <0..1>", "confidence of the read", fraction)
    .action((plate: string, { lane, confidence }: { lane: string; confidence?: number }) =>
      read(context(), plate, { lane, confidence: confidence ?? null }),
    );
}

function addDecide({ program, context }: Gate): void {
  addCommand(program, "decide", {
    group,
    about: "what would be decided for a plate, and why; nothing opens",
    examples: [
      "gate decide BAB1234 --lane in-1",
      "gate decide BAB1234 --lane out-1 --at 18:30",
      "gate decide T-7K2M-91 --code --lane out-1",
    ],
  })
    .argument("<plate>", "plate text, or with --code a ticket, QR code, card or PIN")
    .requiredOption("--lane <lane>", LANE_HELP)
    .option("--at <time>", "14:05, 2026-11-22 14:05, or -2h; now when left out")
    .option("--code", "it is a ticket or another code, not a plate", false)
    .option("--lost-ticket", "the driver says that the ticket is lost", false)
    .action(
      (
        text: string,
        { lane, at, code, lostTicket }: { lane: string; at?: string; code: boolean; lostTicket: boolean },
      ) => decide(context(), text, { lane, at: at ?? null, isCode: code, lostTicket }),
    );
}

function addSelftest({ program, context }: Gate): void {
  addCommand(program, "selftest", {
    group,
    about: "guided commissioning of a lane, with a report",
    examples: ["gate selftest in-1", "gate selftest in-1 --report in-1.html"],
  })
    .argument("<lane>", LANE_HELP)
    .option("--report <file>", "where the report goes; LANE-selftest.html when left out")
    .option("--fresh", "begin anew although an interrupted test could go on", false)
    .option("--auto", "ask nobody: for a lane that is played by a simulator", false)
    .action((lane: string, { report, fresh, auto }: { report?: string; fresh: boolean; auto: boolean }) =>
      selftest(context(), lane, { reportFile: report ?? `${lane}-selftest.html`, isAutomatic: auto, isFresh: fresh }),
    );
}

function addDoctor({ program, context, defaultDataDir }: TestCommandsOptions): void {
  addCommand(program, "doctor", {
    group,
    about: "look the lot over and say what to do",
    examples: ["gate doctor", "gate doctor --json"],
  })
    .option("--data-dir <dir>", `${DATA_DIR_HELP}; looked at when no agent answers`, defaultDataDir)
    .action(({ dataDir }: { dataDir: string }) => doctor(context(), { dataDir }));
}

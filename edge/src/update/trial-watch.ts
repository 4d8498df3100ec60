import type { TelemetryLane } from "@gatehouse/shared/contracts/mqtt/link.ts";
import type { Clock, MonoMs, Timer } from "@gatehouse/shared/kit/clock.ts";
import type { Service } from "@gatehouse/shared/kit/lifecycle.ts";
import { writeFileDurably } from "../uplink/durable-file.ts";
import { decideTrial } from "./decide-trial.ts";
import { placesOf, statePath } from "./places.ts";
import { updateFiles } from "./update-files.ts";
import { parseState, type TrialVerdict } from "./update-state.ts";

const LOOK_EVERY_MS = 1_000;

export interface TrialWatchOptions {
  readonly dataDir: string;
  /** Version of this agent. */
  readonly version: string;
  readonly lanes: () => readonly TelemetryLane[];
  readonly isOnline: () => boolean;
  readonly clock: Clock;
  readonly log: { info(data: object, message: string): void; error(data: object, message: string): void };
  /** Ends the agent in order; its service manager starts it anew, and the release before it then runs. */
  readonly restart: () => void;
}

/** Says whether this release works, if it is on trial; does nothing otherwise. */
export function trialWatch(options: TrialWatchOptions): Service {
  let timer: Timer | null = null;
  const places = placesOf(options.dataDir);

  const say = (verdict: TrialVerdict): void => {
    timer?.cancel();
    timer = null;
    writeFileDurably(places.verdict, `${JSON.stringify(verdict)}\n`);
  };
  return {
    name: "update-trial",
    async run() {
      const { trial } = parseState(updateFiles.read(statePath(places)));
      if (trial?.version !== options.version) return;
      const { clock, log, version } = options;
      const startedAt = clock.mono();
      let wellSince: MonoMs | null = null;
      log.info({ version }, "This release is on trial.");
      timer = clock.every(LOOK_EVERY_MS, () => {
        const now = clock.mono();
        const decision = decideTrial({
          lanes: options.lanes(),
          isOnline: options.isOnline(),
          needsLink: trial.needs_link,
          wellMs: wellSince === null ? 0 : now - wellSince,
          runsMs: now - startedAt,
        });
        switch (decision.kind) {
          case "wait":
            wellSince = decision.isWell ? (wellSince ?? now) : null;
            return;
          case "works":
            say({ version, result: "works", why: "" });
            return log.info({ version }, "This release works; it stays.");
          case "failed":
            say({ version, result: "failed", why: decision.why });
            log.error({ version, why: decision.why }, "This release doesn't work; the one before it is started.");
            return options.restart();
        }
      });
    },
    async drain() {},
    async stop() {
      timer?.cancel();
      timer = null;
    },
  };
}

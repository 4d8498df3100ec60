import { type LanePicture, watchFrame } from "../local-api/contract.ts";
import type { CommandContext } from "./command-context.ts";
import { CommandFailure, EXIT } from "./exit-codes.ts";

/** One lane as it goes, for a test that waits for something to happen. */
export interface LaneWatch {
  now(): LanePicture;
  /** Whether `holds` came true within the time; each picture is looked at, so that a short pulse is seen. */
  until(holds: (lane: LanePicture) => boolean, withinMs: number): Promise<boolean>;
  end(): void;
}

/** Follows a lane; resolves with the first picture. Rejects when the agent goes or has no such lane. */
export async function watchLane(
  context: Pick<CommandContext, "agent" | "clock" | "signal">,
  code: string,
): Promise<LaneWatch> {
  const ended = new AbortController();
  context.signal.addEventListener("abort", () => ended.abort());
  const listeners = new Set<(lane: LanePicture) => void>();
  let latest: LanePicture | null = null;
  let failure: unknown = null;
  let arrived = (): void => {};
  const first = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  context.agent
    .lines(
      "/watch",
      (line) => {
        latest = watchFrame.parse(JSON.parse(line)).lanes.find((lane) => lane.code === code) ?? null;
        if (latest) for (const listener of listeners) listener(latest);
        arrived();
      },
      ended.signal,
    )
    .catch((error: unknown) => {
      failure = error;
      arrived();
    });
  await first;
  const now = (): LanePicture => {
    if (failure !== null) throw failure;
    if (latest === null) throw new CommandFailure(EXIT.usage, `There is no lane "${code}" here.`);
    return latest;
  };
  now();
  return {
    now,
    until(holds, withinMs) {
      if (holds(now())) return Promise.resolve(true);
      return new Promise((resolve) => {
        const finish = (met: boolean): void => {
          timer.cancel();
          listeners.delete(look);
          context.signal.removeEventListener("abort", stop);
          resolve(met);
        };
        const look = (lane: LanePicture): void => {
          if (holds(lane)) finish(true);
        };
        const stop = (): void => finish(false);
        const timer = context.clock.after(withinMs, stop);
        context.signal.addEventListener("abort", stop, { once: true });
        listeners.add(look);
      });
    },
    end: () => ended.abort(),
  };
}

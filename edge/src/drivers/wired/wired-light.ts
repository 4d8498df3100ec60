import type { OutputPoint } from "@gatehouse/shared/contracts/config/site/points.ts";
import type { Clock, Timer } from "@gatehouse/shared/kit/clock.ts";
import { err, ok, type Result } from "@gatehouse/shared/kit/result.ts";
import type { LightPort } from "../../ports/light/light-port.ts";
import type { BoardOf } from "./wired-inputs.ts";

/** How long green lasts without a word from this process, ms. */
export const GREEN_MS = 3_000;
/** How often green is said again, ms: two of three words may get lost. */
const RENEW_MS = 1_000;

/**
 * A traffic light on one relay: on is green. Green is asked for only a short time and renewed, so that a board with a timed
 * pulse of its own shows red soon after this process is dead (SAFE-21).
 */
export function wiredLight(
  point: OutputPoint | undefined,
  { boardOf, clock }: { readonly boardOf: BoardOf; readonly clock: Pick<Clock, "every"> },
): LightPort {
  let renewal: Timer | null = null;
  const green = ({ board, channel }: OutputPoint): Result<void, "not_connected"> =>
    boardOf(board).energise(channel, GREEN_MS).ok ? ok(undefined) : err("not_connected");
  return {
    show(isGreen) {
      renewal?.cancel();
      renewal = null;
      if (!point) return ok(undefined);
      if (!isGreen) return boardOf(point.board).release(point.channel).ok ? ok(undefined) : err("not_connected");
      renewal = clock.every(RENEW_MS, () => void green(point));
      return green(point);
    },
  };
}

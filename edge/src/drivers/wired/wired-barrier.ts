import type { OutputPoint } from "@gatehouse/shared/contracts/config/site/points.ts";
import type { WiredLane } from "@gatehouse/shared/contracts/config/site/wiring.ts";
import type { Clock, Timer } from "@gatehouse/shared/kit/clock.ts";
import { err, ok, type Result } from "@gatehouse/shared/kit/result.ts";
import type { BarrierError, BarrierPort, Relay } from "../../ports/barrier/barrier-port.ts";
import type { BoardError } from "../../ports/board/board-port.ts";
import { type BoardOf, watchInputs } from "./wired-inputs.ts";

/**
 * From the return of a board to the first relay, ms. It puts its outputs off as its first act, and the opposite relay may have
 * been on until then (SAFE-01).
 */
export const RETURN_REST_MS = 200;

export interface WiredBarrierOptions {
  readonly wiring: WiredLane["barrier"];
  readonly boardOf: BoardOf;
  readonly clock: Pick<Clock, "after">;
}

/** What a board's answer means for a barrier. */
export function barrierError(error: BoardError): BarrierError {
  return error === "not_connected" ? "not_connected" : "io_failed";
}

/** A barrier on two relays and two limit contacts, with a hold relay where there is one. */
export function wiredBarrier({ wiring, boardOf, clock }: WiredBarrierOptions): BarrierPort {
  const points: Readonly<Record<Relay, OutputPoint>> = { up: wiring.raise, down: wiring.lower };
  const on: Record<Relay, Timer | null> = { up: null, down: null };
  const done = (result: Result<void, BoardError>): Result<void, BarrierError> =>
    result.ok ? ok(undefined) : err(barrierError(result.error));
  const forget = (relay: Relay): void => {
    on[relay]?.cancel();
    on[relay] = null;
  };
  const off = ({ board, channel }: OutputPoint) => boardOf(board).release(channel);
  /** Boards that are away, null, or have just come back and put their outputs off, with what ends their rest (SAFE-01). */
  const gone = new Map<string, Timer | null>();
  const greeted = (board: string): void => {
    if (gone.get(board) === null)
      gone.set(
        board,
        clock.after(RETURN_REST_MS, () => gone.delete(board)),
      );
  };
  const { hold, stop } = wiring;
  return {
    energise(relay, atMostMs) {
      if (on[relay === "up" ? "down" : "up"] !== null) return err("io_failed");
      const { board, channel } = points[relay];
      if (gone.has(board)) return err("not_connected");
      const answer = done(boardOf(board).energise(channel, atMostMs));
      if (!answer.ok) return answer;
      forget(relay);
      on[relay] = clock.after(atMostMs, () => forget(relay));
      return answer;
    },
    release(relay) {
      forget(relay);
      return done(off(points[relay]));
    },
    ...(hold
      ? {
          hold: (isOn: boolean, atMostMs: number) =>
            done(isOn ? boardOf(hold.board).energise(hold.channel, atMostMs) : off(hold)),
        }
      : {}),
    allOff() {
      forget("up");
      forget("down");
      for (const point of [wiring.lower, wiring.raise, stop, hold]) if (point) off(point);
    },
    onRelayLost(listener) {
      const relays = ["down", "up"] as const;
      for (const relay of relays) gone.set(points[relay].board, null);
      const ends = [...new Set(relays.map((relay) => points[relay].board))].map((board) => {
        const own = relays.filter((relay) => points[relay].board === board);
        return boardOf(board).watch({
          sample: () => greeted(board),
          holds: () => greeted(board),
          lost: () => {
            gone.get(board)?.cancel();
            gone.set(board, null);
            for (const relay of own) listener(relay);
          },
        });
      });
      return () => {
        for (const end of ends) end();
      };
    },
    watchLimits(sink) {
      const inputs = (["up", "down"] as const).map((name) => ({ name, point: wiring.limits[name] }));
      return watchInputs(inputs, boardOf, { sink, signal: (_name, active) => active });
    },
  };
}

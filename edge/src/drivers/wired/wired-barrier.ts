import type { OutputPoint } from "@gatehouse/shared/contracts/config/site/points.ts";
import type { WiredLane } from "@gatehouse/shared/contracts/config/site/wiring.ts";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { err, ok, type Result } from "@gatehouse/shared/kit/result.ts";
import type { BarrierError, BarrierPort, Relay } from "../../ports/barrier/barrier-port.ts";
import type { BoardError } from "../../ports/board/board-port.ts";
import { RelayOrders } from "./relay-orders.ts";
import { type BoardOf, watchInputs } from "./wired-inputs.ts";

export interface WiredBarrierOptions {
  readonly wiring: WiredLane["barrier"];
  readonly boardOf: BoardOf;
  readonly clock: Pick<Clock, "after" | "mono">;
}

/** What a board's answer means for a barrier. */
export function barrierError(error: BoardError): BarrierError {
  return error === "not_connected" ? "not_connected" : "io_failed";
}

/** A barrier on two relays and two limit contacts, with a hold relay where there is one. */
export function wiredBarrier({ wiring, boardOf, clock }: WiredBarrierOptions): BarrierPort {
  const done = (result: Result<void, BoardError>): Result<void, BarrierError> =>
    result.ok ? ok(undefined) : err(barrierError(result.error));
  const listeners = new Set<(relay: Relay) => void>();
  const lost = (relay: Relay) => (): void => {
    for (const listener of listeners) listener(relay);
  };
  const order = (point: OutputPoint, against: () => readonly RelayOrders[], tell: () => void): RelayOrders =>
    new RelayOrders({ point, boardOf, clock, against, lost: tell });
  const { stop } = wiring;
  const down = order(wiring.lower, () => (hold ? [up, hold] : [up]), lost("down"));
  const up = order(wiring.raise, () => [down], lost("up"));
  const hold = wiring.hold
    ? order(
        wiring.hold,
        () => [down],
        () => {},
      )
    : null;
  const relays: Readonly<Record<Relay, RelayOrders>> = { up, down };
  return {
    energise(relay, atMostMs) {
      if (relays[relay === "up" ? "down" : "up"].isWanted()) return err("io_failed");
      return done(relays[relay].on(atMostMs));
    },
    release: (relay) => done(relays[relay].off()),
    ...(hold ? { hold: (isOn: boolean, atMostMs: number) => done(isOn ? hold.on(atMostMs) : hold.off()) } : {}),
    allOff() {
      for (const one of [down, up, hold]) one?.off();
      if (stop) boardOf(stop.board).release(stop.channel);
    },
    onRelayLost(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    watchLimits(sink) {
      const inputs = (["up", "down"] as const).map((name) => ({ name, point: wiring.limits[name] }));
      return watchInputs(inputs, boardOf, { sink, signal: (_name, active) => active });
    },
  };
}

import { err, ok } from "@gatehouse/shared/kit/result.ts";
import type { BarrierPort, Relay } from "../../ports/barrier/barrier-port.ts";

/** What a board does with a command to switch a relay on: `swallows` takes it and never carries it out. */
export type BoardState = "works" | "swallows" | "refuses" | "gone";

/** The board between guard and relays, with its faults in the hands of the test. */
export class RelayBoard {
  state: BoardState = "works";
  readonly port: BarrierPort;
  readonly #listeners = new Set<(relay: Relay) => void>();

  constructor(relays: BarrierPort) {
    this.port = {
      ...relays,
      energise: (relay, atMostMs) => {
        switch (this.state) {
          case "works":
            return relays.energise(relay, atMostMs);
          case "swallows":
            return ok(undefined);
          case "refuses":
            return err("io_failed");
          case "gone":
            return err("not_connected");
        }
      },
      onRelayLost: (listener) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
    };
  }

  /** It goes away, as its driver finds out now. */
  lose(): void {
    this.state = "gone";
    for (const listener of this.#listeners) for (const relay of ["down", "up"] as const) listener(relay);
  }
}

import type { ContactState, InputPoint } from "@gatehouse/shared/contracts/config/site/points.ts";
import type { WiredLane } from "@gatehouse/shared/contracts/config/site/wiring.ts";
import type { SimulatedBoard } from "./modbus-board.ts";

/** What a lane's inputs say, in the lane's own words. */
export type LaneWord =
  | { readonly kind: "loop"; readonly name: string; readonly signal: string }
  | { readonly kind: "limit"; readonly name: "up" | "down"; readonly active: boolean }
  | { readonly kind: "contact"; readonly name: string; readonly signal: string };

/** The wires between a lane and its boards: what the lane says becomes contacts, relays become what the lane feels. */
export class BoardLane {
  readonly #wiring: WiredLane;
  readonly #boards: ReadonlyMap<string, SimulatedBoard>;

  constructor(wiring: WiredLane, boards: ReadonlyMap<string, SimulatedBoard>) {
    this.#wiring = wiring;
    this.#boards = boards;
  }

  /** Puts an input's contact where its words want it. An input without a wire is passed over. */
  tell(word: LaneWord): void {
    const found = this.#pointOf(word);
    if (found) this.#board(found.point.board).setContact(Number(found.point.channel), contactFor(found));
  }

  /** Whether an output is on; false for one that has no wire. */
  isOn(output: "raise" | "lower" | "light"): boolean {
    const point = this.#wiring.barrier[output];
    return point !== undefined && this.#board(point.board).isOn(Number(point.channel));
  }

  /** Whether the photo-eye is in its test. */
  isTested(): boolean {
    const point = this.#wiring.barrier.tests.photo_eye;
    return point !== undefined && this.#board(point.board).isOn(Number(point.channel));
  }

  #board(name: string): SimulatedBoard {
    const board = this.#boards.get(name);
    if (!board) throw new RangeError(`There is no board ${name}.`);
    return board;
  }

  #pointOf(word: LaneWord): { readonly point: InputPoint; readonly active: boolean } | null {
    const { barrier, loops, contacts } = this.#wiring;
    const of = (points: object, active: boolean) => {
      const point: unknown = Reflect.get(points, word.name);
      return isPoint(point) ? { point, active } : null;
    };
    switch (word.kind) {
      case "loop":
        return of(loops, word.signal !== "clear");
      case "limit":
        return of(barrier.limits, word.active);
      case "contact":
        return of(contacts, word.signal !== "closed");
    }
  }
}

function contactFor({ point, active }: { readonly point: InputPoint; readonly active: boolean }): ContactState {
  if (active) return point.active;
  return point.active === "closed" ? "open" : "closed";
}

function isPoint(value: unknown): value is InputPoint {
  return typeof value === "object" && value !== null && "board" in value && "active" in value;
}

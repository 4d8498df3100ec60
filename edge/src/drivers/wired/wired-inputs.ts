import type { Channel, ContactState, InputPoint } from "@gatehouse/shared/contracts/config/site/points.ts";
import type { BoardPort } from "../../ports/board/board-port.ts";
import type { SampleSink } from "../../ports/sample-sink.ts";

/** The board of a point. Throws when the site has no such board, which its check rules out. */
export type BoardOf = (name: string) => BoardPort;

/** Whether the contact of a point is in the state that its name stands for. */
export function isActive({ active }: InputPoint, state: ContactState): boolean {
  return state === active;
}

/** An input by its name at the lane, with the wire it comes from. */
export interface WiredInput<Name extends string> {
  readonly name: Name;
  readonly point: InputPoint;
}

/**
 * Puts the channels of boards together to the inputs of one port. `signal` says what an input's contact means now.
 *
 * A confirmation counts only for the inputs of the board that gave it: with inputs on several boards they are sampled anew,
 * so that a board that has fallen silent is not covered by one that speaks. Any board's loss makes all inputs unknown; those
 * of the others are back with their next round.
 */
export function watchInputs<Name extends string, Signal>(
  inputs: readonly WiredInput<Name>[],
  boardOf: BoardOf,
  to: {
    readonly sink: SampleSink<Name, Signal>;
    readonly signal: (name: Name, active: boolean) => Signal;
    /** Told before `lost`, with the inputs of a board that is gone. */
    readonly boardLost?: (board: BoardPort, names: readonly Name[]) => void;
  },
): () => void {
  const { sink, signal } = to;
  const boards = [...new Set(inputs.map(({ point }) => point.board))];
  const ends = boards.map((board) => {
    const own = inputs.filter(({ point }) => point.board === board);
    const now = new Map<Name, boolean>();
    const tellAgain = (): void => {
      for (const [name, active] of now) sink.sample(name, signal(name, active));
    };
    const isAlone = boards.length === 1;
    return boardOf(board).watch({
      sample: (channel: Channel, state) => {
        for (const { name, point } of own) {
          if (point.channel !== channel) continue;
          now.set(name, isActive(point, state));
          sink.sample(name, signal(name, isActive(point, state)));
        }
      },
      holds: () => (isAlone ? sink.holds() : tellAgain()),
      lost: () => {
        now.clear();
        to.boardLost?.(
          boardOf(board),
          own.map(({ name }) => name),
        );
        sink.lost();
      },
    });
  });
  return () => {
    for (const end of ends) end();
  };
}

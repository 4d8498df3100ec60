import type { WiredLane } from "@gatehouse/shared/contracts/config/site/wiring.ts";
import type { Clock, MonoMs } from "@gatehouse/shared/kit/clock.ts";
import type { BoardPort } from "../../ports/board/board-port.ts";
import type { ButtonName } from "../../ports/reader/reader-port.ts";

/** A contact that bounces, or a finger that does, is one press within this, ms. */
export const SAME_PRESS_MS = 500;

export interface WiredButtonsOptions {
  readonly wiring: Pick<WiredLane, "buttons">;
  readonly boards: ReadonlyMap<string, BoardPort>;
  readonly clock: Pick<Clock, "mono">;
  readonly press: (button: ButtonName) => void;
}

/**
 * Tells each press of the push buttons at boards: the moment at which a contact becomes active that was seen inactive. A
 * button that is stuck when the board comes tells nothing. Returns what ends it.
 */
export function watchButtons({ wiring, boards, clock, press }: WiredButtonsOptions): () => void {
  const ends = (["ticket", "help"] as const).flatMap((name) => {
    const point = wiring.buttons[name];
    const board = point && boards.get(point.board);
    if (!point || !board) return [];
    let wasActive: boolean | null = null;
    let pressedAt: MonoMs | null = null;
    const follow = (isActive: boolean): void => {
      const began = isActive && wasActive === false;
      wasActive = isActive;
      if (!began || (pressedAt !== null && clock.mono() - pressedAt < SAME_PRESS_MS)) return;
      pressedAt = clock.mono();
      press(name);
    };
    return board.watch({
      sample: (channel, state) => {
        if (channel === point.channel) follow(state === point.active);
      },
      holds: () => {},
      lost: () => {
        wasActive = null;
      },
    });
  });
  return () => {
    for (const end of ends) end();
  };
}

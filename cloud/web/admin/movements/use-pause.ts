import type { LiveMovement } from "@gatehouse/shared/contracts/http/operations.ts";
import { useMemo, useState } from "react";

interface Pause {
  readonly isPaused: boolean;
  /** What to show: the live rows, or those of the moment of the pause. */
  readonly movements: readonly LiveMovement[];
  /** New movements since the pause. */
  readonly waiting: number;
  readonly toggle: () => void;
}

/** Lets a reader hold the stream still while it goes on behind. */
export function usePause(movements: readonly LiveMovement[]): Pause {
  const [held, setHeld] = useState<readonly LiveMovement[] | null>(null);
  const waiting = useMemo(() => (held ? countNew(held, movements) : 0), [held, movements]);
  return {
    isPaused: held !== null,
    movements: held ?? movements,
    waiting,
    toggle: () => setHeld(held ? null : movements),
  };
}

function countNew(held: readonly LiveMovement[], movements: readonly LiveMovement[]): number {
  const known = new Set(held.map(({ movement_id }) => movement_id));
  return movements.filter(({ movement_id }) => !known.has(movement_id)).length;
}

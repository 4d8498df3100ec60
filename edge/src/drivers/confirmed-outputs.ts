import type { Channel } from "@gatehouse/shared/contracts/config/site/points.ts";

export type SwitchedListener = (output: Channel, on: boolean) => void;

/** What the outputs of a board are by the board's own word. */
export class ConfirmedOutputs {
  readonly #listeners = new Set<SwitchedListener>();
  readonly #states = new Map<Channel, boolean>();

  tell(output: Channel, on: boolean): void {
    this.#states.set(output, on);
    for (const listener of this.#listeners) listener(output, on);
  }

  /** The board is gone: what its outputs are is not known. */
  forget(): void {
    this.#states.clear();
  }

  /** Tells what is known, then each confirmation; returns what ends it. */
  listen(listener: SwitchedListener): () => void {
    for (const [output, on] of this.#states) listener(output, on);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

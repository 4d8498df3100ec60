import type { Relay } from "../../ports/barrier/barrier-port.ts";

/** Travel from limit to limit in these tests, ms. */
export const ARM_TRAVEL_MS = 1_000;

/** A barrier with impulse control: the closing edge of a contact starts a travel, and open has priority. */
export class ArmModel {
  height = 0;
  direction: -1 | 0 | 1 = 0;
  /** A broken drive: commands are taken and nothing moves. */
  stuck = false;
  /** A contact that has welded: the controller sees it closed for ever, and travels whenever nothing overrules it. */
  welded: Relay | null = null;
  readonly #on: Record<Relay, boolean> = { up: false, down: false };

  switch(relay: Relay, on: boolean): void {
    const edge = on && !this.#on[relay];
    this.#on[relay] = on;
    if (!edge || (relay === "down" && this.#on.up)) return;
    this.direction = relay === "up" ? 1 : -1;
  }

  move(deltaMs: number): void {
    if (this.stuck) return;
    this.#obeyWeld();
    this.height = Math.min(1, Math.max(0, this.height + (this.direction * deltaMs) / ARM_TRAVEL_MS));
    if (this.height === 0 || this.height === 1) this.direction = 0;
  }

  #obeyWeld(): void {
    if (this.welded === "up") this.direction = 1;
    if (this.welded === "down" && !this.#on.up && this.direction === 0 && this.height > 0) this.direction = -1;
  }

  get limits(): { readonly up: boolean; readonly down: boolean } {
    return { up: this.height === 1, down: this.height === 0 };
  }
}

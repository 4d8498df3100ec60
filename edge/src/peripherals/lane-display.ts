import type { LaneLanguage } from "@gatehouse/shared/contracts/config/site/peripherals.ts";
import type { Clock, Timer } from "@gatehouse/shared/kit/clock.ts";
import type { Money } from "@gatehouse/shared/kit/money.ts";
import { type DisplayPort, MAX_DISPLAY_TEXT } from "../ports/display/display-port.ts";
import { laneText } from "./texts/lane-texts.ts";

export interface LaneDisplayOptions {
  readonly port: DisplayPort;
  /** One at least. */
  readonly languages: readonly LaneLanguage[];
  readonly turnMs: number;
  readonly clock: Pick<Clock, "every">;
}

/** Shows each message in the languages of the lane, one after the other, the first one at once. */
export class LaneDisplay {
  readonly #options: LaneDisplayOptions;
  #shown: readonly { readonly key: string; readonly text: string }[] = [];
  #turn = 0;
  #timer: Timer | null = null;

  constructor(options: LaneDisplayOptions) {
    this.#options = options;
  }

  show(key: string, amount: Money | null): void {
    const { languages, turnMs, clock } = this.#options;
    const texts = new Set(languages.map((language) => laneText(language, key, amount).slice(0, MAX_DISPLAY_TEXT)));
    this.#shown = [...texts].map((text) => ({ key, text }));
    this.#turn = 0;
    this.#timer?.cancel();
    this.#timer = this.#shown.length > 1 ? clock.every(turnMs, () => this.#next()) : null;
    this.#put();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #next(): void {
    this.#turn = (this.#turn + 1) % this.#shown.length;
    this.#put();
  }

  #put(): void {
    const shown = this.#shown[this.#turn];
    if (shown) this.#options.port.show(shown.key, shown.text);
  }
}

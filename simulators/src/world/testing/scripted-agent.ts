import type { IoOutput } from "@gatehouse/shared/contracts/edge/io-socket.ts";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import type { UnstampedInput } from "../agent-line.ts";

export interface ScriptedAgentOptions {
  readonly clock: Clock;
  readonly output: (output: IoOutput) => void;
  /** Whether a vehicle on the arming loop is let in. */
  readonly admits: (lane: string) => boolean;
  /** Closes this long after it has opened, whoever stands under the arm; null: after the passage, as it should. */
  readonly closesBlindlyAfterMs: number | null;
  /** Opens for tickets alone: prints one for the button, lets out whoever shows it, and calls for whoever asks. */
  readonly byTicket?: boolean;
}

/** Just enough of an agent to move the arms of a world in tests; the judge must not depend on a good one. */
export class ScriptedAgent {
  readonly #options: ScriptedAgentOptions;
  #armed = new Set<string>();
  #held = new Set<string>();
  readonly printed: string[] = [];

  constructor(options: ScriptedAgentOptions) {
    this.#options = options;
  }

  take(input: UnstampedInput): void {
    if (this.#options.byTicket) this.#serve(input);
    else if (input.kind === "loop" && input.name === "arming") this.#arm(input.lane, input.signal === "occupied");
    if (input.kind === "loop" && input.name === "closing" && input.signal === "clear") this.#passed(input.lane);
    if (input.kind === "limit" && input.name === "up" && input.active) this.#light(input.lane, true);
  }

  #serve(input: UnstampedInput): void {
    const { output } = this.#options;
    if (input.kind === "press" && input.name === "ticket") {
      const code = `T-${this.printed.length + 1}`;
      this.printed.push(code);
      output({ kind: "ticket", t: "0", lane: input.lane, job_id: code, code, lines: [] });
    } else if (input.kind === "press") {
      output({ kind: "intercom", t: "0", lane: input.lane, call_id: "call", state: "calling", reason: "help" });
    } else if (input.kind === "ticket" && input.result === "taken") this.letPass(input.lane);
    else if (input.kind === "scan" && this.printed.includes(input.code)) this.letPass(input.lane);
  }

  /** Raises the arm for one vehicle. */
  letPass(lane: string): void {
    if (this.#armed.has(lane)) return;
    this.#armed.add(lane);
    this.#pulse(lane, "up");
  }

  /** Raises the arm for good, as an operator's hand does. */
  holdOpen(lane: string): void {
    this.#held.add(lane);
    this.#pulse(lane, "up");
  }

  #arm(lane: string, occupied: boolean): void {
    if (!occupied || this.#held.has(lane)) return;
    const { clock, admits, output, closesBlindlyAfterMs } = this.#options;
    if (!admits(lane))
      return output({ kind: "display", t: "0", lane, key: "entry.refused", text: "Entry is not possible" });
    this.#armed.add(lane);
    clock.after(300, () => this.#pulse(lane, "up"));
    if (closesBlindlyAfterMs !== null) clock.after(closesBlindlyAfterMs, () => this.#close(lane));
  }

  #passed(lane: string): void {
    if (this.#armed.delete(lane) && this.#options.closesBlindlyAfterMs === null) this.#close(lane);
  }

  #close(lane: string): void {
    this.#light(lane, false);
    this.#pulse(lane, "down");
  }

  #light(lane: string, green: boolean): void {
    this.#options.output({ kind: "light", t: "0", lane, green });
  }

  #pulse(lane: string, name: "up" | "down"): void {
    this.#options.output({ kind: "relay", t: "0", lane, name, on: true });
    this.#options.clock.after(500, () => this.#options.output({ kind: "relay", t: "0", lane, name, on: false }));
  }
}

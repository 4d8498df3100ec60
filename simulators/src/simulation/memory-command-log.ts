import type { ClaimAnswer, CommandClaim, CommandLog } from "@gatehouse/edge/store/command-log-port.ts";
import type { CommandResult } from "@gatehouse/shared/contracts/mqtt/commands.ts";

interface Seen extends CommandClaim {
  readonly result: CommandResult | null;
}

/** A model of what the edge keeps of the commands that it has seen. A claim and a result are durable at once. */
export class MemoryCommandLog implements CommandLog {
  #seen: Seen[] = [];

  async claim({ id, nonce }: CommandClaim): Promise<ClaimAnswer> {
    const known = this.#seen.find((one) => one.id === id || one.nonce === nonce);
    if (known) return { kind: "known", result: known.result };
    this.#seen.push({ id, nonce, result: null });
    return { kind: "new" };
  }

  async finish(result: CommandResult): Promise<void> {
    this.#seen = this.#seen.map((one) => (one.id === result.id ? { ...one, result } : one));
  }

  copy(): readonly Seen[] {
    return this.#seen;
  }

  /** Becomes what it was when `seen` was copied. */
  setBack(seen: readonly Seen[]): void {
    this.#seen = [...seen];
  }
}

import type { CommandResult } from "@gatehouse/shared/contracts/mqtt/commands.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";

export interface CommandClaim {
  readonly id: Uuid;
  readonly nonce: string;
}

export type ClaimAnswer =
  /** Never seen; it is on the disk now and may act once. */
  | { readonly kind: "new" }
  /** Seen before, by id or nonce. `result` is null when the agent stopped before it was finished: it must not act again. */
  | { readonly kind: "known"; readonly result: CommandResult | null };

/** Which commands of the cloud were seen, and what came of them (SYNC-11). Bounded: the oldest are forgotten. */
export interface CommandLog {
  claim(command: CommandClaim): Promise<ClaimAnswer>;
  /** Keeps the result of a claimed command, to be given again to each duplicate. */
  finish(result: CommandResult): Promise<void>;
}

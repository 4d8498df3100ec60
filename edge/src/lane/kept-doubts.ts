import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { type DoubtedInputs, followDoubts, NO_DOUBT } from "../guard/doubted-inputs.ts";
import type { DeviceReport } from "../guard/messages.ts";
import type { KeptFile } from "./kept-file.ts";

/** A lane and what its site file says of second channels. */
export interface DoubtedLane {
  readonly id: Uuid;
  readonly wiring: { readonly driver: "sim" | "wired" };
  readonly protection: { readonly second_channels: readonly ("safety" | "photo_eye")[] };
}

export interface KeptDoubtsOptions {
  readonly file: KeptFile;
  readonly lanes: readonly DoubtedLane[];
  /** The computer's boot; null where nothing tells it, and then each start may be one after a power loss. */
  readonly boot: string | null;
  /** Told when the disk does not take a change. */
  readonly failed: (error: unknown) => void;
}

/**
 * Which inputs the guard has to doubt from its start, over restarts of the agent (SAFE-14, SAFE-15). After another boot of
 * the computer the detectors may have lost their power with it, so the loops under the arms count as restarted.
 */
export class KeptDoubts {
  readonly #options: KeptDoubtsOptions;
  readonly #doubts: Map<Uuid, DoubtedInputs>;

  constructor(options: KeptDoubtsOptions) {
    const { file, lanes, boot } = options;
    this.#options = options;
    this.#doubts = new Map(lanes.map((lane) => [lane.id, doubtsOf(lane, { file, boot })]));
  }

  /** What the guard starts with. */
  of(laneId: Uuid): DoubtedInputs {
    return this.#doubts.get(laneId) ?? NO_DOUBT;
  }

  /** Puts boot and doubts on the disk, before anything moves. */
  async start(): Promise<void> {
    const { file, boot } = this.#options;
    if (boot !== null && file.boot !== boot) await this.#write();
  }

  /** Follows what the guard tells of a lane. */
  report(laneId: Uuid, report: DeviceReport): void {
    if (report.kind === "relay") return;
    const before = this.of(laneId);
    const after = followDoubts(before, report);
    if (after === before) return;
    this.#doubts.set(laneId, after);
    void this.#write();
  }

  #write(): Promise<void> {
    const { file, boot, failed } = this.#options;
    return file.setDoubted(boot, this.#doubts).catch(failed);
  }
}

/**
 * A damaged file may have told of any doubt, so every input that can be doubted is. Simulated detectors have no power to
 * lose, but where the test's boot ids say so.
 */
function doubtsOf(lane: DoubtedLane, { file, boot }: Pick<KeptDoubtsOptions, "file" | "boot">): DoubtedInputs {
  const { pairs, loops } = file.doubtedOf(lane.id);
  const { second_channels: second } = lane.protection;
  const isUnread = file.unreadable !== null;
  if (!isUnread && !mayHaveLostPower(lane, { file, boot })) return { pairs, loops };
  const under = second.includes("safety") ? (["safety", "safety_b"] as const) : (["safety"] as const);
  return { pairs: isUnread ? second : pairs, loops: [...new Set([...loops, ...under])] };
}

/** A first start doubts nothing where boots can be told apart: whoever builds a lot tests each loop (decision 0017). */
function mayHaveLostPower({ wiring }: DoubtedLane, { file, boot }: Pick<KeptDoubtsOptions, "file" | "boot">): boolean {
  if (boot !== null && file.boot !== null) return file.boot !== boot;
  return wiring.driver === "wired" && (boot === null || !file.isNew);
}

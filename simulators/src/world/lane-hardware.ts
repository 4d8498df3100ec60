import type { IoInput, LoopName, TestedName } from "@gatehouse/shared/contracts/edge/io-socket.ts";
import type { MonoMs } from "@gatehouse/shared/kit/clock.ts";
import {
  type Arm,
  type ArmRelay,
  type ArmTravel,
  armHeight,
  CONTACT_HEIGHT,
  limitsOf,
  relaysReleased,
  restingArm,
  settled,
  switchRelay,
} from "../devices/arm.ts";
import { type Body, FITTED_LOOPS, loopOccupied, underArm } from "../devices/lane-geometry.ts";

/** An input as the world tells it; the line to the agent adds the lane's name and the time. */
export type LaneInput = OmitStamp<Exclude<IoInput, { kind: "alive" }>>;
export type HardwareInput = Extract<LaneInput, { kind: "loop" | "limit" | "contact" }>;
type OmitStamp<T> = T extends unknown ? Omit<T, "t" | "lane"> : never;

export interface LaneHardwareOptions {
  readonly travel: ArmTravel;
  readonly now: MonoMs;
  /** Told of each input that changes. */
  readonly tell: (input: HardwareInput) => void;
}

/** The things bolted down at a lane: arm, limit switches, loops, light. Inputs are told when they change. */
export class LaneHardware {
  readonly #travel: ArmTravel;
  readonly #tell: (input: HardwareInput) => void;
  #arm: Arm;
  #now: MonoMs;
  #inputs = new Map<string, HardwareInput>();
  #green = false;
  /** Nothing is told while the lane is being built; its first agent is given everything. */
  #built = false;

  constructor({ travel, now, tell }: LaneHardwareOptions) {
    this.#travel = travel;
    this.#now = now;
    this.#tell = tell;
    this.#arm = restingArm(0, now);
    this.sense(now, []);
    this.#report({ kind: "contact", name: "photo_eye", signal: "closed" });
    this.#report({ kind: "contact", name: "fire", signal: "closed" });
    this.#built = true;
  }

  get green(): boolean {
    return this.#green;
  }

  get armUp(): boolean {
    return limitsOf(this.#arm, this.#travel, this.#now).up;
  }

  get height(): number {
    return armHeight(this.#arm, this.#travel, this.#now);
  }

  /** Every input as it stands now, for an agent that has just come. */
  inputs(): readonly HardwareInput[] {
    return [...this.#inputs.values()];
  }

  switchRelay(relay: ArmRelay, on: boolean): void {
    this.#arm = switchRelay(this.#arm, this.#travel, { relay, on, now: this.#now });
    this.#reportLimits();
  }

  setLight(green: boolean): void {
    this.#green = green;
  }

  /** Test input of a photo-eye or an edge: while it is on, the device answers as if something were there. */
  test(name: TestedName, on: boolean): void {
    this.#report({ kind: "contact", name, signal: on ? "open" : "closed" });
  }

  /** The agent is gone: its output board drops the relays, the light and a test; the arm ends the travel it has begun. */
  loseAgent(): void {
    this.#arm = relaysReleased(this.#arm);
    this.#green = false;
    for (const input of this.inputs())
      if (input.kind === "contact" && input.name !== "fire") this.#report({ ...input, signal: "closed" });
  }

  /** Moves the arm on to `now` and samples limits and loops over the bodies in the lane. */
  sense(now: MonoMs, bodies: readonly Body[]): void {
    this.#now = now;
    this.#arm = settled(this.#arm, this.#travel, now);
    this.#reportLimits();
    for (const name of FITTED_LOOPS) this.#reportLoop(name, bodies);
  }

  /** The bodies that the arm comes down on at this moment. */
  struck<B extends Body>(bodies: readonly B[]): readonly B[] {
    if (this.#arm.motion !== "lowering" || this.height >= CONTACT_HEIGHT) return [];
    return bodies.filter(underArm);
  }

  #reportLimits(): void {
    const limits = limitsOf(this.#arm, this.#travel, this.#now);
    this.#report({ kind: "limit", name: "up", active: limits.up });
    this.#report({ kind: "limit", name: "down", active: limits.down });
  }

  #reportLoop(name: LoopName, bodies: readonly Body[]): void {
    this.#report({ kind: "loop", name, signal: loopOccupied(name, bodies) ? "occupied" : "clear" });
  }

  #report(input: HardwareInput): void {
    const key = `${input.kind}.${input.name}`;
    const before = this.#inputs.get(key);
    if (before && JSON.stringify(before) === JSON.stringify(input)) return;
    this.#inputs.set(key, input);
    if (this.#built) this.#tell(input);
  }
}

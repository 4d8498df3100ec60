import type { ContactName, IoOutput, LoopName } from "@gatehouse/shared/contracts/edge/io-socket.ts";
import { type Clock, sleep } from "@gatehouse/shared/kit/clock.ts";
import { pick, type Random, randomInt } from "@gatehouse/shared/kit/random.ts";
import { type Body, LANE_START_M, STOP_LINE_M, throughLane } from "../devices/lane-geometry.ts";
import { LaneHardware, type LaneInput } from "../world/lane-hardware.ts";

const TICK_MS = 10;
/** How long a driver waits for the arm before he goes back, ms. */
const PATIENCE_MS = 2_500;

interface Vehicle extends Body {
  frontM: number;
  readonly lengthM: number;
}

export interface LanePlayerOptions {
  readonly lane: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly tell: (input: LaneInput) => void;
  /** The lane's camera reads a plate that may pass; resolves with whether the lane took it. */
  readonly read: () => Promise<boolean>;
}

/**
 * Plays one lane: vehicles that pass, wait under the arm, go back or follow each other closely, people in the beam, and
 * detectors and contacts that break, flap or restart. What it lies about is only ever towards danger, so that no arm that
 * obeys may touch a vehicle.
 */
export class LanePlayer {
  readonly #options: LanePlayerOptions;
  readonly #hardware: LaneHardware;
  readonly #vehicles: Vehicle[] = [];
  /** Inputs that a fault has taken over, by key. */
  readonly #faults = new Set<string>();
  struck = 0;

  constructor(options: LanePlayerOptions) {
    this.#options = options;
    const travel = { raiseMs: 500, lowerMs: 2_500 };
    this.#hardware = new LaneHardware({ travel, now: options.clock.mono(), tell: (input) => this.#pass(input) });
  }

  hear(output: IoOutput): void {
    if (output.kind === "light") this.#hardware.setLight(output.green);
    if (output.kind !== "relay") return;
    this.#hardware.switchRelay(output.name, output.on);
    if (output.name === "down" && output.on && this.#options.random.next() < 0.5) void this.#stepIn();
  }

  /** The agent came: it is told everything. */
  tellAll(): void {
    for (const input of this.#hardware.inputs()) this.#pass(input);
  }

  loseAgent(): void {
    this.#hardware.loseAgent();
  }

  sense(): void {
    this.#hardware.sense(this.#options.clock.mono(), this.#vehicles);
    if (this.#hardware.struck(this.#vehicles).length > 0) this.struck++;
  }

  /** One vehicle's visit, as chance wants it. */
  async visit(): Promise<void> {
    const { random } = this.#options;
    const vehicle = this.#arrive();
    await this.#drive(vehicle, { to: (front) => front >= STOP_LINE_M, metresASecond: 6 });
    const mayGo = (await this.#options.read()) && (await this.#waitForGreen());
    if (!mayGo || random.next() < 0.15) return this.#goBack(vehicle);
    const follower = random.next() < 0.2 ? this.#arrive(vehicle.frontM - vehicle.lengthM - 1) : null;
    const speed = randomInt(random, 2, 6);
    if (random.next() < 0.25) {
      await this.#drive(vehicle, { to: (front) => front >= 1, metresASecond: speed });
      await this.#wait(randomInt(random, 200, 3_500));
    }
    const leaving = {
      to: (front: number, lengthM: number) => throughLane({ frontM: front, lengthM }),
      metresASecond: speed,
    };
    await Promise.all([this.#drive(vehicle, leaving), follower ? this.#drive(follower, leaving) : null]);
    this.#vehicles.splice(0);
  }

  /** One disturbance, as chance wants it; the lane is as before when it resolves. */
  async disturb(): Promise<void> {
    const { random } = this.#options;
    const lasts = randomInt(random, 20, 1_200);
    switch (randomInt(random, 0, 3)) {
      case 0:
        return this.#contact("photo_eye", pick(random, ["open", "broken"]), lasts);
      case 1:
        return this.#loop(pick(random, ["safety", "arming", "closing"]), pick(random, ["fault", "unknown"]), lasts);
      case 2:
        return this.#flap();
      default:
        return this.#loop("safety", "occupied", lasts);
    }
  }

  /** A fire input that opens for a moment; the alarm stays until the lane is reset. */
  fire(): Promise<void> {
    return this.#contact("fire", "broken", 300);
  }

  /** Somebody walks into the beam while the arm comes down. */
  async #stepIn(): Promise<void> {
    await this.#wait(randomInt(this.#options.random, 0, 400));
    if (!this.#faults.has("contact.photo_eye"))
      await this.#contact("photo_eye", "open", randomInt(this.#options.random, 100, 900));
  }

  /** People drive on only while the light says so: a vehicle in front of a closed arm stands. */
  async #waitForGreen(): Promise<boolean> {
    const until = this.#options.clock.mono() + PATIENCE_MS;
    while (!this.#hardware.green && this.#options.clock.mono() < until) await this.#wait(TICK_MS);
    return this.#hardware.green;
  }

  #arrive(frontM = LANE_START_M): Vehicle {
    const vehicle = { frontM: Math.min(frontM, LANE_START_M), lengthM: randomInt(this.#options.random, 3, 6) };
    this.#vehicles.push(vehicle);
    return vehicle;
  }

  async #goBack(vehicle: Vehicle): Promise<void> {
    await this.#drive(vehicle, { to: (front) => front <= LANE_START_M, metresASecond: -5 });
    this.#vehicles.splice(this.#vehicles.indexOf(vehicle), 1);
  }

  async #drive(
    vehicle: Vehicle,
    way: { readonly to: (frontM: number, lengthM: number) => boolean; readonly metresASecond: number },
  ): Promise<void> {
    let before = this.#options.clock.mono();
    while (!way.to(vehicle.frontM, vehicle.lengthM)) {
      await this.#wait(TICK_MS);
      const now = this.#options.clock.mono();
      vehicle.frontM += (way.metresASecond * Math.min(50, now - before)) / 1_000;
      before = now;
    }
  }

  async #flap(): Promise<void> {
    const { random, tell } = this.#options;
    this.#faults.add("contact.photo_eye");
    for (let nth = 0; nth < randomInt(random, 4, 20); nth++) {
      tell({ kind: "contact", name: "photo_eye", signal: nth % 2 === 0 ? "open" : "closed" });
      await this.#wait(randomInt(random, 5, 60));
    }
    this.#mend("contact.photo_eye");
  }

  async #contact(name: ContactName, signal: "open" | "broken", lastsMs: number): Promise<void> {
    this.#faults.add(`contact.${name}`);
    this.#options.tell({ kind: "contact", name, signal });
    await this.#wait(lastsMs);
    this.#mend(`contact.${name}`);
  }

  async #loop(name: LoopName, signal: "fault" | "unknown" | "occupied", lastsMs: number): Promise<void> {
    this.#faults.add(`loop.${name}`);
    this.#options.tell({ kind: "loop", name, signal });
    await this.#wait(lastsMs);
    this.#mend(`loop.${name}`);
  }

  #mend(key: string): void {
    this.#faults.delete(key);
    const now = this.#hardware.inputs().find((input) => keyOf(input) === key);
    if (now) this.#options.tell(now);
  }

  #pass(input: LaneInput): void {
    if (!this.#faults.has(keyOf(input))) this.#options.tell(input);
  }

  #wait(ms: number): Promise<void> {
    return sleep(this.#options.clock, ms);
  }
}

function keyOf(input: LaneInput): string {
  return "name" in input ? `${input.kind}.${input.name}` : input.kind;
}

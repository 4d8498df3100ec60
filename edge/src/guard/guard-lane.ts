import { contactName, loopName } from "@gatehouse/shared/contracts/edge/io-socket.ts";
import type { Clock, MonoMs } from "@gatehouse/shared/kit/clock.ts";
import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import { HOLD_MAX_MS, RELAY_MAX_MS } from "../lane/interlocks.ts";
import type { Relay } from "../ports/barrier/barrier-port.ts";
import type { LaneDevices } from "../ports/lane-devices.ts";
import { guardStep } from "./guard-reducer.ts";
import { type GuardEvent, type GuardState, initialGuard } from "./guard-state.ts";
import type { InputName } from "./inputs.ts";
import { type LaneSignals, laneSignals } from "./lane-signals.ts";
import type { DeviceCommand, DeviceReport, GuardLane } from "./messages.ts";
import { signalNow } from "./sensed.ts";

export interface GuardLaneOptions {
  readonly lane: GuardLane;
  readonly devices: LaneDevices;
  readonly clock: Pick<Clock, "mono">;
  readonly report: (report: DeviceReport) => void;
  /** Whether a fire input of any lane of this lot is active or not known. */
  readonly fireInLot: () => boolean;
}

const LOOPS: readonly InputName[] = loopName.options;
const CONTACTS: readonly InputName[] = contactName.options;
const LIMITS: readonly InputName[] = ["limit_up", "limit_down"];

/** A driver that has not finished a sampling round for so long has stopped, ms (SAFE-10). */
const SAMPLING_MAX_MS = 1_000;

/** One lane's reducer with its devices: carries samples in and relay changes out. */
export class GuardedLane {
  readonly #options: GuardLaneOptions;
  readonly #unwatch: readonly (() => void)[];
  readonly #startedAt: MonoMs;
  /** Relays that their board took on and that were not released since. */
  readonly #given = new Set<Relay>();
  #samplingStopped = false;
  /** When the hold-open output was last renewed, null while it is off. */
  #heldAt: MonoMs | null = null;
  #state: GuardState;

  constructor(options: GuardLaneOptions) {
    this.#options = options;
    const { devices, clock } = options;
    this.#startedAt = clock.mono();
    this.#state = initialGuard(clock.mono(), options.lane);
    devices.barrier.allOff(); // SAFE-09: the first output
    this.#unwatch = [
      devices.loops.watch({
        sample: (name, signal) => this.feed({ kind: "loop", name, signal }),
        ...this.#confirmations(LOOPS),
      }),
      devices.contacts.watch({
        sample: (name, signal) => this.feed({ kind: "contact", name, signal }),
        ...this.#confirmations(CONTACTS),
      }),
      devices.barrier.watchLimits({
        sample: (name, active) => this.feed({ kind: "limit", name, active }),
        ...this.#confirmations(LIMITS),
      }),
      devices.barrier.onRelayLost((relay) => this.feed({ kind: "relay_lost", relay })),
    ];
  }

  /** Whether this lane's fire contact is, or for all that anybody knows may be, at fire; false where none is wired (SAFE-07). */
  get mayBurn(): boolean {
    const { clock, lane } = this.#options;
    if (lane.hasFire === false) return false;
    return signalNow(this.#state.inputs.fire, clock.mono(), lane.timings.fresh_ms) !== "quiet";
  }

  /** Inputs and relays one by one, for a technician. */
  signals(): LaneSignals {
    const { clock, lane } = this.#options;
    return laneSignals(this.#state, clock.mono(), lane.timings.fresh_ms);
  }

  /** One event into the reducer, and what it wants out to the relays. */
  feed(event: GuardEvent): void {
    const { clock, lane, report } = this.#options;
    const before = this.#state;
    const policy = { ...lane, hasHold: this.#options.devices.barrier.hold !== undefined };
    const { state, reports } = guardStep(before, event, clock.mono(), policy);
    this.#state = state;
    if (before.green && !state.green) this.#options.devices.light.show(false); // before the arm comes down (SAFE-21)
    this.#switchHold();
    this.#switchRelays(before);
    this.#switchTest(before.tests.running, state.tests.running);
    if (!before.green && state.green) this.#options.devices.light.show(true);
    for (const one of reports) report(one);
  }

  command(command: DeviceCommand): void {
    switch (command.kind) {
      case "open":
      case "close":
      case "light":
      case "keep_open":
      case "maintenance":
        return this.feed(command);
      case "reset":
        this.#samplingStopped = false;
        return this.feed({ ...command, fireInLot: this.#options.fireInLot() });
      default:
        return assertNever(command);
    }
  }

  /** Whether a sampling round over every input of the lane has ended after `instant`. */
  sampledSince(instant: MonoMs): boolean {
    const at = this.#options.devices.sampledAt();
    return at !== null && at > instant;
  }

  /** Tells when a driver's sampling rounds stop, and when they go on. */
  watchSampling(): void {
    const { devices, clock, report } = this.#options;
    const stopped = clock.mono() - (devices.sampledAt() ?? this.#startedAt) > SAMPLING_MAX_MS;
    if (stopped === this.#samplingStopped) return;
    this.#samplingStopped = stopped;
    report({ kind: "alarm", alarm: { code: "sampling_stopped", detail: "" }, on: stopped });
  }

  /** Whether outputs off would leave an arm alone that comes down, or one whose raise has not been given yet (SAFE-04). */
  get isNeeded(): boolean {
    const { motion, closeAsked } = this.#state;
    return motion.kind === "lowering" || closeAsked !== null || (motion.kind === "raising" && !motion.pulseDone);
  }

  /** Outputs off; the lane takes nothing in any more. */
  shutDown(): void {
    for (const end of this.#unwatch) end();
    this.#options.devices.barrier.allOff();
    this.#options.devices.light.show(false);
    this.#switchTest(this.#state.tests.running, null);
  }

  #confirmations(inputs: readonly InputName[]): { holds: () => void; lost: () => void } {
    return { holds: () => this.feed({ kind: "holds", inputs }), lost: () => this.feed({ kind: "lost", inputs }) };
  }

  /** Renewed in time while it is wanted; who does not renew it, lets go (SAFE-11). */
  #switchHold(): void {
    const now = this.#options.clock.mono();
    const { hold } = this.#state;
    const due = this.#heldAt === null || now - this.#heldAt >= HOLD_MAX_MS / 4;
    if (hold ? !due : this.#heldAt === null) return;
    this.#heldAt = hold ? now : null;
    this.#options.devices.barrier.hold?.(hold, HOLD_MAX_MS);
  }

  #switchTest(before: GuardState["tests"]["running"], running: GuardState["tests"]["running"]): void {
    const { test } = this.#options.devices;
    if (before?.on && !(running?.on && running.name === before.name)) test?.(before.name, false);
    if (running?.on && !(before?.on && before.name === running.name)) test?.(running.name, true);
  }

  /** Off before on, so that no moment has both (SAFE-01). */
  #switchRelays(before: GuardState): void {
    for (const relay of ["up", "down"] as const) {
      if (before.relays[relay] && !this.#state.relays[relay]) this.#switchRelay(relay, false);
    }
    for (const relay of ["up", "down"] as const) {
      if (!before.relays[relay] && this.#state.relays[relay]) this.#switchRelay(relay, true);
    }
  }

  #switchRelay(relay: Relay, on: boolean): void {
    const { devices, clock, report } = this.#options;
    const done = on ? devices.barrier.energise(relay, RELAY_MAX_MS) : devices.barrier.release(relay);
    if (on ? done.ok : this.#given.delete(relay)) report({ kind: "relay", relay, on, at: clock.mono() });
    if (on && done.ok) this.#given.add(relay);
    if (!done.ok) this.feed({ kind: done.error === "not_connected" ? "relay_lost" : "relay_failed", relay });
  }
}

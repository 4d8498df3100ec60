import type { Protection } from "@gatehouse/shared/contracts/config/site/protection.ts";
import type { LaneTimings } from "@gatehouse/shared/contracts/config/site/timings.ts";
import type { MonoMs } from "@gatehouse/shared/kit/clock.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { DeviceSite } from "../drivers/open-devices.ts";
import type { IoListen } from "../drivers/sim/io-server.ts";
import type { SimPeripheralInput, SimPeripheralOutput, SimTunnel } from "../drivers/sim/sim-tunnel.ts";
import type { WatchdogSetup } from "../drivers/watchdog/open-watchdog.ts";
import type { ButtonName } from "../ports/reader/reader-port.ts";
import type { DoubtedInputs } from "./doubted-inputs.ts";
import type { GuardReport } from "./guard-reports.ts";
import type { LaneSignals } from "./lane-signals.ts";

/*
 * What the main thread and the guard thread say to each other, both ways by structured clone, in order, without loss while
 * both live. Times are `processMono`, the same in both threads. When the main thread is gone the guard turns every output
 * off and ends; when the guard is gone the agent ends with exit code 70, because a lane without its guard must not look
 * alive.
 */

export type { IoListen };

export interface GuardLane {
  readonly id: Uuid;
  readonly code: string;
  readonly driver: "sim" | "wired";
  readonly timings: LaneTimings;
  readonly protection: Protection;
  /** Whether a fire contact is wired to this lane; true when left out. */
  readonly hasFire?: boolean;
  /** Under maintenance lock from the start (SAFE-22). */
  readonly locked: boolean;
  /** Its fire latch was not reset before the last run ended (SAFE-07). */
  readonly fire?: boolean;
  /** Inputs that the last run had reason to doubt (SAFE-14, SAFE-15). */
  readonly doubted?: DoubtedInputs;
}

/** Handed to the thread at its start. */
export interface GuardSetup {
  readonly boot: Uuid;
  readonly lanes: readonly GuardLane[];
  /** The boards and wiring of the lot; without it every lane is simulated. */
  readonly devices?: DeviceSite;
  readonly ioListen: IoListen | null;
  /** What the guard feeds after each complete round; without it nothing watches (SAFE-10). */
  readonly watchdog?: WatchdogSetup;
}

/** What the lane machine may ask of one lane's devices. */
export type DeviceCommand =
  /** Raises the arm, once for this grant, and not after `notAfter` (SAFE-16). */
  | { readonly kind: "open"; readonly grant: string; readonly notAfter: MonoMs }
  /** Lowers the arm; `record` is the id of the journal record that is already durable (SAFE-20). */
  | { readonly kind: "close"; readonly record: string }
  /** Clears latches, if no fire input of the lot is active. */
  | { readonly kind: "reset"; readonly id: string }
  | { readonly kind: "light"; readonly green: boolean }
  /** Whether somebody wants the arm to stay up; while nobody does it has to come down in its time (SAFE-24). */
  | { readonly kind: "keep_open"; readonly on: boolean }
  /** The maintenance lock. It is in effect when `maintenance` is reported: an arm on its way comes to rest first (SAFE-22). */
  | { readonly kind: "maintenance"; readonly on: boolean };

export type ToGuard =
  | { readonly kind: "lane"; readonly laneId: Uuid; readonly command: DeviceCommand }
  /** Of a simulated peripheral, passed on to the socket as it is. */
  | { readonly kind: "sim_output"; readonly laneId: Uuid; readonly output: SimPeripheralOutput }
  /** An arm that comes down is watched to its end; then outputs off, sockets closed, and the thread ends. */
  | { readonly kind: "stop" };

/** What a lane's devices tell the lane machine. */
export type DeviceReport =
  | GuardReport
  | { readonly kind: "relay"; readonly relay: "up" | "down"; readonly on: boolean; readonly at: MonoMs };

export type FromGuard =
  | { readonly kind: "ready"; readonly listening: string | null }
  /** The thread can't start: message for the operator. It ends after this. */
  | { readonly kind: "failed"; readonly code: string; readonly message: string }
  | { readonly kind: "lane"; readonly laneId: Uuid; readonly report: DeviceReport }
  /** On a change, at most every 50 ms; for people, no rule depends on it. */
  | { readonly kind: "signals"; readonly laneId: Uuid; readonly signals: LaneSignals }
  /** A board came or went; `why` is what the technician reads, null while it answers. */
  | { readonly kind: "board"; readonly board: string; readonly why: string | null }
  /** A push button at a board of the lane. */
  | { readonly kind: "press"; readonly laneId: Uuid; readonly button: ButtonName }
  /** For a simulated peripheral, from the socket as it came. */
  | { readonly kind: "sim_input"; readonly laneId: Uuid; readonly input: SimPeripheralInput };

/** The main thread's end of the contract. */
export interface GuardLink {
  send(laneId: Uuid, command: DeviceCommand): void;
  onReport(listener: (laneId: Uuid, report: DeviceReport) => void): void;
  /** The way of simulated peripherals to the socket that the guard thread holds. */
  simTunnel(laneId: Uuid): SimTunnel;
}

import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import { systemCalls } from "../kernel/system-calls.ts";

/** What systemd is told (sd_notify(3)): each string is one assignment, like `READY=1`. */
export interface ServiceManager {
  /** Sends one datagram; a manager that doesn't take it is no reason to stop, so failures go to `onFailure`. */
  tell(...assignments: readonly string[]): void;
  /** How long systemd waits for a sign of life, ms; null for a unit without a watchdog. */
  readonly watchdogMs: number | null;
}

export interface ServiceEnvironment {
  readonly NOTIFY_SOCKET?: string | undefined;
  readonly WATCHDOG_USEC?: string | undefined;
  readonly WATCHDOG_PID?: string | undefined;
}

/** The service manager that started this process; null when none did or it does not want to be told. */
export function serviceManagerOf(
  environment: ServiceEnvironment,
  { pid, onFailure }: { pid: number; onFailure: (why: string) => void },
): ServiceManager | null {
  const socket = environment.NOTIFY_SOCKET;
  if (!socket) return null;
  return {
    watchdogMs: watchdogMsOf(environment, pid),
    tell(...assignments) {
      try {
        systemCalls().sendDatagram(socket, assignments.join("\n"));
      } catch (error) {
        onFailure(errorMessage(error));
      }
    },
  };
}

/** sd_watchdog_enabled(3): the time is meant for the process that `WATCHDOG_PID` names, or for any when it is not there. */
function watchdogMsOf({ WATCHDOG_USEC, WATCHDOG_PID }: ServiceEnvironment, pid: number): number | null {
  if (WATCHDOG_PID !== undefined && Number(WATCHDOG_PID) !== pid) return null;
  const us = Number(WATCHDOG_USEC);
  return Number.isFinite(us) && us > 0 ? us / 1_000 : null;
}

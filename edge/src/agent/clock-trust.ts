import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ClockQuality } from "@gatehouse/shared/contracts/primitives.ts";
import { type Clock, fromIso, later, type WallMs } from "@gatehouse/shared/kit/clock.ts";

/** No right clock reads less: this code did not exist before. */
const EARLIEST_PLAUSIBLE: WallMs = fromIso("2026-11-01T00:00:00Z");

const BOOT_ID_FILE = "/proc/sys/kernel/random/boot_id";
const NTP_SYNCED_FILE = "/run/systemd/timesync/synchronized";
const RTC_DIRECTORY = "/sys/class/rtc/rtc0";
const TRUSTED_BOOT_FILE = "clock-trusted-in-boot";
/** Each stamp asks for the quality, so the time service's word is looked up no more often than this. */
const NTP_LOOK_MS = 5_000;

/** What speaks for the wall clock of this computer while no cloud can vouch for it. */
export interface ClockEvidence {
  /** The system's time service says that it is synchronised. */
  readonly isNtpSynced: boolean;
  /** A battery-backed clock is there. */
  readonly hasRtc: boolean;
  /** The cloud vouched for the clock since this computer was switched on; it has run on since. */
  readonly wasTrustedThisBoot: boolean;
  /** The wall clock is a simulated world's own. */
  readonly isSimulated: boolean;
}

/** How far a wall time can be trusted without the cloud (SYNC-13). A clock in 1970 is trusted by nothing. */
export function qualityFrom(evidence: ClockEvidence, wall: WallMs): ClockQuality {
  if (wall < EARLIEST_PLAUSIBLE) return "unknown";
  if (evidence.isNtpSynced) return "synced";
  return evidence.isSimulated || evidence.hasRtc || evidence.wasTrustedThisBoot ? "holdover" : "unknown";
}

export interface ClockTrustOptions {
  readonly clock: Clock;
  readonly directory: string;
  readonly isSimulated: boolean;
  /** What the cloud's time shows, a clock that is wrong included; null while it was never measured. */
  readonly measured: () => ClockQuality | null;
}

/** The quality of the wall clock now. An agent that starts without a link still knows whether its clock ran on. */
export function clockTrust({ clock, directory, isSimulated, measured }: ClockTrustOptions): () => ClockQuality {
  const bootId = computerBoot();
  const keptIn = join(directory, TRUSTED_BOOT_FILE);
  let wasTrustedThisBoot = bootId !== null && readOrNull(keptIn) === bootId;
  const hasRtc = !isSimulated && existsSync(RTC_DIRECTORY);
  let ntp = { isSynced: false, lookAgainAt: clock.mono() };

  function isNtpSynced(): boolean {
    if (!isSimulated && clock.mono() >= ntp.lookAgainAt) {
      ntp = { isSynced: existsSync(NTP_SYNCED_FILE), lookAgainAt: later(clock.mono(), NTP_LOOK_MS) };
    }
    return ntp.isSynced;
  }

  function keepTrust(): void {
    if (wasTrustedThisBoot || bootId === null) return;
    wasTrustedThisBoot = true;
    try {
      writeFileSync(keptIn, bootId, { mode: 0o600 });
    } catch {
      // A full disk costs the memory of this, nothing else.
    }
  }

  return () => {
    const quality = measured();
    if (quality === "synced") keepTrust();
    if (quality !== null) return quality;
    return qualityFrom({ isNtpSynced: isNtpSynced(), hasRtc, wasTrustedThisBoot, isSimulated }, clock.wall());
  };
}

/** What the kernel calls the time since the computer was switched on (random(4)); null where it does not tell. */
export function computerBoot(): string | null {
  return readOrNull(BOOT_ID_FILE);
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return null;
  }
}

import type { SessionStatus } from "@gatehouse/shared/contracts/primitives.ts";
import type { WallMs } from "@gatehouse/shared/kit/clock.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { PressureLevel } from "@gatehouse/shared/sync/disk-pressure.ts";
import type { StoredJournalEntry } from "./journal.ts";

export interface SessionRow {
  readonly id: Uuid;
  readonly plate: string | null;
  readonly ticket: string | null;
  readonly kind: string;
  readonly status: SessionStatus;
  readonly enteredAt: WallMs;
  readonly exitedAt: WallMs | null;
  readonly feeMinor: number | null;
  readonly paidMinor: number;
  readonly currency: string | null;
  readonly closeReason: string | null;
}

export interface OutboxStatus {
  readonly epoch: number;
  /** Highest sequence number written. */
  readonly lastN: number;
  /** Highest sequence number that the cloud confirmed. */
  readonly confirmedN: number;
  /** H(n) at either of them, hex: equal at equal numbers here and in the cloud, or the streams differ. */
  readonly lastHash: string;
  readonly confirmedHash: string;
  readonly pending: number;
  readonly oldestPendingAt: WallMs | null;
  readonly bytes: number;
}

export interface ReplicaStatus {
  readonly version: number;
  readonly checksum: string;
  readonly items: number;
  /** Wall time of the last confirmation that this version is the current one; null before the first. */
  readonly confirmedAt: WallMs | null;
}

/** How the store stands with its share of the disk (SYNC-14). */
export interface ShareStatus {
  readonly level: PressureLevel;
  /** What its rows take, when it was last measured. */
  readonly usedBytes: number;
  /** What they may take: the share, or what others have left of it; null without a share, or before the first measure. */
  readonly roomBytes: number | null;
  /** Telemetry not written since the cloud was last told of it. */
  readonly droppedTelemetry: number;
  /** Why the share can't be what is configured; null when it can. */
  readonly impossible: string | null;
}

/** Which entries of the journal; null or left out: all. */
export interface JournalFilter {
  readonly laneId: Uuid | null;
  /** Only newer entries, oldest first; without it the newest ones. */
  readonly sinceId: number | null;
  readonly limit: number;
  /** A kind, or the beginning of several: `lane.` */
  readonly kind?: string | null;
  readonly fromAt?: WallMs | null;
  readonly toAt?: WallMs | null;
}

/** Read-only views for the local API, the CLI, health and telemetry. `limit` is at most 1,000. */
export interface EdgeQueries {
  sessions(filter: { openOnly: boolean; plate: string | null; limit: number }): readonly SessionRow[];
  outbox(): OutboxStatus;
  replica(): ReplicaStatus;
  journal(filter: JournalFilter): readonly StoredJournalEntry[];
  /** Bytes of the database on disk, and free bytes of its volume. */
  disk(): { readonly usedBytes: number; readonly freeBytes: number };
  share(): ShareStatus;
}

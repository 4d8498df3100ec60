import type { Site } from "@gatehouse/shared/contracts/config/site/site.ts";
import type { ClockQuality, LinkState } from "@gatehouse/shared/contracts/primitives.ts";
import type { Clock, MonoMs, WallMs } from "@gatehouse/shared/kit/clock.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import type { SiteCameras } from "../cameras/site-cameras.ts";
import type { ExplainQuery, Explanation } from "../decision/decision-desk.ts";
import type { LaneControl } from "../lane/lane-control.ts";
import type { ReportLane } from "../lane/lane-report.ts";
import type { LaneInspection } from "../lane/lane-runner.ts";
import type { PeripheralHealth } from "../peripherals/health.ts";
import type { VideoPort } from "../ports/video/video-port.ts";
import type { EdgeQueries, SessionRow } from "../store/edge-queries.ts";
import type { Journal, StoredJournalEntry } from "../store/journal.ts";
import type { ReplicaStore } from "../store/replica-port.ts";
import type { StoreHealth } from "../store/store-port.ts";
import type { AgentStatus, JournalView, SessionView } from "./contract.ts";
import type { BoardHealth, HostFacts } from "./device-view.ts";
import type { RejectedReads } from "./rejected-reads.ts";

/** Everything the local API shows, gathered by the agent's composition. */
export interface AgentView {
  readonly site: Site;
  readonly version: string;
  /** Serial number of this computer. */
  readonly serial: string;
  readonly boot: Uuid;
  readonly startedAt: { readonly wall: WallMs; readonly mono: MonoMs };
  readonly clock: Clock;
  readonly random: Random;
  readonly lanes: LaneControl;
  readonly queries: EdgeQueries;
  readonly rejected: RejectedReads;
  readonly link: () => { readonly state: LinkState; readonly detail: string };
  readonly clockQuality: () => ClockQuality;
  readonly storeHealth: () => StoreHealth;
  /** When the device's certificate ends; null without one. */
  readonly certificateEndsAt: () => WallMs | null;
  /** Enrols this edge, anew where it was before, and connects it. Rejects with what the cloud or the token said. */
  readonly enrol: (ask: { readonly token: string; readonly provisioningUrl: string | null }) => Promise<void>;
  /** A lane as it is inside; null when the lot has no such lane. */
  readonly inspect: (laneId: Uuid) => LaneInspection | null;
  /** What would be decided, and why; nothing is written and nothing opens. */
  readonly explain: (query: ExplainQuery) => Promise<Explanation>;
  readonly journal: Journal;
  /** Tells the cloud of a hand that acted. */
  readonly report: ReportLane;
  readonly replica: Pick<ReplicaStore, "items" | "recomputeChecksum">;
  readonly cameras: Pick<SiteCameras, "pushed" | "health" | "onOutcome">;
  readonly video: VideoPort;
  readonly peripherals: () => readonly PeripheralHealth[];
  readonly boards: () => readonly BoardHealth[];
  readonly host: () => HostFacts;
  /** Writes a consistent copy of the store to a new file, while the lanes go on. Rejects when it can't. */
  readonly copyStore: (file: string) => Promise<void>;
  /** Where the store and the page's password lie. */
  readonly dataDir: string;
}

/** Counting stops here; a lot has fewer spots. */
const MOST_OPEN_SESSIONS = 1_000;

/** The agent at this moment, for `gate status` and the status page. */
export function statusOf(view: AgentView): AgentStatus {
  const { site, clock, queries } = view;
  const outbox = queries.outbox();
  const replica = queries.replica();
  const disk = queries.disk();
  const share = queries.share();
  return {
    agent: {
      version: view.version,
      serial: view.serial,
      boot: view.boot,
      started_at: view.startedAt.wall,
      uptime_ms: clock.mono() - view.startedAt.mono,
    },
    lot: { id: site.lot_id, code: site.code, name: site.name, time_zone: site.time_zone },
    clock: { at: clock.wall(), quality: view.clockQuality() },
    link: view.link(),
    lanes: [...view.lanes.snapshot()],
    open_sessions: queries.sessions({ openOnly: true, plate: null, limit: MOST_OPEN_SESSIONS }).length,
    outbox: {
      epoch: outbox.epoch,
      last_n: outbox.lastN,
      confirmed_n: outbox.confirmedN,
      last_hash: outbox.lastHash,
      confirmed_hash: outbox.confirmedHash,
      pending: outbox.pending,
      oldest_pending_at: outbox.oldestPendingAt,
      bytes: outbox.bytes,
    },
    replica: {
      version: replica.version,
      checksum: replica.checksum,
      items: replica.items,
      confirmed_at: replica.confirmedAt,
    },
    disk: { used_bytes: disk.usedBytes, free_bytes: disk.freeBytes },
    store_share: {
      level: share.level,
      used_bytes: share.usedBytes,
      room_bytes: share.roomBytes,
      dropped_telemetry: share.droppedTelemetry,
      impossible: share.impossible,
    },
    rejected_reads: view.rejected.total,
    certificate_ends_at: view.certificateEndsAt(),
  };
}

/** A stored session as the local API tells it. */
export function sessionView(row: SessionRow): SessionView {
  return {
    id: row.id,
    plate: row.plate,
    ticket: row.ticket,
    kind: row.kind,
    status: row.status,
    entered_at: row.enteredAt,
    exited_at: row.exitedAt,
    fee_minor: row.feeMinor,
    paid_minor: row.paidMinor,
    currency: row.currency,
    close_reason: row.closeReason,
  };
}

/** A journal entry as the local API tells it. */
export function journalView(entry: StoredJournalEntry): JournalView {
  return {
    id: entry.id,
    at: entry.at,
    mono_ms: entry.monoMs,
    lane_id: entry.laneId,
    kind: entry.kind,
    data: entry.data,
  };
}

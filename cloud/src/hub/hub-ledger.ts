import type { CommandResult } from "@gatehouse/shared/contracts/mqtt/commands.ts";
import type { Hello, Telemetry } from "@gatehouse/shared/contracts/mqtt/link.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { PresentedIdentity, refusalOfConnection } from "../services/devices/admit-connection.ts";
import type { Command } from "../services/devices/dispatch-commands.ts";
import type { LinkKey } from "../services/devices/record-link.ts";
import type { StreamOwner } from "../services/ingest/context.ts";
import type { IngestAnswer } from "../services/ingest/ingest-batches.ts";
import type { ReadBatch } from "../services/ingest/read-events.ts";
import type { HeldReplica, ReplicaQuestion, ReplicaUpdate } from "../services/replica/update-messages.ts";
import type { Refusal } from "./edge-transport.ts";

/**
 * All that the hub's connections read from and write to durable storage. Each verb is one transaction: what it resolves
 * with is committed, and one that rejects has changed nothing or may be done again.
 */
export interface HubLedger {
  /** Why the owner of a certificate may not connect now, or null. */
  readonly admit: (identity: PresentedIdentity) => ReturnType<typeof refusalOfConnection>;
  /** Writes a refusal to the audit log. */
  readonly auditRefusal: (refusal: Refusal) => Promise<void>;
  readonly linkUp: (link: LinkKey) => Promise<void>;
  readonly linkDown: (link: LinkKey) => Promise<void>;
  /**
   * Compares where the edge stands with what is committed (SYNC-07, SYNC-08); null for a hello that comes late, which is
   * not answered. Throws `device_unknown`.
   */
  readonly answerHello: (owner: StreamOwner, hello: Hello) => Promise<IngestAnswer | null>;
  /** What the device said of itself. */
  readonly recordHello: (link: LinkKey, hello: Hello) => Promise<void>;
  /** Applies batches of one epoch; none of them asks only where the stream stands. Throws `device_unknown`. */
  readonly ingest: (owner: StreamOwner, batches: readonly ReadBatch[]) => Promise<IngestAnswer>;
  /** The device speaks a version with which the hub has none in common. */
  readonly reportVersion: (owner: StreamOwner, version: number) => Promise<void>;
  readonly recordTelemetry: (link: LinkKey, telemetry: Telemetry) => Promise<void>;
  readonly readReplica: (question: ReplicaQuestion) => Promise<ReplicaUpdate>;
  readonly recordReplicaSent: (link: LinkKey, replica: HeldReplica) => Promise<void>;
  /** Hands each waiting command out once (SYNC-11). */
  readonly claimCommands: (deviceId: Uuid) => Promise<readonly Command[]>;
  readonly recordCommandResult: (deviceId: Uuid, result: CommandResult) => Promise<void>;
}

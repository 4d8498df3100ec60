import { refusalOfConnection } from "../services/devices/admit-connection.ts";
import { claimCommands, recordCommandResult } from "../services/devices/dispatch-commands.ts";
import { auditDeviceAction } from "../services/devices/record-incident.ts";
import { recordHello, recordLinkDown, recordLinkUp, recordReplicaSent } from "../services/devices/record-link.ts";
import { recordTelemetry } from "../services/devices/record-telemetry.ts";
import { reportVersion } from "../services/devices/report-version.ts";
import { answerHello } from "../services/ingest/answer-hello.ts";
import { ingestBatches } from "../services/ingest/ingest-batches.ts";
import { readReplicaUpdate } from "../services/replica/read-update.ts";
import type { Refusal } from "./edge-transport.ts";
import type { HubContext } from "./hub-context.ts";
import type { HubLedger } from "./hub-ledger.ts";

/** The ledger in Postgres: the services' verbs. All of them reject when the database can't be reached. */
export function createPostgresLedger(context: HubContext): HubLedger {
  return {
    admit: (identity) => refusalOfConnection(context, identity),
    auditRefusal: (refusal) => auditRefusal(context, refusal),
    linkUp: (link) => recordLinkUp(context, link),
    linkDown: (link) => recordLinkDown(context, link),
    answerHello: (owner, hello) => answerHello(context, owner, hello),
    recordHello: (link, hello) => recordHello(context, link, hello),
    ingest: (owner, batches) => ingestBatches(context, owner, batches),
    reportVersion: (owner, version) => reportVersion(context, owner, version),
    recordTelemetry: (link, telemetry) => recordTelemetry(context, link, telemetry),
    readReplica: (question) => readReplicaUpdate(context.db, question),
    recordReplicaSent: (link, replica) => recordReplicaSent(context, link, replica),
    claimCommands: (deviceId) => claimCommands(context, deviceId),
    recordCommandResult: (deviceId, result) => recordCommandResult(context, deviceId, result),
  };
}

async function auditRefusal(context: HubContext, refusal: Refusal): Promise<void> {
  const { code, identity, remoteAddress, detail } = refusal;
  const device = { kind: "device", id: identity?.deviceId ?? remoteAddress } as const;
  await auditDeviceAction(context.db, context, {
    operatorId: identity?.operatorId ?? null,
    lotId: identity?.lotId ?? null,
    actor: device,
    action: "hub.refused",
    subject: device,
    details: { code, from: remoteAddress, detail: detail.slice(0, 256) },
  });
}

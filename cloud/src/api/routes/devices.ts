import { renewalApproval, renewalApproved } from "@gatehouse/shared/contracts/http/device-renewal.ts";
import {
  deviceList,
  deviceRelease,
  deviceReleased,
  type deviceView,
  enrolmentTokenInput,
  enrolmentTokenView,
  laneOpen,
  laneOpenResult,
} from "@gatehouse/shared/contracts/http/devices.ts";
import { uuid } from "@gatehouse/shared/contracts/primitives.ts";
import { toIso } from "@gatehouse/shared/kit/clock.ts";
import { createRoute, z } from "@hono/zod-openapi";
import { assertMay } from "../../services/access.ts";
import { approveRenewal } from "../../services/devices/approve-renewal.ts";
import { awaitCommandResult } from "../../services/devices/await-command-result.ts";
import type { DevicesContext } from "../../services/devices/context.ts";
import { createEnrolmentToken } from "../../services/devices/create-enrolment-token.ts";
import { type DeviceState, listDevices } from "../../services/devices/list.ts";
import { releaseDevice } from "../../services/devices/release.ts";
import { requestRemoteOpen } from "../../services/devices/request-remote-open.ts";
import { findLane } from "../../services/lots/find-lane.ts";
import { findLot } from "../../services/lots/find-lot.ts";
import { ServiceError } from "../../services/service-error.ts";
import { type ApiOptions, verbContext } from "../api-env.ts";
import { claimOf } from "../http/idempotency.ts";
import { body, createRouter, idempotencyHeader, json, refusals, SECURITY } from "../http/open-api.ts";

const TAGS = ["devices"];
const idParam = z.object({ id: uuid });
/** How long an answer waits for the lot's own; past it the command may still act until its life is over. */
const RESULT_WAIT_MS = 5_000;

const list = createRoute({
  method: "get",
  path: "/devices",
  tags: TAGS,
  summary: "Edges with their connection and how far their events have come",
  security: SECURITY,
  responses: { 200: json(deviceList, "All devices of your lots"), ...refusals },
});

const release = createRoute({
  method: "post",
  path: "/devices/{id}/release",
  tags: TAGS,
  summary: "Let a device go on that was set apart, in a new epoch",
  description:
    "For a device whose disk was set back or whose events forked. One that runs twice must be enrolled anew instead.",
  security: SECURITY,
  request: { params: idParam, body: body(deviceRelease) },
  responses: { 200: json(deviceReleased, "The epoch that the device is told of at its next hello"), ...refusals },
});

const approveRenewalRoute = createRoute({
  method: "post",
  path: "/devices/{id}/approve-renewal",
  tags: TAGS,
  summary: "Let a device renew its expired certificate, once, within a day",
  description: "For a device that was away too long to renew it in time. The alarm certificate_expired tells of it.",
  security: SECURITY,
  request: { params: idParam, body: body(renewalApproval) },
  responses: { 200: json(renewalApproved, "Until when the device may renew"), ...refusals },
});

const open = createRoute({
  method: "post",
  path: "/lanes/{id}/open",
  tags: TAGS,
  summary: "Open a lane from afar",
  description:
    "A signed command of a short life; the lane's own safety rules decide. With an Idempotency-Key a repeated request is the same command.",
  security: SECURITY,
  request: { params: idParam, headers: idempotencyHeader, body: body(laneOpen) },
  responses: {
    200: json(laneOpenResult, "What the lot's edge said"),
    202: json(laneOpenResult, "No answer yet"),
    ...refusals,
  },
});

const enrol = createRoute({
  method: "post",
  path: "/parking-lots/{id}/enrolment-tokens",
  tags: TAGS,
  summary: "A token by which one edge enrols at a lot, once, within an hour",
  security: SECURITY,
  request: { params: idParam, body: body(enrolmentTokenInput) },
  responses: { 201: json(enrolmentTokenView, "The token; it is shown only here"), ...refusals },
});

export function deviceRoutes(options: ApiOptions) {
  const devices: DevicesContext = options;
  return createRouter()
    .openapi(list, async (c) => {
      const actor = c.get("actor");
      assertMay(actor, "devices.read");
      const scope = { operatorId: actor.operatorId, ...(actor.lotIds === null ? {} : { lotIds: actor.lotIds }) };
      return c.json({ data: (await listDevices(devices, scope)).map(toView) }, 200);
    })
    .openapi(release, async (c) => {
      const actor = c.get("actor");
      assertMay(actor, "lots.write");
      const { operatorId, lotIds, id } = actor;
      const { reason } = c.req.valid("json");
      const deviceId = c.req.valid("param").id;
      return c.json(await releaseDevice(devices, { operatorId, lotIds, actor: id, deviceId, reason }), 200);
    })
    .openapi(approveRenewalRoute, async (c) => {
      const actor = c.get("actor");
      assertMay(actor, "lots.write");
      const { operatorId, lotIds, id } = actor;
      const { reason } = c.req.valid("json");
      const deviceId = c.req.valid("param").id;
      const { until } = await approveRenewal(devices, { operatorId, lotIds, actor: id, deviceId, reason });
      return c.json({ approved_until: toIso(until) }, 200);
    })
    .openapi(open, async (c) => {
      const lane = await findLane(verbContext(c, options), "lanes.open", c.req.valid("param").id);
      const actor = c.get("actor");
      const claim = await claimOf(c, options.clock);
      const { commandId } = await requestRemoteOpen(devices, {
        ...(claim === null ? {} : { claim }),
        operatorId: actor.operatorId,
        lotId: lane.parking_lot_id,
        laneId: lane.id,
        actor: actor.id,
        reason: c.req.valid("json").reason,
      });
      const wait = { commandId, timeoutMs: RESULT_WAIT_MS, signal: c.req.raw.signal };
      const { status, refusal, message } = await awaitCommandResult(devices, wait);
      const answer = { command_id: commandId, status, refusal, message };
      return status === "pending" || status === "sent" ? c.json(answer, 202) : c.json(answer, 200);
    })
    .openapi(enrol, async (c) => {
      const lot = await findLot(verbContext(c, options), "lots.write", c.req.valid("param").id);
      const caFingerprint = options.caFingerprint();
      if (caFingerprint === null)
        throw new ServiceError(
          "unavailable",
          "This process doesn't know the hub's certificate; ask one that runs the hub.",
        );
      const { serial } = c.req.valid("json");
      const { token, expiresAt } = await createEnrolmentToken(devices, {
        operatorId: lot.operator_id,
        lotId: lot.id,
        caFingerprint,
        actor: c.get("actor").id,
        ...(serial === undefined ? {} : { serial }),
      });
      return c.json({ token, expires_at: toIso(expiresAt) }, 201);
    });
}

function toView(device: DeviceState): z.infer<typeof deviceView> {
  return {
    id: device.deviceId,
    parking_lot_id: device.lotId,
    lot_name: device.lotName,
    time_zone: device.timeZone,
    serial: device.serial,
    connected: device.connected,
    since: device.since.toISOString(),
    last_seen_at: device.lastSeenAt.toISOString(),
    link_state: device.linkState,
    epoch: device.epoch,
    cursor: device.cursor,
    hash: device.hash,
    stream_changed_at: device.streamChangedAt.toISOString(),
    forked_at: device.forkedAt?.toISOString() ?? null,
    stopped_for: device.forkedAt === null ? null : (device.stoppedFor ?? "fork"),
    epoch_due: device.epochDue,
    dead_letters: device.deadLetters,
    outbox_pending: device.outboxPending,
    standing: device.standing,
    standing_at: device.standingAt?.toISOString() ?? null,
    replica_version: device.replicaVersion,
    replica_head: device.replicaHead,
    agent_version: device.agentVersion,
    certificate_not_after: device.certificateNotAfter.toISOString(),
    renewal_asked_at: device.renewalAskedAt?.toISOString() ?? null,
    revoked_at: device.revokedAt?.toISOString() ?? null,
  };
}

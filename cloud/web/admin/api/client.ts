import { renewalApproved } from "@gatehouse/shared/contracts/http/device-renewal.ts";
import {
  deadLetterPage,
  deadLetterView,
  deviceList,
  deviceReleased,
  laneOpenResult,
} from "@gatehouse/shared/contracts/http/devices.ts";
import { simulation } from "@gatehouse/shared/contracts/http/operations.ts";
import { problem } from "@gatehouse/shared/contracts/http/problem.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { err, ok, type Result } from "@gatehouse/shared/kit/result.ts";
import type { z } from "zod";

const PREFIX = "/api/v1";
/** Longer than the cloud waits for a lot's answer to a remote open. */
const TIMEOUT_MS = 12_000;

/** Why a request gave no result. `status` is null when no answer came at all. */
export interface ApiFailure {
  readonly status: number | null;
  readonly code: string;
  /** One sentence of the cloud, in English; null when it said none. */
  readonly detail: string | null;
}

type DeadLetterKey = Pick<z.infer<typeof deadLetterView>, "parking_lot_id" | "device_id" | "epoch" | "n">;

interface Ask<Schema extends z.ZodType> {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly answer: Schema;
  readonly body?: unknown;
  readonly idempotencyKey?: string;
}

/** The cloud's HTTP interface as one operator may use it. Answers are parsed here and trusted from here on. */
export function createApi(token: string) {
  async function ask<Schema extends z.ZodType>(request: Ask<Schema>): Promise<Result<z.output<Schema>, ApiFailure>> {
    try {
      const response = await fetch(`${PREFIX}${request.path}`, initOf(request, token));
      const body: unknown = await response.json();
      if (!response.ok) return err(failureOf(response.status, body));
      const parsed = request.answer.safeParse(body);
      return parsed.success ? ok(parsed.data) : err({ status: response.status, code: "unreadable", detail: null });
    } catch {
      return err({ status: null, code: "no_answer", detail: null });
    }
  }
  return {
    openLane: (laneId: Uuid, order: { readonly reason: string; readonly idempotencyKey: string }) =>
      ask({
        method: "POST",
        path: `/lanes/${laneId}/open`,
        answer: laneOpenResult,
        body: { reason: order.reason },
        idempotencyKey: order.idempotencyKey,
      }),
    devices: () => ask({ method: "GET", path: "/devices", answer: deviceList }),
    releaseDevice: (deviceId: Uuid, reason: string) =>
      ask({ method: "POST", path: `/devices/${deviceId}/release`, answer: deviceReleased, body: { reason } }),
    approveRenewal: (deviceId: Uuid, reason: string) =>
      ask({ method: "POST", path: `/devices/${deviceId}/approve-renewal`, answer: renewalApproved, body: { reason } }),
    deadLetters: (lotId: Uuid) =>
      ask({ method: "GET", path: `/parking-lots/${lotId}/dead-letters`, answer: deadLetterPage }),
    settleDeadLetter: (
      letter: DeadLetterKey,
      order: { readonly verb: "redeliver" | "discard"; readonly reason: string },
    ) =>
      ask({
        method: "POST",
        path: `/parking-lots/${letter.parking_lot_id}/dead-letters/${letter.device_id}/${letter.epoch}/${letter.n}/${order.verb}`,
        answer: deadLetterView,
        body: { reason: order.reason },
      }),
    simulation: () => ask({ method: "GET", path: "/simulation", answer: simulation }),
    setLink: (lotId: Uuid, link: "up" | "cut") =>
      ask({ method: "POST", path: `/simulation/links/${lotId}`, answer: simulation, body: { link } }),
  };
}

export type Api = ReturnType<typeof createApi>;

function initOf(request: Ask<z.ZodType>, token: string): RequestInit {
  const headers: Record<string, string> = { authorization: `Bearer ${token}`, accept: "application/json" };
  if (request.body !== undefined) headers["content-type"] = "application/json";
  if (request.idempotencyKey !== undefined) headers["idempotency-key"] = request.idempotencyKey;
  return {
    method: request.method,
    headers,
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
  };
}

function failureOf(status: number, body: unknown): ApiFailure {
  const parsed = problem.safeParse(body);
  if (!parsed.success) return { status, code: "unreadable", detail: null };
  return { status, code: parsed.data.code, detail: parsed.data.detail ?? parsed.data.title };
}

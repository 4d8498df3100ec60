import { z } from "zod";
import { epochMs, uuid } from "../primitives.ts";

/** What a new edge sends once, over TLS to the hub's provisioning port whose CA its token names. */
export const enrolmentRequest = z.object({
  token: z.string().min(32).max(256),
  serial: z.string().min(1).max(64),
  /** PKCS #10, PEM; the key never leaves the device. */
  csr: z.string().max(8_192),
});

export const enrolmentAnswer = z.object({
  device_id: uuid,
  operator_id: uuid,
  lot_id: uuid,
  epoch: z.int().positive(),
  certificate: z.string(),
  ca: z.string(),
  not_after: epochMs,
  mqtt_url: z.url(),
  command_key: z.object({ key_id: z.string(), public_key: z.string() }),
});

/** `gh1.<secret>.<SHA-256 of the CA certificate's DER, base64url>` */
export const enrolmentToken = z
  .string()
  .regex(/^gh1\.[A-Za-z0-9_-]{32,}\.[A-Za-z0-9_-]{43}$/, "must be a whole enrolment token (gh1....)");

export type EnrolmentRequest = z.infer<typeof enrolmentRequest>;
export type EnrolmentAnswer = z.infer<typeof enrolmentAnswer>;

/** Path of the provisioning server that takes an `EnrolmentRequest` by POST. */
export const ENROLMENT_PATH = "/v1/enrolments";

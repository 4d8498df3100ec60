import { z } from "zod";
import { epochMs } from "../primitives.ts";

/** Path of the provisioning server at which a device asks for its next certificate, over mutual TLS with the one it has. */
export const RENEWAL_PATH = "/v1/renewals";
/** Where it says, with the new certificate, that it uses it from now on; the one before is no longer good then. */
export const RENEWAL_IN_USE_PATH = "/v1/renewals/in-use";

/** `POST /v1/renewals` */
export const renewalRequest = z.object({
  /** PKCS #10, PEM, over a new key; the key never leaves the device. */
  csr: z.string().max(8_192),
});

export const renewalAnswer = z.object({ certificate: z.string(), not_after: epochMs });

/**
 * Why there is no new certificate. `renewal_not_due`: the present one has more than a half of its life left.
 * `renewal_awaits_approval`: it has expired, and an operator has to allow the next one. The others shut the device out.
 */
export const renewalRefusal = z.enum([
  "renewal_not_due",
  "renewal_awaits_approval",
  "certificate_unknown",
  "certificate_superseded",
  "device_unknown",
  "device_revoked",
]);

/** `POST /devices/{id}/approve-renewal`, by an operator */
export const renewalApproval = z.strictObject({ reason: z.string().trim().min(1).max(256) });
export const renewalApproved = z.object({ approved_until: z.iso.datetime() });

export type RenewalRequest = z.infer<typeof renewalRequest>;
export type RenewalAnswer = z.infer<typeof renewalAnswer>;
export type RenewalRefusal = z.infer<typeof renewalRefusal>;

import { createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { z } from "zod";
import {
  type CommandBody,
  type CommandRefusal,
  type SignedCommand,
  signedCommand,
} from "../contracts/mqtt/commands.ts";
import { COMMAND_MAX_LIFE_MS } from "../contracts/mqtt/protocol.ts";
import { canonicalJson, type Json } from "../kit/canonical-json.ts";
import type { Uuid } from "../kit/ids.ts";
import { parseJson } from "../kit/json.ts";

/** A command as it was read: its known fields, and the bytes that its signature covers, unknown fields included. */
export interface ReadCommand extends SignedCommand {
  readonly bytes: Uint8Array;
}

/** Signs a command with the hub's Ed25519 key (RFC 8032), over the canonical JSON of its whole body. */
export function signCommand(body: CommandBody, keyId: string, privateKey: KeyObject): SignedCommand {
  return { body, key_id: keyId, signature: sign(null, signedBytes(body), privateKey).toString("base64url") };
}

/** Reads a command message; null when it is none. */
export function readCommand(text: string): ReadCommand | null {
  const envelope = signedCommand.extend({ body: z.json() }).safeParse(parseJson(text));
  if (!envelope.success) return null;
  const known = signedCommand.safeParse(envelope.data);
  return known.success ? { ...known.data, bytes: signedBytes(envelope.data.body) } : null;
}

function signedBytes(body: Json): Uint8Array {
  return Buffer.from(canonicalJson(body), "utf8");
}

/** The Ed25519 public key as enrolment hands it out: SPKI in DER, base64url. */
export function encodeCommandKey(publicKey: KeyObject): string {
  return publicKey.export({ type: "spki", format: "der" }).toString("base64url");
}

/** Reads what `encodeCommandKey` wrote. Throws when it is no Ed25519 key. */
export function decodeCommandKey(text: string): KeyObject {
  const key = createPublicKey({ key: Buffer.from(text, "base64url"), type: "spki", format: "der" });
  if (key.asymmetricKeyType !== "ed25519") throw new TypeError("The command key must be an Ed25519 public key.");
  return key;
}

/** What the edge knows about itself when a command comes in. */
export interface CommandAddressee {
  readonly deviceId: Uuid;
  readonly epoch: number;
  readonly laneIds: readonly Uuid[];
  readonly key: { readonly keyId: string; readonly publicKey: KeyObject };
}

/** What the edge knows about this moment. */
export interface CommandMoment {
  /** Of the present connection. */
  readonly linkNonce: string;
  /** Cloud time, ms, estimated on the monotonic clock; null when this connection has not measured it yet. */
  readonly cloudNowMs: number | null;
  /** Remote opens that acted within the last minute. */
  readonly actedLastMinute: number;
}

/** Remote opens a minute that an edge carries out, whatever the cloud signs (SAFE-26). */
export const REMOTE_OPENS_PER_MINUTE = 20;

/**
 * Why a command is not for this edge, or null when it is (SAFE-26). Nothing of a command that fails here is stored.
 * `retained`: the broker kept the message, so it was not said to this connection.
 */
export function misaddressed(command: ReadCommand, edge: CommandAddressee, retained: boolean): CommandRefusal | null {
  const { body } = command;
  if (retained) return "retained";
  if (!isSignedBy(command, edge.key)) return "bad_signature";
  if (body.device_id !== edge.deviceId) return "wrong_device";
  if (body.epoch !== edge.epoch) return "wrong_epoch";
  return edge.laneIds.includes(body.lane_id) ? null : "unknown_lane";
}

/**
 * Why a command, addressed to this edge and not seen before, comes at the wrong time, or null when it may act now
 * (SYNC-11). Wall time at the edge plays no part.
 */
export function outOfTime({ body }: ReadCommand, moment: CommandMoment): CommandRefusal | null {
  if (body.link_nonce !== moment.linkNonce) return "stale_link";
  if (moment.cloudNowMs === null) return "clock_unknown";
  if (moment.cloudNowMs >= body.not_after || body.not_after - body.issued_at > COMMAND_MAX_LIFE_MS) return "expired";
  return moment.actedLastMinute >= REMOTE_OPENS_PER_MINUTE ? "rate_limited" : null;
}

function isSignedBy({ bytes, key_id, signature }: ReadCommand, key: CommandAddressee["key"]): boolean {
  return key_id === key.keyId && verify(null, bytes, key.publicKey, Buffer.from(signature, "base64url"));
}

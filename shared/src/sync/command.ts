import { createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import {
  type CommandBody,
  type CommandRefusal,
  type SignedCommand,
  signedCommand,
} from "../contracts/mqtt/commands.ts";
import { COMMAND_MAX_LIFE_MS } from "../contracts/mqtt/protocol.ts";
import { canonicalJson, type Json } from "../kit/canonical-json.ts";
import type { Uuid } from "../kit/ids.ts";

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
  const value = parseJson(text);
  const parsed = signedCommand.safeParse(value);
  if (!parsed.success || typeof value !== "object" || value === null || !("body" in value)) return null;
  return { ...parsed.data, bytes: signedBytes(value.body as Json) };
}

function signedBytes(body: Json): Uint8Array {
  return Buffer.from(canonicalJson(body), "utf8");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
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

/** What the edge knows when a command comes in. */
export interface CommandFacts {
  readonly deviceId: Uuid;
  readonly epoch: number;
  readonly laneIds: readonly Uuid[];
  readonly key: { readonly keyId: string; readonly publicKey: KeyObject };
  /** Of the present connection; null when there is none. */
  readonly linkNonce: string | null;
  /** Cloud time, ms, estimated on the monotonic clock; null when this connection has not measured it yet. */
  readonly cloudNowMs: number | null;
  readonly retained: boolean;
  /** Remote opens that acted within the last minute. */
  readonly actedLastMinute: number;
}

/** Remote opens a minute that an edge carries out, whatever the cloud signs (SAFE-26). */
export const REMOTE_OPENS_PER_MINUTE = 20;

/** Why a command must not act, or null when it may. Whether it acted before is asked of the store, not here. */
export function commandRefusalOf(command: ReadCommand, facts: CommandFacts): CommandRefusal | null {
  const { body } = command;
  if (facts.retained) return "retained";
  if (!isSignedBy(command, facts.key)) return "bad_signature";
  if (body.device_id !== facts.deviceId) return "wrong_device";
  if (body.epoch !== facts.epoch) return "wrong_epoch";
  if (!facts.laneIds.includes(body.lane_id)) return "unknown_lane";
  if (body.link_nonce !== facts.linkNonce) return "stale_link";
  if (facts.cloudNowMs === null) return "clock_unknown";
  if (!isInItsTime(body, facts.cloudNowMs)) return "expired";
  if (facts.actedLastMinute >= REMOTE_OPENS_PER_MINUTE) return "rate_limited";
  return null;
}

function isSignedBy({ bytes, key_id, signature }: ReadCommand, key: CommandFacts["key"]): boolean {
  return key_id === key.keyId && verify(null, bytes, key.publicKey, Buffer.from(signature, "base64url"));
}

function isInItsTime({ issued_at, not_after }: CommandBody, cloudNowMs: number): boolean {
  return cloudNowMs < not_after && not_after - issued_at <= COMMAND_MAX_LIFE_MS;
}

import { createHash, timingSafeEqual } from "node:crypto";
import { formatUuid, type Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";

const TOKEN = /^ght_([0-9a-f]{32})\.([A-Za-z0-9_-]{43})$/;
const SECRET_BYTES = 32;

export interface TokenParts {
  readonly id: Uuid;
  readonly secretHash: Uint8Array;
}

/** `ght_<id>.<secret>`: the id finds the row, the secret's hash is compared. */
export function newTokenText(id: Uuid, random: Random): string {
  return `ght_${id.replaceAll("-", "")}.${Buffer.from(random.bytes(SECRET_BYTES)).toString("base64url")}`;
}

/** Takes a token apart; null when it isn't one. */
export function parseToken(text: string): TokenParts | null {
  const [, hexId, secret] = TOKEN.exec(text) ?? [];
  if (hexId === undefined || secret === undefined) return null;
  const secretHash = createHash("sha256").update(secret).digest();
  return { id: formatUuid(Buffer.from(hexId, "hex")), secretHash };
}

/** Compares two SHA-256 in constant time. */
export function sameHash(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}

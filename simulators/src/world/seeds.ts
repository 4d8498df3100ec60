import { createHash } from "node:crypto";
import { formatUuid, type Uuid } from "@gatehouse/shared/kit/ids.ts";
import { type Random, seededRandom } from "@gatehouse/shared/kit/random.ts";

/**
 * A sequence of its own for a named part of the world, so that what one part draws never shifts what another one gets:
 * vehicle 17 has the same plate and temper whatever the other vehicles did.
 */
export function randomFor(seed: number, ...path: readonly (string | number)[]): Random {
  return seededRandom(digest(seed, path).readInt32BE(0));
}

/** The UUID that a seed gives to a named thing; version 8 (RFC 9562, 5.8), since it is made of a hash. */
export function uuidFor(seed: number, ...path: readonly (string | number)[]): Uuid {
  const bytes = digest(seed, path).subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return formatUuid(bytes);
}

function digest(seed: number, path: readonly (string | number)[]): Buffer {
  return createHash("sha256")
    .update([seed, ...path].join("/"))
    .digest();
}

import type { Clock } from "./clock.ts";
import type { Random } from "./random.ts";

/** A UUID in its 36-character lower-case form. */
export type Uuid = string;

/** Makes new ids. */
export type NewId = () => Uuid;

/**
 * UUID version 7 (RFC 9562, 5.7): 48 bits of wall time in ms, then random. Ids made later sort later, which keeps
 * B-tree inserts at one edge of the index.
 */
export function uuidv7Source(clock: Pick<Clock, "wall">, random: Random): NewId {
  return () => {
    const bytes = random.bytes(16);
    const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
    const at = Math.max(0, clock.wall());
    view.setUint16(0, Math.floor(at / 2 ** 32) & 0xffff);
    view.setUint32(2, at % 2 ** 32);
    view.setUint8(6, 0x70 | (view.getUint8(6) & 0x0f));
    view.setUint8(8, 0x80 | (view.getUint8(8) & 0x3f));
    return formatUuid(bytes);
  };
}

/** 16 bytes as a UUID's text. */
export function formatUuid(bytes: Uint8Array): Uuid {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

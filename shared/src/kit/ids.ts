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

const HEX_OF_BYTE = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
/** Bytes before which a UUID's text has a hyphen (RFC 9562, 4). */
const HYPHEN_BEFORE = new Set([4, 6, 8, 10]);

/** 16 bytes as a UUID's text. */
export function formatUuid(bytes: Uint8Array): Uuid {
  let text = "";
  for (let at = 0; at < 16; at++) text += (HYPHEN_BEFORE.has(at) ? "-" : "") + HEX_OF_BYTE[bytes[at] ?? 0];
  return text;
}

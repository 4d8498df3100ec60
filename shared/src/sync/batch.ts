import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { type BatchHeader, batchHeader } from "../contracts/mqtt/events.ts";
import {
  BATCH_MAX_BYTES,
  BATCH_MAX_EVENTS,
  COMPRESS_FROM_BYTES,
  EVENT_MAX_BYTES,
  PROTOCOL_OLDEST,
  PROTOCOL_VERSION,
} from "../contracts/mqtt/protocol.ts";
import { parseJson } from "../kit/json.ts";
import { err, ok, type Result } from "../kit/result.ts";

/** A header line is one small object; more is no header. */
const HEADER_MAX_BYTES = 1_024;
/** Most bytes that a batch may have, compressed or not. */
export const BATCH_WIRE_MAX_BYTES = BATCH_MAX_BYTES + HEADER_MAX_BYTES;

/** First bytes of a zstd frame (RFC 8878, 3.1.1); a plain batch starts with a brace. */
const ZSTD_MAGIC = 0xfd2fb528;
const ZSTD_LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

export interface Batch {
  readonly header: BatchHeader;
  /** The events' lines exactly as the edge keeps them; the hash chain runs over them. */
  readonly lines: readonly string[];
}

export type BatchFault =
  /** More bytes, events or bytes a line than the protocol allows. */
  | "too_large"
  | "bad_compression"
  /** Not UTF-8. */
  | "bad_text"
  | "bad_header"
  /** The header is of a version that this build does not read. */
  | "unsupported_version"
  /** Another number of lines than the header says, or an empty line. */
  | "bad_count";

/** A batch as bytes for the wire: header line, then one line an event; zstd level 1 from COMPRESS_FROM_BYTES on. */
export function encodeBatch(header: BatchHeader, lines: readonly string[]): Uint8Array {
  if (header.count !== lines.length)
    throw new RangeError(`A batch of ${lines.length} lines says count ${header.count}`);
  const bytes = Buffer.from(`${JSON.stringify(header)}\n${lines.join("\n")}`, "utf8");
  return bytes.length < COMPRESS_FROM_BYTES ? bytes : zstdCompressSync(bytes, ZSTD_LEVEL);
}

/** Takes a batch apart. Any bytes at all may come in: what is no batch gives a fault, never an exception. */
export function decodeBatch(bytes: Uint8Array): Result<Batch, BatchFault> {
  const plain = inflate(bytes);
  if (!plain.ok) return plain;
  const text = decodeText(plain.value);
  if (text === null) return err("bad_text");
  const [headerLine = "", ...lines] = text.split("\n", BATCH_MAX_EVENTS + 2);
  const header = parseHeader(headerLine);
  if (!header.ok) return header;
  if (lines.length > BATCH_MAX_EVENTS || lines.some(isTooLong)) return err("too_large");
  if (lines.length !== header.value.count || lines.includes("")) return err("bad_count");
  return ok({ header: header.value, lines });
}

function inflate(bytes: Uint8Array): Result<Uint8Array, BatchFault> {
  if (bytes.length > BATCH_WIRE_MAX_BYTES) return err("too_large");
  if (!isZstd(bytes)) return ok(bytes);
  try {
    return ok(zstdDecompressSync(bytes, { maxOutputLength: BATCH_WIRE_MAX_BYTES }));
  } catch (error) {
    return err(isTooLargeError(error) ? "too_large" : "bad_compression");
  }
}

function isZstd(bytes: Uint8Array): boolean {
  if (bytes.length < 4) return false;
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true) === ZSTD_MAGIC;
}

function isTooLargeError(error: unknown): boolean {
  return error instanceof RangeError && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";
}

function decodeText(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

function parseHeader(line: string): Result<BatchHeader, BatchFault> {
  const value = parseJson(line);
  const version = typeof value === "object" && value !== null && "v" in value ? value.v : undefined;
  if (typeof version !== "number") return err("bad_header");
  if (version > PROTOCOL_VERSION || version < PROTOCOL_OLDEST) return err("unsupported_version");
  const parsed = batchHeader.safeParse(value);
  return parsed.success ? ok(parsed.data) : err("bad_header");
}

function isTooLong(line: string): boolean {
  return line.length * 3 > EVENT_MAX_BYTES && Buffer.byteLength(line) > EVENT_MAX_BYTES;
}

import { createCipheriv, createDecipheriv, scrypt } from "node:crypto";
import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import { parseJson } from "@gatehouse/shared/kit/json.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import { z } from "zod";

/*
 * A backup file: one line of JSON (what it is, how its key is made), then chunks, each of 4 bytes length, ciphertext and
 * tag. AES-256-GCM a chunk, its nonce the chunk's number, its additional data the header and whether it is the last: a
 * chunk that is changed, left out, moved, or a file that is cut short, does not open (the STREAM construction, Hoang et
 * al. 2015). The key is made from the passphrase by scrypt with a salt of the file's own, so no nonce repeats.
 */

const header = z.strictObject({
  format: z.literal("gatehouse-backup"),
  v: z.literal(1),
  lot: z.string().max(63),
  made_at: z.string(),
  agent_version: z.string().max(64),
  salt: z.string(),
  scrypt: z.strictObject({ n: z.int().max(2 ** 17), r: z.int().max(16), p: z.int().max(16) }),
});

export type BackupHeader = z.infer<typeof header>;

const SCRYPT = { n: 2 ** 15, r: 8, p: 3 } as const;
const SCRYPT_MEMORY_MAX = 160 * 1_048_576;
const CHUNK_BYTES = 1_048_576;
const TAG_BYTES = 16;
const LENGTH_BYTES = 4;
const HEADER_MAX_BYTES = 4_096;
const NONCE_BYTES = 12;

export const PASSPHRASE_MIN = 12;

export interface SealOptions {
  readonly passphrase: string;
  readonly about: Pick<BackupHeader, "lot" | "made_at" | "agent_version">;
  readonly random: Random;
}

/** The bytes of a backup file of `plain`, in order. */
export async function* seal(plain: AsyncIterable<Uint8Array>, options: SealOptions): AsyncGenerator<Buffer> {
  const salt = Buffer.from(options.random.bytes(16)).toString("base64");
  const about: BackupHeader = { format: "gatehouse-backup", v: 1, ...options.about, salt, scrypt: SCRYPT };
  const line = Buffer.from(`${JSON.stringify(about)}\n`);
  const key = await keyOf(options.passphrase, about);
  yield line;
  let number = 0;
  let held: Buffer | null = null;
  for await (const chunk of chunks(plain)) {
    if (held) yield sealChunk(held, { key, line, number: number++, isLast: false });
    held = chunk;
  }
  yield sealChunk(held ?? Buffer.alloc(0), { key, line, number, isLast: true });
}

/** Reads the first line of a backup file. Throws `not_a_backup`. */
export function readHeader(file: Buffer): { readonly about: BackupHeader; readonly line: Buffer } {
  const end = file.subarray(0, HEADER_MAX_BYTES).indexOf(0x0a);
  const line = file.subarray(0, end + 1);
  const parsed = header.safeParse(end === -1 ? null : parseJson(line.toString("utf8")));
  if (!parsed.success) throw new GatehouseError("not_a_backup", "This file is not a backup made by gate.");
  return { about: parsed.data, line };
}

/** The plain bytes of a backup file. Throws `not_a_backup`, or `backup_unreadable` for a wrong passphrase or a damaged file. */
export async function open(file: Buffer, passphrase: string): Promise<{ about: BackupHeader; plain: Buffer }> {
  const { about, line } = readHeader(file);
  const key = await keyOf(passphrase, about);
  const parts: Buffer[] = [];
  let at = line.length;
  for (let number = 0; ; number++) {
    if (at + LENGTH_BYTES > file.length) throw unreadable("it is cut short");
    const length = file.readUInt32BE(at);
    const from = at + LENGTH_BYTES;
    const to = from + length;
    if (length < TAG_BYTES || length > CHUNK_BYTES + TAG_BYTES || to > file.length) throw unreadable("it is cut short");
    const isLast = to === file.length;
    parts.push(openChunk(file.subarray(from, to), { key, line, number, isLast }));
    if (isLast) return { about, plain: Buffer.concat(parts) };
    at = to;
  }
}

interface Place {
  readonly key: Buffer;
  readonly line: Buffer;
  readonly number: number;
  readonly isLast: boolean;
}

function sealChunk(plain: Buffer, place: Place): Buffer {
  const cipher = createCipheriv("aes-256-gcm", place.key, nonceOf(place)).setAAD(aadOf(place));
  const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(sealed.length);
  return Buffer.concat([length, sealed]);
}

function openChunk(sealed: Buffer, place: Place): Buffer {
  const body = sealed.subarray(0, sealed.length - TAG_BYTES);
  const decipher = createDecipheriv("aes-256-gcm", place.key, nonceOf(place)).setAAD(aadOf(place));
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(body), decipher.final()]);
  } catch (cause) {
    throw unreadable(place.number === 0 ? "the passphrase is wrong, or it is damaged" : "it is damaged", cause);
  }
}

function nonceOf({ number }: Place): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES);
  nonce.writeUInt32BE(number, NONCE_BYTES - LENGTH_BYTES);
  return nonce;
}

function aadOf({ line, isLast }: Place): Buffer {
  return Buffer.concat([line, Buffer.from([isLast ? 1 : 0])]);
}

function keyOf(passphrase: string, { salt, scrypt: cost }: BackupHeader): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { N: cost.n, r: cost.r, p: cost.p, maxmem: SCRYPT_MEMORY_MAX };
    const done = (error: Error | null, key: Buffer): void => (error ? reject(error) : resolve(key));
    scrypt(passphrase.normalize("NFKC"), Buffer.from(salt, "base64"), 32, options, done);
  });
}

async function* chunks(plain: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  for await (const part of plain) {
    rest = Buffer.concat([rest, part]);
    for (; rest.length >= CHUNK_BYTES; rest = rest.subarray(CHUNK_BYTES)) yield rest.subarray(0, CHUNK_BYTES);
  }
  if (rest.length > 0) yield rest;
}

function unreadable(why: string, cause?: unknown): GatehouseError {
  return new GatehouseError("backup_unreadable", `The backup can't be read: ${why}. Nothing was changed.`, { cause });
}

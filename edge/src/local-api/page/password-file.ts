import { scrypt, timingSafeEqual } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseJson } from "@gatehouse/shared/kit/json.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import { z } from "zod";
import { writeFileDurably } from "../../uplink/durable-file.ts";

const FILE = "page-password.json";
/** OWASP's advice for scrypt: 32 MiB and some 0.1 s on a small computer. */
const COST = { N: 2 ** 15, r: 8, p: 3 } as const;
const SCRYPT_MEMORY_MAX = 96 * 1_048_576;
const HASH_BYTES = 32;
const SALT_BYTES = 16;

const stored = z.object({
  kdf: z.literal("scrypt"),
  n: z.int(),
  r: z.int(),
  p: z.int(),
  salt: z.string(),
  hash: z.string(),
});

export type StoredPassword = z.infer<typeof stored>;

/** The page's password as it is kept; null when none was set, so that nobody gets in. */
export async function readPassword(dataDir: string): Promise<StoredPassword | null> {
  const text = await readFile(join(dataDir, FILE), "utf8").catch(() => "");
  return stored.safeParse(parseJson(text)).data ?? null;
}

/** Keeps a hash of the password, mode 0600; the salt is new each time, which ends all sessions. */
export async function setPassword(dataDir: string, password: string, random: Random): Promise<void> {
  const salt = Buffer.from(random.bytes(SALT_BYTES));
  const { N: n, r, p } = COST;
  const hash = await derive(password, salt, { N: n, r, p });
  const kept: StoredPassword = { kdf: "scrypt", n, r, p, salt: salt.toString("base64"), hash: hash.toString("base64") };
  writeFileDurably(join(dataDir, FILE), JSON.stringify(kept));
}

/** Leaves the page without an account, so that nobody gets in; sessions end with it. No password is no error. */
export async function removePassword(dataDir: string): Promise<void> {
  await rm(join(dataDir, FILE), { force: true });
}

/** Takes the same time for any password. */
export async function isPassword(kept: StoredPassword, password: string): Promise<boolean> {
  const expected = Buffer.from(kept.hash, "base64");
  const { n: N, r, p } = kept;
  const offered = await derive(password, Buffer.from(kept.salt, "base64"), { N, r, p });
  return expected.length === offered.length && timingSafeEqual(expected, offered);
}

function derive(password: string, salt: Buffer, cost: { N: number; r: number; p: number }): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { ...cost, maxmem: SCRYPT_MEMORY_MAX };
    scrypt(password.normalize("NFKC"), salt, HASH_BYTES, options, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}

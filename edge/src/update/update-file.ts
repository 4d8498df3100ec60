import { createHash, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { parseJson } from "@gatehouse/shared/kit/json.ts";
import { err, ok, type Result } from "@gatehouse/shared/kit/result.ts";
import { type UpdateManifest, updateManifest } from "./manifest.ts";

/*
 * An update is one file:
 *
 *     gatehouse-update 1\n
 *     <bytes of the manifest> <id of the key, or -> <signature in base64, or ->\n
 *     <manifest><package>
 *
 * The signature (Ed25519, RFC 8032) is over the manifest's bytes; the manifest holds the package's SHA-256. The package is
 * a gzipped tar of a release.
 */

const MAGIC = "gatehouse-update 1\n";
/** First two lines, at most. */
export const HEADER_MAX_BYTES = 512;
export const MANIFEST_MAX_BYTES = 65_536;
/** Most keys that a device takes: two while one is replaced by the next. */
export const KEYS_MAX = 2;

export interface UpdateHead {
  readonly manifest: UpdateManifest;
  /** Where the package begins in the file. */
  readonly packageAt: number;
}

/**
 * `not_an_update`: something else; `truncated`: it ends too soon; `unsigned`; `foreign_key`: signed with a key that isn't
 * among ours; `bad_signature`: changed after it was signed; `bad_manifest`: signed by us, but not understood.
 */
export type HeadError = "not_an_update" | "truncated" | "unsigned" | "foreign_key" | "bad_signature" | "bad_manifest";

/** Reads the beginning of an update. The signature comes first: what isn't signed with one of `keys` is not even parsed. */
export function readHead(start: Buffer, keys: readonly KeyObject[]): Result<UpdateHead, HeadError> {
  const magic = Buffer.from(MAGIC);
  if (!start.subarray(0, magic.length).equals(magic.subarray(0, start.length))) return err("not_an_update");
  const end = start.subarray(0, HEADER_MAX_BYTES).indexOf(0x0a, magic.length);
  if (end === -1) return err(start.length < HEADER_MAX_BYTES ? "truncated" : "not_an_update");
  const fields = /^(\d{1,6}) (-|[0-9a-f]{16}) (-|[A-Za-z0-9+/]{86}==)$/.exec(
    start.toString("latin1", magic.length, end),
  );
  if (!fields) return err("not_an_update");
  const [, length = "", keyId = "", signature = ""] = fields;
  if (Number(length) > MANIFEST_MAX_BYTES) return err("not_an_update");
  const packageAt = end + 1 + Number(length);
  if (start.length < packageAt) return err("truncated");
  const raw = start.subarray(end + 1, packageAt);
  const fault = signatureFault({ raw, keyId, signature }, keys);
  if (fault) return err(fault);
  const manifest = updateManifest.safeParse(parseJson(raw.toString("utf8")));
  return manifest.success ? ok({ manifest: manifest.data, packageAt }) : err("bad_manifest");
}

/** The first part of an update file, before the package; unsigned without a key. */
export function writeHead(manifest: UpdateManifest, key: KeyObject | null): Buffer {
  const raw = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
  const seal = key === null ? "- -" : `${keyIdOf(createPublicKey(key))} ${sign(null, raw, key).toString("base64")}`;
  return Buffer.concat([Buffer.from(`${MAGIC}${raw.length} ${seal}\n`), raw]);
}

/** Short name of a public key: the start of the SHA-256 of its SPKI bytes. */
export function keyIdOf(key: KeyObject): string {
  return createHash("sha256")
    .update(key.export({ type: "spki", format: "der" }))
    .digest("hex")
    .slice(0, 16);
}

function signatureFault(
  { raw, keyId, signature }: { raw: Buffer; keyId: string; signature: string },
  keys: readonly KeyObject[],
): HeadError | null {
  if (keyId === "-" || signature === "-") return "unsigned";
  const key = keys.slice(0, KEYS_MAX).find((one) => keyIdOf(one) === keyId);
  if (!key) return "foreign_key";
  return verify(null, raw, key, Buffer.from(signature, "base64")) ? null : "bad_signature";
}

import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { join } from "node:path";
import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import { encodeCommandKey } from "@gatehouse/shared/sync/command.ts";
import { makePrivateFolder, readIfPresent, writePrivately } from "./private-files.ts";

const FILE = "command.key";
const KEY_ID_CHARACTERS = 16;

/** The key that signs commands to lanes; edges get its public half at enrolment. */
export interface CommandKey {
  readonly keyId: string;
  readonly privateKey: KeyObject;
  /** SPKI in DER, base64url. */
  readonly publicKey: string;
}

/** Opens the Ed25519 key in `folder`, making it at the first start. Throws `command_key_unreadable`. */
export async function openCommandKey(folder: string): Promise<CommandKey> {
  await makePrivateFolder(folder);
  const path = join(folder, FILE);
  const held = await readIfPresent(path);
  if (held !== null) return describe(readKey(held, path));
  const { privateKey } = generateKeyPairSync("ed25519");
  await writePrivately(path, privateKey.export({ type: "pkcs8", format: "pem" }).toString());
  return describe(privateKey);
}

function describe(privateKey: KeyObject): CommandKey {
  const publicKey = encodeCommandKey(createPublicKey(privateKey));
  const keyId = createHash("sha256").update(publicKey).digest("base64url").slice(0, KEY_ID_CHARACTERS);
  return { keyId, privateKey, publicKey };
}

function readKey(pem: string, path: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === "ed25519") return key;
  } catch (cause) {
    throw unreadable(path, cause);
  }
  throw unreadable(path, undefined);
}

function unreadable(path: string, cause: unknown): GatehouseError {
  return new GatehouseError(
    "command_key_unreadable",
    `The key that signs remote commands (${path}) can't be read. Restore it from a backup; or move it away and start ` +
      "again, and then enrol every edge anew.",
    { cause },
  );
}

import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import { closeSync, createReadStream, openSync, readdirSync, readFileSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import type { WallMs } from "@gatehouse/shared/kit/clock.ts";
import { errorCode } from "@gatehouse/shared/kit/errors.ts";
import { ArchiveError } from "./archive.ts";
import { decideUpdate, headRefusal, type Installed, refuse, type UpdateDecision } from "./decide-update.ts";
import { currentPath, currentSlot, type Places, releasePath, statePath } from "./places.ts";
import { HEADER_MAX_BYTES, KEYS_MAX, MANIFEST_MAX_BYTES, readHead, type UpdateHead } from "./update-file.ts";
import type { UpdateFiles } from "./update-files.ts";
import { parseState } from "./update-state.ts";

/** Room that stays free beside an update and the store, bytes. */
const KEPT_FREE_BYTES = 100_000_000;
/** How much larger a release is than its package. */
const UNPACKED_FACTOR = 5;

export interface UpdateOptions {
  readonly file: string;
  readonly keys: readonly KeyObject[];
  readonly installed: Installed;
  readonly now: WallMs;
}

/** Reads a whole update and judges it; nothing is changed. */
export async function checkUpdate({
  file,
  keys,
  installed,
  now,
}: UpdateOptions): Promise<UpdateDecision & { head?: UpdateHead }> {
  if (keys.length === 0)
    return refuse("no_keys", "This computer knows no key for updates. Put one into /etc/gatehouse/update-keys.");
  const head = readHead(startOf(file), keys);
  if (!head.ok) return headRefusal(head.error);
  const { manifest, packageAt } = head.value;
  const packageFound = await measure(file, packageAt);
  return { ...decideUpdate({ manifest, packageFound, installed, now }), head: head.value };
}

export interface StageOptions extends UpdateOptions {
  readonly places: Places;
  readonly files: UpdateFiles;
}

/** Checks an update and unpacks it beside what runs; the agent goes on meanwhile and notices nothing. */
export async function stageUpdate(options: StageOptions): Promise<UpdateDecision> {
  const checked = await checkUpdate(options);
  if (checked.kind === "refuse" || !checked.head) return checked;
  const { places, files } = options;
  const { manifest } = checked.head;
  const slots = join(places.updates, "slots");
  const partial = join(places.updates, "unpacking");
  const target = releasePath(places, manifest.version);
  files.makeFolder(slots);
  files.remove(partial);
  if (files.freeBytes(slots) < manifest.package.bytes * UNPACKED_FACTOR + KEPT_FREE_BYTES)
    return refuse(
      "no_space",
      `There is too little room in ${places.updates}; the update needs ${Math.ceil((manifest.package.bytes * UNPACKED_FACTOR) / 1e6)} MB.`,
    );
  files.makeFolder(partial);
  const refusal = await unpackPackage(options, { head: checked.head, partial });
  if (refusal) {
    files.remove(partial);
    return refusal;
  }
  putInPlace(options, { partial, target });
  return { kind: "install", version: manifest.version };
}

/**
 * Gives the unpacked release its name. A slot that has it already is never trusted unread: it is replaced by what was just
 * checked against the signature, by two renames, so that an agent that runs from there finds its files again.
 */
function putInPlace({ places, files }: StageOptions, { partial, target }: { partial: string; target: string }): void {
  const replaced = join(places.updates, "replaced");
  files.remove(replaced);
  if (files.exists(target)) files.rename(target, replaced);
  files.rename(partial, target);
  files.remove(replaced);
}

/** Unpacks what was signed, or says why not: the file is hashed again as it is read, so it can't change in between. */
async function unpackPackage(
  { file, files }: StageOptions,
  { head, partial }: { head: UpdateHead; partial: string },
): Promise<UpdateDecision | null> {
  const hash = createHash("sha256");
  const read = createReadStream(file, { start: head.packageAt });
  read.on("data", (chunk) => hash.update(chunk));
  const plain = createGunzip();
  const [unpacked, fed] = await Promise.allSettled([files.unpack(plain, partial), pipeline(read, plain)]);
  if (unpacked.status === "rejected" && unpacked.reason instanceof ArchiveError)
    return refuse("damaged", unpacked.reason.message);
  if (unpacked.status === "rejected") throw unpacked.reason;
  if (fed.status === "rejected") throw fed.reason;
  if (hash.digest("hex") === head.manifest.package.sha256) return null;
  return refuse("damaged", "The file changed while it was read. Copy it again.");
}

/** From the next start on the staged version runs, on trial. The note of the trial is durable before the switch. */
export function switchToUpdate(
  { places, files }: Pick<StageOptions, "places" | "files">,
  { version, needsLink }: { version: string; needsLink: boolean },
): void {
  const state = parseState(files.read(statePath(places)));
  const from = currentSlot(places, files) ?? "base";
  files.remove(places.verdict);
  files.write(
    statePath(places),
    `${JSON.stringify({ ...state, trial: { version, from, starts: 0, needs_link: needsLink } })}\n`,
  );
  files.link(currentPath(places), releasePath(places, version));
}

/** Public keys that this computer takes: PEM files of root's folder, two at most. Others are passed over. */
export function readUpdateKeys(folder: string): readonly KeyObject[] {
  let names: string[];
  try {
    names = readdirSync(folder)
      .filter((name) => name.endsWith(".pem"))
      .sort();
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  }
  return names.slice(0, KEYS_MAX).map((name) => createPublicKey(readFileSync(join(folder, name), "utf8")));
}

function startOf(file: string): Buffer {
  const bytes = Buffer.alloc(HEADER_MAX_BYTES + MANIFEST_MAX_BYTES);
  const fd = openSync(file, "r");
  try {
    return bytes.subarray(0, readSync(fd, bytes));
  } finally {
    closeSync(fd);
  }
}

async function measure(file: string, from: number): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash("sha256");
  if (statSync(file).size > from)
    for await (const chunk of createReadStream(file, { start: from })) hash.update(chunk as Buffer);
  return { sha256: hash.digest("hex"), bytes: statSync(file).size - from };
}

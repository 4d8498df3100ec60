import { createHash, generateKeyPairSync, type KeyObject } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { packTree } from "../archive.ts";
import type { UpdateManifest } from "../manifest.ts";
import { writeHead } from "../update-file.ts";

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export function newKey(): KeyPair {
  return generateKeyPairSync("ed25519");
}

/** A release that really starts, as quickly as a shell does: its "agent" prints its version and ends. */
export function writeSmallRelease(folder: string, version: string, agent = `echo ${version}`): void {
  const put = (name: string, text: string): void => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  };
  put("release.json", JSON.stringify({ version, arch: "amd64" }));
  put("bin/node", '#!/bin/sh\nexec /bin/sh "$@"\n');
  chmodSync(join(folder, "bin/node"), 0o755);
  put("edge/src/agent/main.ts", agent);
}

export interface SmallUpdate {
  readonly version: string;
  readonly key: KeyObject | null;
  readonly change?: Partial<UpdateManifest>;
  /** Program of its agent, when it is to do something else than to print its version. */
  readonly agent?: string;
}

/** A real update file, signed or not. */
export async function writeSmallUpdate({ version, key, change, agent }: SmallUpdate): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-update-"));
  writeSmallRelease(join(folder, "release"), version, agent);
  const chunks: Buffer[] = [];
  for await (const chunk of packTree(join(folder, "release"), { atS: 0 })) chunks.push(chunk as Buffer);
  const body = gzipSync(Buffer.concat(chunks));
  const manifest: UpdateManifest = {
    format: 1,
    version,
    arch: "amd64",
    devices: "all",
    created: "2026-01-01T00:00:00Z",
    expires: "2026-12-31T00:00:00Z",
    min_version: "0.1.0",
    package: { sha256: createHash("sha256").update(body).digest("hex"), bytes: body.length },
    ...change,
  };
  const file = join(folder, `${version}.update`);
  writeFileSync(file, Buffer.concat([writeHead(manifest, key), body]));
  return file;
}

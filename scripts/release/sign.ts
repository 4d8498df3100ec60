import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { packTree } from "@gatehouse/edge/update/archive.ts";
import { type UpdateManifest, updateManifest } from "@gatehouse/edge/update/manifest.ts";
import { keyIdOf, writeHead } from "@gatehouse/edge/update/update-file.ts";

/* Makes update files of releases that `npm run package` has built, and keys to sign them with. */

const USAGE = `Usage:
  node_modules/.bin/node scripts/release/sign.ts new-key FOLDER
      makes update-key.pem (secret, keep it off the network) and update-key.pub.pem (goes to /etc/gatehouse/update-keys)
  node_modules/.bin/node scripts/release/sign.ts update --release FOLDER --key FILE --out FILE
      [--days 90] [--min-version 0.1.0] [--device SERIAL]...
      signs a release, like .gatehouse/package/arm64/release, as an update file
`;
const DAY_MS = 86_400_000;

function newKey(folder: string): void {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const secret = join(folder, "update-key.pem");
  writeFileSync(secret, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600, flag: "wx" });
  writeFileSync(join(folder, "update-key.pub.pem"), publicKey.export({ type: "spki", format: "pem" }), { flag: "wx" });
  process.stdout.write(`${secret}\n  key ${keyIdOf(publicKey)}\n`);
}

interface Signing {
  readonly release: string;
  readonly key: string;
  readonly out: string;
  readonly days: number;
  readonly minVersion: string;
  readonly devices: readonly string[];
}

async function signUpdate({ release, key, out, days, minVersion, devices }: Signing): Promise<void> {
  const about: { version?: string; arch?: string } = JSON.parse(readFileSync(join(release, "release.json"), "utf8"));
  const chunks: Buffer[] = [];
  for await (const chunk of packTree(release, { atS: 0 })) chunks.push(chunk as Buffer);
  const body = gzipSync(Buffer.concat(chunks), { level: 9 });
  const now = Date.now();
  const manifest: UpdateManifest = updateManifest.parse({
    format: 1,
    version: about.version,
    arch: about.arch,
    devices: devices.length === 0 ? "all" : devices,
    created: new Date(now).toISOString(),
    expires: new Date(now + days * DAY_MS).toISOString(),
    min_version: minVersion,
    package: { sha256: createHash("sha256").update(body).digest("hex"), bytes: body.length },
  });
  const secret = createPrivateKey(readFileSync(key, "utf8"));
  writeFileSync(out, Buffer.concat([writeHead(manifest, secret), body]));
  process.stdout.write(
    `${out}\n  ${manifest.version} for ${manifest.arch}, ${Math.round(body.length / 1e6)} MB, key ${keyIdOf(createPublicKey(secret))}, until ${manifest.expires}\n`,
  );
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    release: { type: "string" },
    key: { type: "string" },
    out: { type: "string" },
    days: { type: "string", default: "90" },
    "min-version": { type: "string", default: "0.1.0" },
    device: { type: "string", multiple: true, default: [] },
  },
});
const [verb, folder] = positionals;
const { release, key, out } = values;
if (verb === "new-key" && folder) newKey(folder);
else if (verb === "update" && release && key && out)
  await signUpdate({
    release,
    key,
    out,
    days: Number(values.days),
    minVersion: values["min-version"],
    devices: values.device,
  });
else {
  process.stderr.write(USAGE);
  process.exitCode = 2;
}

import { join } from "node:path";
import { downTopics, topicOf, upTopics } from "@gatehouse/shared/contracts/mqtt/topics.ts";
import { type Clock, sleep } from "@gatehouse/shared/kit/clock.ts";
import { DAY_MS, SECOND_MS } from "@gatehouse/shared/kit/durations.ts";
import type { DeviceInService } from "../../services/devices/device-of-lot.ts";
import type { CertificateAuthority } from "../ca/certificate-authority.ts";
import type { CertificateIdentity } from "../ca/device-identity.ts";
import { makePrivateFolder, readIfPresent, writePrivately } from "../ca/private-files.ts";
import { HUB_NAME } from "./broker-transport.ts";
import { PROBE_NAME, PROBE_TOPIC, SECOND_PROBE_NAME } from "./probe.ts";

/** What a broker needs to know of our devices, as files that Mosquitto reads. */
export interface BrokerFiles {
  /** Writes `ca.crt`, `server.crt`, `server.key`, `acl` and `revoked.crl`; calls follow one another. */
  write(): Promise<void>;
}

export interface BrokerFilesOptions {
  readonly folder: string;
  readonly ca: Pick<CertificateAuthority, "caPem" | "server" | "revocationList">;
  readonly devices: () => Promise<readonly DeviceInService[]>;
  readonly clock: Clock;
}

/** An unchanged revocation list is written again after this, long before it expires. */
const REWRITE_CRL_MS = DAY_MS;
/** Between two lists of a broker that holds both, OpenSSL takes the one of the later second. */
const PAUSE_MS = SECOND_MS;

/** Keeps the files in `folder` up to date; a file is written only when it says something else. */
export function createBrokerFiles({ folder, ca, devices, clock }: BrokerFilesOptions): BrokerFiles {
  let last: Promise<void> = Promise.resolve();
  /** A write that has not begun: it will see whatever changes until then. */
  let queued: Promise<void> | null = null;
  let listed: { readonly serials: string; readonly at: number } | null = null;
  const writeCrl = async (inForce: ReadonlySet<string>): Promise<void> => {
    const list = await ca.revocationList(inForce);
    const serials = list.serials.join(" ");
    if (listed?.serials === serials && clock.mono() - listed.at < REWRITE_CRL_MS) return;
    await writePrivately(join(folder, "revoked.crl"), list.pem);
    listed = { serials, at: clock.mono() };
  };
  const write = async (): Promise<void> => {
    const inService = await devices();
    await makePrivateFolder(folder);
    await writeChanged(join(folder, "ca.crt"), ca.caPem);
    await writeChanged(join(folder, "server.key"), ca.server.key);
    await writeChanged(join(folder, "server.crt"), ca.server.cert + ca.caPem);
    // First: a list of topics that leaves a device out holds for those that are connected too.
    await writeChanged(join(folder, "acl"), accessList(inService));
    await writeCrl(new Set(inService.flatMap(certificatesOf)));
  };
  const enqueue = (): Promise<void> => {
    const written = last.then(() => {
      queued = null;
      return write();
    });
    const pause = (): Promise<void> => sleep(clock, PAUSE_MS);
    last = written.then(pause, pause);
    return written;
  };
  return {
    write: () => {
      queued ??= enqueue();
      return queued;
    },
  };
}

/** Mosquitto's list of who may do what, by the common name of the certificate; what is not in it is refused. */
export function accessList(devices: readonly CertificateIdentity[]): string {
  const own = [
    block(HUB_NAME, [
      ...upTopics.map((topic) => `read gatehouse/v1/+/+/${topic}`),
      ...downTopics.map((topic) => `write gatehouse/v1/+/+/${topic}`),
      `write ${PROBE_TOPIC}`,
    ]),
    block(PROBE_NAME, [`read ${PROBE_TOPIC}`]),
    block(SECOND_PROBE_NAME, [`read ${PROBE_TOPIC}`]),
  ];
  const edges = devices.map((device) =>
    block(device.deviceId, [
      ...upTopics.map((topic) => `write ${topicOf(device, topic)}`),
      ...downTopics.map((topic) => `read ${topicOf(device, topic)}`),
    ]),
  );
  return [...own, ...edges].join("\n");
}

function certificatesOf({ certificateSerial, nextCertificateSerial }: DeviceInService): string[] {
  return nextCertificateSerial === null ? [certificateSerial] : [certificateSerial, nextCertificateSerial];
}

function block(user: string, rights: readonly string[]): string {
  return `user ${user}\n${rights.map((right) => `topic ${right}\n`).join("")}`;
}

async function writeChanged(path: string, text: string): Promise<void> {
  if ((await readIfPresent(path)) !== text) await writePrivately(path, text);
}

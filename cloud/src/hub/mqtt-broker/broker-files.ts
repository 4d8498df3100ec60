import { join } from "node:path";
import { downTopics, topicOf, upTopics } from "@gatehouse/shared/contracts/mqtt/topics.ts";
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
  readonly devices: () => Promise<readonly CertificateIdentity[]>;
}

/** Keeps the files in `folder` up to date; a file is written only when it says something else. */
export function createBrokerFiles({ folder, ca, devices }: BrokerFilesOptions): BrokerFiles {
  let last: Promise<void> = Promise.resolve();
  const write = async (): Promise<void> => {
    const inService = await devices();
    await makePrivateFolder(folder);
    await writeChanged(join(folder, "ca.crt"), ca.caPem);
    await writeChanged(join(folder, "server.key"), ca.server.key);
    await writeChanged(join(folder, "server.crt"), ca.server.cert + ca.caPem);
    // First: a list of topics that leaves a device out holds for those that are connected too.
    await writeChanged(join(folder, "acl"), accessList(inService));
    const inForce = new Set(inService.map(({ certificateSerial }) => certificateSerial));
    await writePrivately(join(folder, "revoked.crl"), await ca.revocationList(inForce));
  };
  return {
    write: () => {
      last = last.then(write, write);
      return last;
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

function block(user: string, rights: readonly string[]): string {
  return `user ${user}\n${rights.map((right) => `topic ${right}\n`).join("")}`;
}

async function writeChanged(path: string, text: string): Promise<void> {
  if ((await readIfPresent(path)) !== text) await writePrivately(path, text);
}

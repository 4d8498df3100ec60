import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./ports.ts";

const HOST = "127.0.0.1";
/** With a longer one, the sockets of lots with long names would have more than 107 bytes. */
const TMP_MAX_LENGTH = 52;

export interface LotPlaces {
  readonly code: string;
  readonly dataDir: string;
  readonly siteFile: string;
  /** Unix sockets lie in a short path: their names may have 107 bytes at most. */
  readonly gateSocket: string;
  readonly ioSocket: string;
  readonly httpPort: number;
  /** Where the agent finds the hub, through the link that can be cut. */
  readonly linkPort: number;
}

/** Where everything of a simulated system is: files and loopback ports. */
export interface SystemLayout {
  readonly dataDir: string;
  readonly logDir: string;
  readonly cloudDir: string;
  readonly setupFile: string;
  readonly tokenFile: string;
  readonly worldFile: string;
  readonly truthFile: string;
  readonly socketDir: string;
  readonly ports: {
    readonly api: number;
    readonly mqtt: number;
    readonly provisioning: number;
    readonly postgres: number;
    readonly world: number;
  };
  readonly lots: readonly LotPlaces[];
}

/** Lays a system out from `firstPort` on, or on free ports when it is null. */
export async function layOut(
  dataDir: string,
  lotCodes: readonly string[],
  firstPort: number | null,
): Promise<SystemLayout> {
  let next = firstPort;
  const port = async (): Promise<number> => (next === null ? freePort() : next++);
  const socketDir = socketDirOf(dataDir);
  const ports = {
    api: await port(),
    mqtt: await port(),
    provisioning: await port(),
    postgres: await port(),
    world: await port(),
  };
  const lots: LotPlaces[] = [];
  for (const code of lotCodes) {
    lots.push({
      code,
      dataDir: join(dataDir, "lots", code),
      siteFile: join(dataDir, "lots", `${code}.yaml`),
      gateSocket: gateSocketOf(dataDir, code),
      ioSocket: join(socketDir, `${code}.io.sock`),
      httpPort: await port(),
      linkPort: await port(),
    });
  }
  return {
    dataDir,
    logDir: join(dataDir, "logs"),
    cloudDir: join(dataDir, "cloud"),
    setupFile: join(dataDir, "setup.json"),
    tokenFile: join(dataDir, "operator.token"),
    worldFile: join(dataDir, "world.json"),
    truthFile: join(dataDir, "truth.ndjson"),
    socketDir,
    ports,
    lots,
  };
}

/** Where the `gate` command finds the agent of a lot. */
export function gateSocketOf(dataDir: string, lotCode: string): string {
  return join(socketDirOf(dataDir), `${lotCode}.gate.sock`);
}

function socketDirOf(dataDir: string): string {
  const base = tmpdir().length > TMP_MAX_LENGTH ? "/tmp" : tmpdir();
  return join(base, `gatehouse-${createHash("sha256").update(dataDir).digest("hex").slice(0, 10)}`);
}

/** Every port by what it is for, to check them all before anything starts. */
export function namedPorts({ ports, lots }: SystemLayout): Readonly<Record<string, number>> {
  const ofLots = lots.flatMap(({ code, httpPort, linkPort }) => [
    [`agent of ${code}`, httpPort] as const,
    [`link of ${code}`, linkPort] as const,
  ]);
  return { ...ports, ...Object.fromEntries(ofLots) };
}

export function loopbackUrl(scheme: string, port: number): string {
  return `${scheme}://${HOST}:${port}`;
}

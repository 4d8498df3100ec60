import { createServer } from "node:net";
import { type Clock, later, sleep } from "@gatehouse/shared/kit/clock.ts";
import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";

const HOST = "127.0.0.1";
/** So long the parts of a start that was killed may take to end, ms. */
const FREE_WITHIN_MS = 8_000;
const LOOK_EVERY_MS = 250;

/** A free port of the loopback, chosen by the operating system. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, HOST, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

export interface DemandFree {
  readonly clock: Clock;
  /** Told once when ports are taken and it is waited for them. */
  readonly onWait: () => void;
  readonly signal?: AbortSignal;
}

/** Waits some seconds for ports that are taken, then throws `port_in_use` with the names of all that still are. */
export async function demandFree(
  ports: Readonly<Record<string, number>>,
  { clock, onWait, signal }: DemandFree,
): Promise<void> {
  const end = later(clock.mono(), FREE_WITHIN_MS);
  let taken = await takenOf(ports);
  if (taken.length > 0) onWait();
  while (taken.length > 0 && clock.mono() < end) {
    await sleep(clock, LOOK_EVERY_MS);
    signal?.throwIfAborted();
    taken = await takenOf(ports);
  }
  if (taken.length === 0) return;
  const message = `These ports of ${HOST} are taken: ${taken.join(", ")}.\nStop what uses them, or choose others with --port N.`;
  throw new GatehouseError("port_in_use", message);
}

async function takenOf(ports: Readonly<Record<string, number>>): Promise<readonly string[]> {
  const checked = await Promise.all(
    Object.entries(ports).map(async ([what, port]) => ({ what, port, free: await isFree(port) })),
  );
  return checked.filter(({ free }) => !free).map(({ what, port }) => `${port} (${what})`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, HOST, () => server.close(() => resolve(true)));
  });
}

import { createServer } from "node:net";
import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";

const HOST = "127.0.0.1";

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

/** Throws `port_in_use` with the names of all ports that are taken. */
export async function demandFree(ports: Readonly<Record<string, number>>): Promise<void> {
  const checked = await Promise.all(
    Object.entries(ports).map(async ([what, port]) => ({ what, port, free: await isFree(port) })),
  );
  const taken = checked.filter(({ free }) => !free).map(({ what, port }) => `${port} (${what})`);
  if (taken.length === 0) return;
  const message = `These ports of ${HOST} are taken: ${taken.join(", ")}.\nStop what uses them, or choose others with --port N.`;
  throw new GatehouseError("port_in_use", message);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, HOST, () => server.close(() => resolve(true)));
  });
}

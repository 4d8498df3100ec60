import { connect, createServer, type Socket } from "node:net";

/** A TCP port on loopback that passes everything on to another and counts the bytes, both ways together. */
export interface CountingProxy {
  readonly port: number;
  bytes(): number;
  close(): Promise<void>;
}

export async function startCountingProxy(toPort: number): Promise<CountingProxy> {
  let bytes = 0;
  const sockets = new Set<Socket>();
  const count = (from: Socket, to: Socket): void => {
    sockets.add(from);
    from.setNoDelay(true);
    from.on("data", (chunk: Buffer) => (bytes += chunk.length));
    from.on("error", () => to.destroy());
    from.on("close", () => sockets.delete(from));
    from.pipe(to);
  };
  const server = createServer((near) => {
    const far = connect(toPort, "127.0.0.1");
    count(near, far);
    count(far, near);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || !address) throw new TypeError("A TCP server has an address with a port.");
  return {
    port: address.port,
    bytes: () => bytes,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

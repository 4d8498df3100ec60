import { createServer, type Server, type Socket } from "node:net";
import { MINUTE_MS } from "@gatehouse/shared/kit/durations.ts";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import type { CameraListener, CameraPort } from "../../../ports/camera/camera-port.ts";
import type { PulledOptions } from "../open-connected.ts";
import { JsonSplitter } from "../pull/json-splitter.ts";
import { takeMessage } from "../take-message.ts";

/** Largest event: its pictures are in it as text. */
const MAX_EVENT_BYTES = 8 * 1_048_576;
/** The camera and the connection that it has not noticed to be dead. */
const MAX_CONNECTIONS = 2;
const IDLE_MS = 10 * MINUTE_MS;

/** Waits for License Plate Verifier's TCP connection, from the camera's own addresses only. */
export function axisTcpListener(options: PulledOptions<"axis">): CameraPort {
  const { camera, listenHost: host } = options;
  const open = new Set<Socket>();
  let server: Server | null = null;
  return {
    cameraId: camera.id,
    async start(listener) {
      if (server !== null) return;
      server = createServer((socket) => serve(socket, listener));
      server.maxConnections = MAX_CONNECTIONS;
      server.on("error", (error) =>
        listener.link({
          state: "down",
          code: "unreachable",
          message: `Port ${camera.port} on ${host}: ${errorMessage(error)}.`,
        }),
      );
      await listening(server, { host, port: camera.port });
      listener.link({ state: "waiting" });
    },
    async stop() {
      for (const socket of open) socket.destroy();
      const ending = server;
      server = null;
      if (ending?.listening) await new Promise((resolve) => ending.close(resolve));
    },
    snapshotUrl: () => null,
  };

  function serve(socket: Socket, listener: CameraListener): void {
    const address = (socket.remoteAddress ?? "").replace(/^::ffff:(?=\d+\.)/i, "");
    if (!camera.addresses.includes(address)) return void socket.destroy();
    open.add(socket);
    listener.link({ state: "up" });
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    socket.setKeepAlive(true, MINUTE_MS);
    socket.on("error", () => {});
    socket.on("close", () => {
      open.delete(socket);
      if (open.size === 0 && server !== null) listener.link({ state: "waiting" });
    });
    void readAll(socket, listener).catch(() => socket.destroy());
  }

  async function readAll(socket: Socket, listener: CameraListener): Promise<void> {
    const splitter = new JsonSplitter(MAX_EVENT_BYTES);
    for await (const chunk of socket) {
      for (const body of splitter.feed(chunk as Buffer)) {
        const message = { contentType: "application/json", body: body ?? Buffer.alloc(0) };
        if (body !== null) await takeMessage(options, message, listener);
        else listener.rejected({ code: "too_large", message: `An event over ${MAX_EVENT_BYTES} bytes.` }, message);
      }
    }
  }
}

/** Resolves also when the port can't be had, of which the server's listener tells. */
function listening(server: Server, where: { readonly host: string; readonly port: number }): Promise<void> {
  return new Promise((resolve) => {
    server.once("error", () => resolve());
    server.listen(where, () => resolve());
  });
}

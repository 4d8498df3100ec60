import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import type { VideoPort } from "../ports/video/video-port.ts";
import { MAY_UPGRADE, tunnelSmoothView } from "./live-pictures.ts";

const SMOOTH = /^\/technician\/live\/([a-z0-9-]{1,63})\/smooth$/;

/** Answers a plain request as the pages would. */
type Ask = (path: string, init: { headers: Record<string, string> }) => Response | Promise<Response>;

/**
 * Lets a server take JSMpeg's WebSockets. Whether one may is asked of the pages themselves: they answer a plain request for
 * the same address with 426 when the login is good. A browser always tells the origin, which must be our own page's.
 */
export function takeSmoothViews(
  server: Server,
  { ask, video }: { readonly ask: Ask; readonly video: VideoPort },
): void {
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    const camera = SMOOTH.exec(request.url ?? "")?.[1];
    if (camera === undefined || !isOwnPage(request)) return refuse(socket, "404 Not Found");
    const asked = async (): Promise<void> => {
      const { status } = await ask(request.url ?? "", { headers: { cookie: request.headers.cookie ?? "" } });
      if (status !== MAY_UPGRADE) return refuse(socket, "401 Unauthorized");
      await tunnelSmoothView(video, camera, { request, socket, head });
    };
    asked().catch(() => socket.destroy());
  });
}

function isOwnPage({ headers }: IncomingMessage): boolean {
  return headers.origin !== undefined && URL.parse(headers.origin)?.host === headers.host;
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\n\r\n`);
}

import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { Problem } from "@gatehouse/shared/contracts/http/problem.ts";

/** Answers an upgrade that is not granted, with a problem document, and closes the connection. */
export function refuseUpgrade(socket: Duplex, status: 401 | 403 | 404 | 500 | 503, detail: string): void {
  const title = STATUS_CODES[status] ?? "Refused";
  const code = title.toLowerCase().replaceAll(" ", "_");
  const body = JSON.stringify({ type: `urn:gatehouse:problem:${code}`, title, status, detail, code } satisfies Problem);
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\nConnection: close\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

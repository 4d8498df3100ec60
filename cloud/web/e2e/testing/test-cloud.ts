import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import type { OperationsMessage } from "@gatehouse/shared/contracts/http/operations.ts";
import { type WebSocket, WebSocketServer } from "ws";
import { sampleDevices, sampleLetter } from "./sample-devices.ts";
import { id, START, sampleSnapshot } from "./sample-lots.ts";

export const TOKEN = "ght_test.token-1";
const DIST = join(import.meta.dirname, "..", "..", "dist");
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};
/** The policy of the real cloud: what it forbids must not be needed. */
const CSP =
  "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

interface Recorded {
  readonly path: string;
  readonly body: string;
  readonly idempotencyKey: string | undefined;
}

/** The outer edge of the page: the cloud's addresses over real HTTP and WebSocket, with states made by the test. */
export class TestCloud {
  readonly orders: Recorded[] = [];
  snapshot: OperationsMessage = sampleSnapshot(2, 60);
  devices = sampleDevices();
  letters = [sampleLetter(0), sampleLetter(1)];
  /** The status that questions for devices are answered with. */
  deviceStatus = 200;
  hasSimulation = true;
  isRefusing = false;
  /** What a remote open is answered with. */
  openAnswer: unknown = { command_id: id(9, 1), status: "done", refusal: null, message: null };
  readonly #links = new Map<string, "up" | "cut">([
    [id(1, 0), "up"],
    [id(1, 1), "up"],
  ]);
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  readonly #sockets = new WebSocketServer({ noServer: true, handleProtocols: () => "gatehouse.v1" });

  async start(): Promise<string> {
    this.#server.on("upgrade", (request, socket, head) => {
      const offered = request.headers["sec-websocket-protocol"] ?? "";
      if (this.isRefusing || !offered.includes(`bearer.${TOKEN}`)) socket.destroy();
      else this.#sockets.handleUpgrade(request, socket, head, (client) => client.send(JSON.stringify(this.snapshot)));
    });
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  say(...messages: readonly OperationsMessage[]): void {
    for (const client of this.clients()) for (const message of messages) client.send(JSON.stringify(message));
  }

  clients(): WebSocket[] {
    return [...this.#sockets.clients];
  }

  async stop(): Promise<void> {
    for (const client of this.clients()) client.terminate();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? "/", "http://x").pathname;
    if (!path.startsWith("/api/")) return this.#file(path, response);
    if (request.headers.authorization !== `Bearer ${TOKEN}`) return problem(response, 401, "unauthenticated");
    const body = await textOf(request);
    const key = request.headers["idempotency-key"];
    if (request.method === "POST") this.orders.push({ path, body, idempotencyKey: key?.toString() });
    if (path === "/api/v1/parking-lots") return json(response, 200, { data: [] });
    if (path === "/api/v1/devices") return this.#devices(response);
    if (path.endsWith("/approve-renewal"))
      return json(response, 200, { approved_until: new Date(START + 86_400_000).toISOString() });
    if (path.endsWith("/release")) return json(response, 200, { epoch: 2 });
    if (path.includes("/dead-letters")) return this.#deadLetters(path, response);
    if (path.endsWith("/open")) return json(response, 200, this.openAnswer);
    if (path.startsWith("/api/v1/simulation") && this.hasSimulation) return this.#simulation(path, { body, response });
    return problem(response, 404, "no_such_address");
  }

  #devices(response: ServerResponse): void {
    if (this.deviceStatus !== 200) return problem(response, this.deviceStatus, "forbidden");
    json(response, 200, { data: this.devices });
  }

  #deadLetters(path: string, response: ServerResponse): void {
    const [, , , , , , , , n, verb] = path.split("/");
    if (n === undefined) return json(response, 200, { total: this.letters.length, data: this.letters });
    const letter = this.letters.find((one) => String(one.n) === n);
    if (verb === "redeliver" && n === "501") return problem(response, 409, "conflict");
    this.letters = this.letters.filter((one) => one !== letter);
    json(response, 200, letter);
  }

  #simulation(path: string, { body, response }: { body: string; response: ServerResponse }): void {
    const lot = path.split("/")[5];
    if (lot) this.#links.set(lot, JSON.parse(body).link);
    const lots = [...this.#links].map(([lot_id, link]) => ({ lot_id, link, vehicles_inside: 12 }));
    json(response, 200, { wall_rate: 10, lots: lots.filter(({ lot_id }) => !lot || lot === lot_id) });
  }

  async #file(path: string, response: ServerResponse): Promise<void> {
    const name = path === "/" ? "/index.html" : path;
    const content = await readFile(join(DIST, name)).catch(() => null);
    const type = TYPES[extname(name)] ?? "application/octet-stream";
    response.writeHead(content ? 200 : 404, { "content-type": type, "content-security-policy": CSP }).end(content);
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function problem(response: ServerResponse, status: number, code: string): void {
  json(response, status, { type: `urn:gatehouse:problem:${code}`, title: code, status, code });
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

type State = "ringing" | "answered" | "ended" | "failed";

interface PlacedCall {
  readonly lot_id: string;
  readonly lane_id: string;
  readonly reason: string;
  state: State;
}

/** An endless answer ends for the test's sake. */
const MAX_POURED_BYTES = 64 * 1_048_576;

/** An operator's call centre as docs/peripherals.md describes it: PUT, GET and DELETE of /calls/ID behind a token. */
export class CallCentreDevice {
  readonly calls = new Map<string, PlacedCall>();
  readonly token = "token of a call centre";
  /** How many PUTs came; a repeated one must not ring a second phone. */
  puts = 0;
  /** Takes a request and never answers it. */
  hangs = false;
  /** Answers without an end, and without a word of its length. */
  endless = false;
  /** Bytes that went out in an endless answer, until its reader hung up. */
  sent = 0;
  /** Fails this many requests with 503 before it works. */
  failing = 0;
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      this.#take(request, response).catch(() => response.writeHead(400).end());
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/desk`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    if (this.#server.listening) await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  set(callId: string, state: State): void {
    const call = this.calls.get(callId);
    if (call) call.state = state;
  }

  get open(): readonly string[] {
    return [...this.calls].flatMap(([id, { state }]) => (state === "ringing" || state === "answered" ? [id] : []));
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.hangs) return;
    if (request.headers.authorization !== `Bearer ${this.token}`) return void response.writeHead(401).end();
    if (this.failing > 0) {
      this.failing--;
      return void response.writeHead(503).end();
    }
    const id = decodeURIComponent(/^\/desk\/calls\/([^/]+)$/.exec(request.url ?? "")?.[1] ?? "");
    if (request.method === "PUT") await this.#put(id, request);
    if (request.method === "DELETE") this.set(id, "ended");
    if (this.endless) return this.#pour(response);
    const call = this.calls.get(id);
    if (!call) return void response.writeHead(404).end();
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ state: call.state }));
  }

  #pour(response: ServerResponse): void {
    const chunk = Buffer.alloc(1_024, " ");
    const more = (): void => {
      if (response.destroyed || this.sent >= MAX_POURED_BYTES) return;
      this.sent += chunk.length;
      if (response.write(chunk)) setImmediate(more);
      else response.once("drain", more);
    };
    more();
  }

  async #put(id: string, request: IncomingMessage): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { lot_id, lane_id, reason } = JSON.parse(Buffer.concat(chunks).toString("utf8")) as PlacedCall;
    this.puts++;
    if (!this.calls.has(id)) this.calls.set(id, { lot_id, lane_id, reason, state: "ringing" });
  }
}

import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pick, randomInt } from "@gatehouse/shared/kit/random.ts";
import { samplePicture } from "../picture.ts";
import { DigestServer, type DigestServerOptions } from "./digest-server.ts";

/** How a firmware writes its stream. */
export interface StreamHabits {
  readonly lineEnd: "\r\n" | "\n";
  /** What is told of a part's length: the truth, nothing, or zero. */
  readonly length: "told" | "none" | "zero";
  /** Whether the boundary in the header already has its dashes. */
  readonly dashedBoundary: boolean;
  readonly multipart: "multipart/x-mixed-replace" | "multipart/mixed";
}

export interface StreamServerOptions extends Pick<DigestServerOptions, "user" | "password" | "random"> {
  readonly path: string;
  readonly habits: StreamHabits;
  readonly digest: Pick<DigestServerOptions, "algorithms" | "nonceLife" | "saysStale">;
}

export interface PartText {
  readonly contentType: string;
  readonly text: string;
}

const BOUNDARY = "myboundary";
const PICTURE_BYTES = 5_000;

/** A camera that answers a GET with a stream of events, behind HTTP Digest. */
export class StreamServer {
  readonly #options: StreamServerOptions;
  readonly #server: Server;
  readonly #open = new Set<ServerResponse>();
  readonly digest: DigestServer;

  constructor(options: StreamServerOptions) {
    this.#options = options;
    this.digest = new DigestServer({ ...options, ...options.digest });
    this.#server = createServer((request, response) => {
      const uri = request.url ?? "/";
      const challenges = this.digest.check(request.method ?? "", uri, request.headers.authorization);
      if (challenges !== null) return void response.writeHead(401, { "www-authenticate": [...challenges] }).end();
      if (!uri.startsWith(options.path)) return void response.writeHead(404).end();
      const { multipart, dashedBoundary } = options.habits;
      response.writeHead(200, { "content-type": `${multipart}; boundary=${dashedBoundary ? "--" : ""}${BOUNDARY}` });
      response.flushHeaders();
      response.on("error", () => {});
      response.on("close", () => this.#open.delete(response));
      this.#open.add(response);
    });
  }

  get watchers(): number {
    return this.#open.size;
  }

  /** Listens on a free port of loopback; resolves with its base address. */
  listen(port = 0): Promise<string> {
    return new Promise((resolve) => {
      this.#server.listen(port, "127.0.0.1", () =>
        resolve(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`),
      );
    });
  }

  /** Sends the parts, then so many pictures, cut into chunks anywhere. */
  async send(parts: readonly PartText[], pictures = 0): Promise<void> {
    const chunks = parts.map(({ contentType, text }) => this.#part(contentType, Buffer.from(text)));
    for (let index = 0; index < pictures; index++) chunks.push(this.#part("image/jpeg", this.#picture()));
    await this.write(Buffer.concat(chunks));
  }

  /** Sends bytes as they are, cut anywhere, into chunks of at most `most` bytes. */
  async write(bytes: Buffer, most = 900): Promise<void> {
    // Who comes later gets the stream from its next part on.
    const watching = [...this.#open];
    for (let from = 0; from < bytes.length; ) {
      const until = Math.min(bytes.length, from + randomInt(this.#options.random, 1, most));
      for (const response of watching)
        if (!response.destroyed && !response.write(bytes.subarray(from, until)))
          await Promise.race([once(response, "drain"), once(response, "close")]);
      from = until;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Ends the streams that are open, as a reboot does. */
  cut(): void {
    for (const response of this.#open) response.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => {
      this.#server.close(resolve);
      this.#server.closeAllConnections();
    });
  }

  #part(contentType: string, body: Buffer): Buffer {
    const { lineEnd, length } = this.#options.habits;
    const told = { told: [`Content-Length: ${body.length}`], none: [], zero: ["Content-Length: 0"] }[length];
    const head = [`--${BOUNDARY}`, `Content-Type: ${contentType}`, ...told, "", ""].join(lineEnd);
    return Buffer.concat([Buffer.from(head), body, Buffer.from(lineEnd)]);
  }

  /** A JPEG with the boundary, and with a whole part of somebody else's plate, among its bytes. */
  #picture(): Buffer {
    const { random, habits } = this.#options;
    const picture = samplePicture(random, PICTURE_BYTES);
    const trap = [`--${BOUNDARY}`, "Content-Type: text/plain", "", "Events[0].TrafficCar.PlateNumber=TRAP666", ""];
    const middle = pick(random, [200, 1_000, 3_000]);
    const bytes = Buffer.from(`${habits.lineEnd}${trap.join(habits.lineEnd)}`);
    return Buffer.concat([picture.subarray(0, middle), bytes, picture.subarray(middle)]);
  }
}

export const HABITS: readonly StreamHabits[] = [
  { lineEnd: "\r\n", length: "told", dashedBoundary: false, multipart: "multipart/x-mixed-replace" },
  { lineEnd: "\n", length: "none", dashedBoundary: true, multipart: "multipart/x-mixed-replace" },
  { lineEnd: "\r\n", length: "zero", dashedBoundary: false, multipart: "multipart/mixed" },
];

import { lstat, unlink } from "node:fs/promises";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { type IoOutput, ioInput } from "@gatehouse/shared/contracts/edge/io-socket.ts";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { errorCode, errorMessage, GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { z } from "zod";
import { lineReader, MAX_LINE_BYTES } from "./line-reader.ts";
import { SimLane, type SimOutput } from "./sim-lane.ts";

/** Clients at a time; one more is told so and cut off. */
export const MAX_CLIENTS = 16;
/** Bytes that may wait for a client that does not read; over it the client is cut off. */
export const MAX_UNREAD_BYTES = 1_048_576;

/** Where the socket listens; never on an address that other machines reach. */
export type IoListen = { readonly path: string } | { readonly host: "127.0.0.1" | "::1"; readonly port: number };

export type IoServerErrorCode = "io_address_in_use" | "io_listen_failed";

export interface IoServerOptions {
  readonly boot: Uuid;
  readonly lanes: readonly { readonly id: Uuid; readonly code: string }[];
  readonly clock: Clock;
}

/** The socket of the simulated devices (docs/io-socket.md). Several clients may watch; any of them may feed inputs. */
export class IoServer {
  readonly lanes: ReadonlyMap<Uuid, SimLane>;
  readonly #options: IoServerOptions;
  readonly #byName: ReadonlyMap<string, SimLane>;
  readonly #clients = new Set<Socket>();
  readonly #feeders = new Set<Socket>();
  readonly #server: Server;

  constructor(options: IoServerOptions) {
    this.#options = options;
    const { clock } = options;
    const write = (output: SimOutput): void => this.#broadcast(output);
    const made = options.lanes.map(({ id, code }) => {
      const lane = new SimLane({ name: code, clock, write });
      return { id, code, lane };
    });
    this.lanes = new Map(made.map(({ id, lane }) => [id, lane]));
    this.#byName = new Map(made.flatMap(({ id, code, lane }) => [[code, lane] as const, [id, lane] as const]));
    this.#server = createServer((socket) => this.#join(socket));
  }

  /** Resolves with the address that clients use. Rejects with `GatehouseError` of `IoServerErrorCode`. */
  async listen(listen: IoListen): Promise<string> {
    if ("path" in listen) await clearStale(listen.path);
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", (error) => reject(listenError(error, listen)));
      const bound = (): void => resolve();
      if ("path" in listen) this.#server.listen(listen.path, bound);
      else this.#server.listen(listen.port, listen.host, bound);
    });
    const address = this.#server.address();
    if (typeof address === "string" || address === null) return address ?? "";
    return `${address.address}:${address.port}`;
  }

  /** Cuts all clients off, which is how they learn that the outputs are gone. */
  async close(): Promise<void> {
    for (const client of this.#clients) client.destroySoon();
    if (!this.#server.listening) return;
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #join(socket: Socket): void {
    if (this.#clients.size >= MAX_CLIENTS) {
      this.#tell(socket, {
        kind: "rejected",
        message: `Only ${MAX_CLIENTS} clients at a time; close another one first.`,
      });
      socket.end();
      return;
    }
    socket.setNoDelay(true);
    this.#clients.add(socket);
    const lanes = this.#options.lanes.map((lane) => lane.code);
    this.#tell(socket, { kind: "welcome", boot: this.#options.boot, lanes });
    for (const lane of this.lanes.values()) for (const output of lane.present()) this.#tell(socket, output);
    const tooLong = `The line is longer than ${MAX_LINE_BYTES} bytes; send one JSON object a line.`;
    const reader = lineReader({
      line: (text) => this.#take(socket, text),
      tooLong: () => this.#tell(socket, { kind: "rejected", message: tooLong }),
    });
    socket.on("data", reader);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#leave(socket));
  }

  #take(socket: Socket, text: string): void {
    const parsed = parseLine(text);
    if (typeof parsed === "string") return this.#tell(socket, { kind: "rejected", message: parsed });
    const input = parsed.input;
    if (input.kind === "alive") {
      this.#feed(socket);
      for (const lane of this.lanes.values()) lane.holds();
      return;
    }
    const lane = this.#byName.get(input.lane);
    if (!lane) {
      const known = this.#options.lanes.map((one) => one.code).join(", ");
      return this.#tell(socket, {
        kind: "rejected",
        message: `There is no lane ${input.lane.slice(0, 64)}; lanes are ${known}.`,
      });
    }
    this.#feed(socket);
    lane.take(input);
  }

  #feed(socket: Socket): void {
    this.#feeders.add(socket);
    for (const lane of this.lanes.values()) lane.feeding(true);
  }

  #leave(socket: Socket): void {
    this.#clients.delete(socket);
    if (!this.#feeders.delete(socket) || this.#feeders.size > 0) return;
    for (const lane of this.lanes.values()) {
      lane.feeding(false);
      lane.lost();
    }
  }

  #broadcast(output: SimOutput): void {
    const line = this.#line(output);
    for (const client of this.#clients) send(client, line);
  }

  #tell(socket: Socket, output: SimOutput): void {
    send(socket, this.#line(output));
  }

  #line(output: SimOutput): string {
    const stamped: IoOutput = { ...output, t: String(Math.round(this.#options.clock.mono() * 1e6)) };
    return `${JSON.stringify(stamped)}\n`;
  }
}

function send(client: Socket, line: string): void {
  if (client.writableLength > MAX_UNREAD_BYTES) client.destroy();
  else if (client.writable) client.write(line);
}

function parseLine(text: string): { readonly input: z.infer<typeof ioInput> } | string {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return `Not JSON: ${errorMessage(error).slice(0, 200)}`;
  }
  const parsed = ioInput.safeParse(json);
  return parsed.success ? { input: parsed.data } : z.prettifyError(parsed.error).slice(0, 500);
}

/** A socket file that nobody answers on is left over from a process that died. */
async function clearStale(path: string): Promise<void> {
  const answers = await new Promise<boolean>((resolve) => {
    const probe = createConnection(path, () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", (error) => resolve(errorCode(error) !== "ECONNREFUSED"));
  });
  if (!answers && (await lstat(path)).isSocket()) await unlink(path);
}

function listenError(cause: Error, listen: IoListen): GatehouseError<IoServerErrorCode> {
  const where = "path" in listen ? listen.path : `${listen.host}:${listen.port}`;
  if (errorCode(cause) === "EADDRINUSE") {
    const message = `The input/output socket ${where} is in use; stop the other agent or choose another address.`;
    return new GatehouseError("io_address_in_use", message, { cause });
  }
  return new GatehouseError("io_listen_failed", `Can't listen on ${where}: ${cause.message}`, { cause });
}

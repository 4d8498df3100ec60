import { connect, createServer, type Server, type Socket } from "node:net";
import type { Service } from "@gatehouse/shared/kit/lifecycle.ts";
import type { ProxyPort } from "./config.ts";

/**
 * `refuse`: connections are reset, as when a router says no. `silence`: nothing is answered and nothing arrives, open
 * connections hang half-open, as when a cable is pulled; what was under way arrives when it is plugged in again. `mute`:
 * what the edge sends over open connections arrives and no answer comes back; their end is the end of the fault.
 */
export type CutKind = "refuse" | "silence" | "mute";
export type LinkMode = { readonly link: "up" } | { readonly link: "cut"; readonly kind: CutKind };

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
}

const MAX_CONNECTIONS = 64;

/** One TCP port on loopback in front of the hub, with a switch in the wire. */
export class LinkProxy implements Service {
  readonly name = "link-proxy";
  readonly #port: ProxyPort;
  readonly #server: Server;
  #mode: LinkMode = { link: "up" };
  #pairs = new Set<Pair>();
  /** Came while the wire was silent; they are connected when it is back. */
  #held = new Set<Socket>();

  constructor(port: ProxyPort) {
    this.#port = port;
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, (near) => this.#accept(near));
    this.#server.maxConnections = MAX_CONNECTIONS;
  }

  /** Resolves when the port listens; rejects with the system's error when it is taken. */
  run(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(this.#port.listen_port, "127.0.0.1", () => {
        this.#server.off("error", reject);
        resolve();
      });
    });
  }

  /** The port that it listens on. */
  get listenPort(): number {
    const address = this.#server.address();
    return typeof address === "object" && address ? address.port : this.#port.listen_port;
  }

  set(mode: LinkMode): void {
    const before = this.#mode;
    this.#mode = mode;
    // Bytes of them are lost, so nothing can come of them any more.
    if (before.link === "cut" && before.kind === "mute") this.#resetPairs();
    if (mode.link === "up") return before.link === "up" ? undefined : this.#restore();
    if (mode.kind === "refuse") return this.#reset();
    for (const { near, far } of this.#pairs) {
      far.unpipe(near);
      if (mode.kind === "mute") far.resume();
      else {
        far.pause();
        near.unpipe(far).pause();
      }
    }
  }

  drain(): Promise<void> {
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.#reset();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #accept(near: Socket): void {
    near.on("error", () => near.destroy());
    if (this.#mode.link === "up") return this.#join(near);
    if (this.#mode.kind === "refuse") return void near.resetAndDestroy();
    this.#held.add(near);
    near.pause();
    near.on("close", () => this.#held.delete(near));
  }

  #join(near: Socket): void {
    const { upstream_host: host, upstream_port: port } = this.#port;
    const pair = { near, far: connect({ host, port, noDelay: true, allowHalfOpen: true }) };
    this.#pairs.add(pair);
    const end = (): void => {
      this.#pairs.delete(pair);
      pair.near.destroy();
      pair.far.destroy();
    };
    for (const socket of [pair.near, pair.far]) socket.on("error", end).on("close", end);
    this.#pump(pair);
  }

  #pump({ near, far }: Pair): void {
    near.pipe(far);
    far.pipe(near);
  }

  #restore(): void {
    for (const pair of this.#pairs) this.#pump(pair);
    const held = [...this.#held];
    this.#held.clear();
    for (const near of held) this.#join(near);
  }

  #reset(): void {
    this.#resetPairs();
    for (const near of this.#held) near.resetAndDestroy();
    this.#held.clear();
  }

  #resetPairs(): void {
    for (const { near, far } of this.#pairs) {
      near.resetAndDestroy();
      far.resetAndDestroy();
    }
    this.#pairs.clear();
  }
}

import { connect, type Socket } from "node:net";
import { type IoInput, type IoOutput, ioOutput } from "@gatehouse/shared/contracts/edge/io-socket.ts";

type Unstamped<T> = T extends { t: string } ? Omit<T, "t"> : never;

/** A client of the input/output socket as an outside judge would write it. */
export class IoClient {
  readonly outputs: IoOutput[] = [];
  closed = false;
  readonly #socket: Socket;
  #pending = "";
  #waiting: { readonly test: (one: IoOutput) => boolean; readonly done: (one: IoOutput) => void }[] = [];

  constructor(address: string | { readonly host: string; readonly port: number }) {
    this.#socket = typeof address === "string" ? connect(address) : connect(address.port, address.host);
    this.#socket.setEncoding("utf8");
    this.#socket.on("data", (text: string) => this.#read(text));
    this.#socket.on("error", () => {});
    this.#socket.on("close", () => {
      this.closed = true;
    });
  }

  tell(input: Unstamped<IoInput>): void {
    this.raw(`${JSON.stringify({ ...input, t: String(process.hrtime.bigint()) })}\n`);
  }

  raw(text: string): void {
    this.#socket.write(text);
  }

  /** The first output that fits, of those to come and those not yet taken. */
  next<K extends IoOutput["kind"]>(
    kind: K,
    fits: (one: Extract<IoOutput, { kind: K }>) => boolean = () => true,
  ): Promise<Extract<IoOutput, { kind: K }>> {
    const test = (one: IoOutput): boolean => one.kind === kind && fits(one as Extract<IoOutput, { kind: K }>);
    const known = this.outputs.findIndex(test);
    if (known >= 0) return Promise.resolve(this.outputs.splice(known, 1)[0] as Extract<IoOutput, { kind: K }>);
    return new Promise((resolve) =>
      this.#waiting.push({ test, done: (one) => resolve(one as Extract<IoOutput, { kind: K }>) }),
    );
  }

  /** All inputs of a lane as at an empty lane with its arm down. */
  tellQuiet(lane: string): void {
    for (const name of ["arming", "safety", "closing"] as const)
      this.tell({ kind: "loop", lane, name, signal: "clear" });
    for (const name of ["photo_eye", "fire"] as const) this.tell({ kind: "contact", lane, name, signal: "closed" });
    this.tell({ kind: "limit", lane, name: "up", active: false });
    this.tell({ kind: "limit", lane, name: "down", active: true });
  }

  end(): void {
    this.#socket.destroy();
  }

  #read(text: string): void {
    const lines = (this.#pending + text).split("\n");
    this.#pending = lines.pop() ?? "";
    for (const line of lines) this.#take(ioOutput.parse(JSON.parse(line)));
  }

  #take(output: IoOutput): void {
    const waiting = this.#waiting.findIndex(({ test }) => test(output));
    if (waiting < 0) this.outputs.push(output);
    else this.#waiting.splice(waiting, 1)[0]?.done(output);
  }
}

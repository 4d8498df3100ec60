import { Buffer } from "node:buffer";
import { createServer, type Server, type Socket } from "node:net";

/** What the driver in front of the terminal does, and what then happens to the line. */
export type Card =
  | "good"
  | "bad"
  | "stop"
  /** Approved by the bank; the line breaks before, or after, the register is told. */
  | "good_cut_before"
  | "good_cut_after"
  /** The line breaks while the card is being read; nothing is paid. */
  | "cut"
  /** Approved; half of the message comes, then nothing more. */
  | "good_half"
  /** An account that holds less than was asked for: the rest is taken, and the payment ends as a good one. */
  | "part"
  /** The same, and the line breaks before the register is told. */
  | "part_cut_before"
  /** Approved by the bank; then the terminal gives up, because its receipt does not come out. */
  | "good_aborted"
  /** The same, and the terminal takes the money back by itself. */
  | "good_reversed"
  /** Approved, and told without its result code. */
  | "good_untold";

interface Receipt {
  readonly trace: number;
  readonly amountMinor: number;
  /** Trace of the payment that this one took back. */
  readonly reversed: number | null;
}

const NOTHING: readonly number[] = [];
/** What the account of `part` holds, minor units. */
const PART_MINOR = 200;
const TERMINAL_ID = [0x68, 0x01, 0x23, 0x45];

/**
 * A payment terminal that speaks ZVT over TCP as PA00P015 has it, written without the driver's code: registration, payment
 * with intermediate states, status information with a masked card number, print lines, completion or abort, repeat of the
 * last receipt, abort by the register. It waits for the register's acknowledgement before it goes on.
 */
export class ZvtTerminalDevice {
  /** Money that has moved. */
  readonly paid: { readonly trace: number; readonly amountMinor: number }[] = [];
  /** The terminal's own password; another one is refused. */
  password = "000000";
  registrations = 0;
  /** How often a payment was asked for. */
  authorisations = 0;
  /** Does not tell what the last transaction was, as terminals without that function. */
  forgetful = false;
  /** How often it refuses to repeat its last receipt from now on, because it is busy. */
  refusals = 0;
  /** Null: it is new, and refuses to repeat what it doesn't have. At first, somebody's payment of yesterday. */
  last: Receipt | null = { trace: 4_711, amountMinor: 990, reversed: null };
  asked: { readonly amountMinor: number; readonly currency: string } | null = null;
  readonly #server: Server;
  #socket: Socket | null = null;
  #input = Buffer.alloc(0);
  /** Messages that wait for the acknowledgement of the one before. */
  #queue: (readonly number[])[] = [];
  #awaitsAck = false;
  #trace = 4_711;
  /** The register of this connection has asked for the last receipt. */
  #repeated = false;

  constructor() {
    this.#server = createServer((socket) => this.#join(socket));
  }

  /** A register is connected, knows the last receipt, and nothing is going on. */
  get isIdle(): boolean {
    return this.#repeated && this.asked === null && !this.#awaitsAck && this.#queue.length === 0;
  }

  /** Resolves with the TCP port on loopback; the one of before when it was stopped. */
  listen(port = 0): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, "127.0.0.1", () => {
        const address = this.#server.address();
        resolve(typeof address === "object" && address !== null ? address.port : 0);
      });
    });
  }

  /** The power or the network is gone. */
  async stop(): Promise<void> {
    this.#cut();
    if (this.#server.listening) await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  present(card: Card): void {
    const { asked } = this;
    if (!asked) return;
    this.asked = null;
    switch (card) {
      case "good":
        this.#pay(asked.amountMinor);
        return this.#say(this.#status(0), this.#printLine("*** thank you ***"), apdu(0x06, 0x0f, NOTHING));
      case "part":
        this.#pay(PART_MINOR);
        return this.#say(this.#status(0), apdu(0x06, 0x0f, NOTHING));
      case "part_cut_before":
        this.#pay(PART_MINOR);
        return this.#cut();
      case "good_aborted":
        this.#pay(asked.amountMinor);
        return this.#say(this.#status(0), apdu(0x06, 0x1e, [0xcc]));
      case "good_reversed": {
        this.#pay(asked.amountMinor);
        const told = this.#status(0);
        this.#reverse();
        return this.#say(told, apdu(0x06, 0x1e, [0xcc]));
      }
      case "good_untold":
        this.#pay(asked.amountMinor);
        return this.#say(apdu(0x04, 0x0f, [0x29, ...TERMINAL_ID]), apdu(0x06, 0x0f, NOTHING));
      case "bad":
        return this.#say(apdu(0x04, 0x0f, [0x27, 0x05]), apdu(0x06, 0x1e, [0x05]));
      case "stop":
        return this.#say(apdu(0x06, 0x1e, [0x6c]));
      case "cut":
        return this.#cut();
      case "good_cut_before":
        this.#pay(asked.amountMinor);
        return this.#cut();
      case "good_cut_after":
        this.#pay(asked.amountMinor);
        this.#socket?.end(Buffer.from(this.#status(0)));
        return;
      case "good_half": {
        this.#pay(asked.amountMinor);
        const status = this.#status(0);
        this.#socket?.write(Buffer.from(status.slice(0, Math.floor(status.length / 2))));
        return;
      }
    }
  }

  #pay(amountMinor: number): void {
    this.#trace++;
    this.paid.push({ trace: this.#trace, amountMinor });
    this.last = { trace: this.#trace, amountMinor, reversed: null };
  }

  #reverse(): void {
    const taken = this.paid.pop();
    if (!taken) return;
    this.#trace++;
    this.last = { trace: this.#trace, amountMinor: taken.amountMinor, reversed: taken.trace };
  }

  #join(socket: Socket): void {
    this.#socket?.destroy();
    this.#socket = socket;
    this.#input = Buffer.alloc(0);
    this.#queue = [];
    this.#awaitsAck = false;
    this.#repeated = false;
    this.asked = null;
    socket.on("error", () => {});
    socket.on("data", (bytes: Buffer) => {
      this.#input = Buffer.concat([this.#input, bytes]);
      while (this.#input.length >= 3 && this.#input.length >= 3 + this.#input.readUInt8(2)) {
        const length = 3 + this.#input.readUInt8(2);
        const message = this.#input.subarray(0, length);
        this.#input = this.#input.subarray(length);
        this.#take(message.readUInt16BE(0), message.subarray(3));
      }
    });
  }

  #take(command: number, data: Buffer): void {
    switch (command) {
      case 0x8000:
        this.#awaitsAck = false;
        return this.#next();
      case 0x0600:
        return this.#register(data);
      case 0x0601:
        return this.#begin(data);
      case 0x0620:
        return this.#repeat(data);
      case 0x06b0:
        this.#acknowledge();
        // Too late when the card was read already.
        if (this.asked) this.#say(apdu(0x06, 0x1e, [0x6c]));
        this.asked = null;
        return;
      default:
        this.#socket?.write(Buffer.from([0x84, 0x83, 0x00]));
    }
  }

  #register(data: Buffer): void {
    this.#acknowledge();
    const currency = data.subarray(4, 6).toString("hex");
    if (data.subarray(0, 3).toString("hex") !== this.password || currency !== "0978")
      return this.#say(apdu(0x06, 0x1e, [0x83]));
    this.registrations++;
    this.#say(apdu(0x06, 0x0f, [0x19, 0x00, 0x29, ...TERMINAL_ID, 0x49, 0x09, 0x78]));
  }

  #begin(data: Buffer): void {
    this.#acknowledge();
    const amountMinor = Number(data.subarray(1, 7).toString("hex"));
    if (data[0] !== 0x04 || data.subarray(7, 10).toString("hex") !== "490978")
      return this.#say(apdu(0x06, 0x1e, [0x83]));
    this.asked = { amountMinor, currency: "EUR" };
    this.authorisations++;
    this.#say(apdu(0x04, 0xff, [0x0a, 0x01]));
  }

  #repeat(data: Buffer): void {
    this.#acknowledge();
    this.#repeated = true;
    if (data.toString("hex") !== this.password) return this.#say(apdu(0x06, 0x1e, [0x83]));
    if (this.forgetful) return this.#say(this.#printLine("copy"), apdu(0x06, 0x0f, NOTHING));
    if (this.refusals-- > 0) return this.#say(apdu(0x06, 0x1e, [0x9c]));
    if (this.last === null) return this.#say(apdu(0x06, 0x1e, [0xff]));
    this.#say(this.#status(0), this.#printLine("copy"), apdu(0x06, 0x0f, NOTHING));
  }

  #status(result: number): readonly number[] {
    const { last } = this;
    const masked = [0x22, 0xf0, 0xf8, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee, 0x12, 0x34];
    const name = [..."girocard\0"].map((one) => one.charCodeAt(0));
    const text = [..."Approved"].map((one) => one.charCodeAt(0));
    return apdu(0x04, 0x0f, [
      ...[0x27, result],
      ...[0x04, ...digits(last?.amountMinor ?? 0, 6)],
      ...[0x49, 0x09, 0x78],
      ...[0x0b, ...digits(last?.trace ?? 0, 3)],
      ...[0x37, ...digits(last?.reversed ?? 0, 3)],
      ...[0x0c, 0x12, 0x34, 0x56],
      ...[0x0d, 0x11, 0x22],
      ...masked,
      ...[0x29, ...TERMINAL_ID],
      ...[0x87, ...digits(this.paid.length, 2)],
      ...[0x8a, 0x05],
      ...[0x8b, 0xf0, 0xf0 | name.length, ...name],
      ...[0x3c, 0xf0, 0xf0, 0xf0 | text.length, ...text],
      ...[0x06, 0x04, 0x1f, 0x10, 0x01, 0x00],
    ]);
  }

  #printLine(text: string): readonly number[] {
    return apdu(0x06, 0xd1, [0x00, ...Buffer.from(text, "latin1")]);
  }

  #acknowledge(): void {
    this.#socket?.write(Buffer.from([0x80, 0x00, 0x00]));
  }

  #say(...messages: (readonly number[])[]): void {
    this.#queue.push(...messages);
    this.#next();
  }

  #next(): void {
    if (this.#awaitsAck) return;
    const message = this.#queue.shift();
    if (!message) return;
    this.#awaitsAck = true;
    this.#socket?.write(Buffer.from(message));
  }

  #cut(): void {
    this.#socket?.destroy();
    this.#socket = null;
    this.asked = null;
  }
}

function apdu(first: number, second: number, data: readonly number[]): readonly number[] {
  const length = data.length < 0xff ? [data.length] : [0xff, data.length % 256, Math.floor(data.length / 256)];
  return [first, second, ...length, ...data];
}

function digits(value: number, bytes: number): readonly number[] {
  return [...Buffer.from(String(value).padStart(bytes * 2, "0"), "hex")];
}

import { createServer, type Server, type Socket } from "node:net";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { errorCode } from "@gatehouse/shared/kit/errors.ts";
import type { SimulatedBoard } from "./modbus-board.ts";
import { SerialLine } from "./pty.ts";

/**
 * What a server does with a request beside answering it. `late` answers after the caller has given up. `wrong_unit` answers
 * in another board's name, `short` leaves the end away, `garbage` sends bytes without a meaning. `deafTo` is silent to the
 * next requests of one function and tells each, as when an answer is lost on the line; `others_echo` confirms a coil as on, whatever
 * the order was. `twice` says each answer twice in a row.
 */
export type ServerMood =
  | "good"
  | "silent"
  | "wrong_unit"
  | "short"
  | "garbage"
  | "refuses"
  | "others_echo"
  | "twice"
  | { readonly lateMs: number }
  | { readonly deafTo: number; times: number; readonly missed: () => void };

const MBAP_BYTES = 7;
const SLAVE_FAILURE = 4;
const WRITE_COIL = 5;
/** Requests that a server remembers at most. */
const HEARD_MAX = 1_000;

/** A request as it came: the board's address and the protocol data unit in hex. */
export interface Heard {
  readonly unit: number;
  readonly pdu: string;
}

function note(heard: Heard[], unit: number, pdu: Buffer): void {
  heard.push({ unit, pdu: pdu.toString("hex") });
  if (heard.length > HEARD_MAX) heard.shift();
}

/** Boards by their Modbus address. */
type Boards = ReadonlyMap<number, SimulatedBoard>;

/** Boards on Modbus TCP, on a loopback port. */
export class ModbusTcpServer {
  mood: ServerMood = "good";
  /** Connections that the other side ended by a reset. */
  resets = 0;
  /** The last requests, the newest at the end. */
  readonly heard: Heard[] = [];
  readonly #boards: Boards;
  readonly #clock: Pick<Clock, "after">;
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;
  #port = 0;

  constructor(boards: Boards, clock: Pick<Clock, "after">) {
    this.#boards = boards;
    this.#clock = clock;
  }

  /** Resolves with the port; the same one again after `stop`. */
  async listen(): Promise<number> {
    const server = createServer((socket) => this.#join(socket));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(this.#port, "127.0.0.1", resolve);
    });
    const address = server.address();
    if (typeof address === "object" && address !== null) this.#port = address.port;
    return this.#port;
  }

  /** As when the cable is pulled; may listen again. */
  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const server = this.#server;
    this.#server = null;
    if (server) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  #join(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", (error) => {
      if (errorCode(error) === "ECONNRESET") this.resets += 1;
      socket.destroy();
    });
    socket.on("close", () => this.#sockets.delete(socket));
    let rest = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= MBAP_BYTES) {
        const length = MBAP_BYTES - 1 + rest.readUInt16BE(4);
        if (rest.length < length) return;
        this.#take(socket, rest.subarray(0, length));
        rest = rest.subarray(length);
      }
    });
  }

  #take(socket: Socket, frame: Buffer): void {
    const unit = frame[6] ?? 0;
    note(this.heard, unit, frame.subarray(MBAP_BYTES));
    const answer = answerOf(this.#boards, unit, frame.subarray(MBAP_BYTES), this.mood);
    if (answer === null) return;
    const head = Buffer.alloc(MBAP_BYTES);
    frame.copy(head, 0, 0, 4);
    head.writeUInt16BE(answer.pdu.length + 1, 4);
    head.writeUInt8(answer.unit, 6);
    this.#send(socket, Buffer.concat([head, answer.pdu]));
  }

  #send(socket: Socket, bytes: Buffer): void {
    const write = (out: Buffer): void => {
      if (socket.writable) socket.write(out);
    };
    deliver(bytes, { mood: this.mood, clock: this.#clock, write });
  }
}

/** Boards on an RS-485 bus (Modbus RTU), behind a pseudo-terminal; `path` is what the driver opens. */
export class ModbusSerialServer {
  mood: ServerMood = "good";
  /** The last requests, the newest at the end. */
  readonly heard: Heard[] = [];
  readonly line: SerialLine;
  readonly #boards: Boards;
  readonly #clock: Pick<Clock, "after">;
  #rest: Buffer = Buffer.alloc(0);

  constructor(boards: Boards, clock: Pick<Clock, "after">) {
    this.#boards = boards;
    this.#clock = clock;
    this.line = new SerialLine((bytes) => this.#hear(bytes));
  }

  get path(): string {
    return this.line.path;
  }

  #hear(bytes: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    for (;;) {
      const length = requestLength(this.#rest);
      if (length === null || this.#rest.length < length) return;
      const frame = this.#rest.subarray(0, length);
      this.#rest = this.#rest.subarray(length);
      if (crc16(frame.subarray(0, -2)) !== frame.readUInt16LE(length - 2)) {
        this.#rest = Buffer.alloc(0); // A real board waits for the next silence.
        return;
      }
      this.#answer(frame);
    }
  }

  #answer(frame: Buffer): void {
    note(this.heard, frame[0] ?? 0, frame.subarray(1, -2));
    const answer = answerOf(this.#boards, frame[0] ?? 0, frame.subarray(1, -2), this.mood);
    if (answer === null) return;
    const body = Buffer.concat([Buffer.from([answer.unit]), answer.pdu]);
    const crc = Buffer.alloc(2);
    crc.writeUInt16LE(crc16(body));
    const write = (bytes: Buffer): void => this.line.write(bytes);
    deliver(Buffer.concat([body, crc]), { mood: this.mood, clock: this.#clock, write });
  }
}

function answerOf(
  boards: Boards,
  unit: number,
  pdu: Buffer,
  mood: ServerMood,
): { readonly unit: number; readonly pdu: Buffer } | null {
  const board = boards.get(unit);
  if (!board || mood === "silent" || isDeaf(mood, pdu)) return null;
  if (mood === "refuses") return { unit, pdu: Buffer.from([(pdu[0] ?? 0) | 0x80, SLAVE_FAILURE]) };
  if (mood === "others_echo" && pdu[0] === WRITE_COIL)
    return { unit, pdu: Buffer.concat([pdu.subarray(0, 3), Buffer.from([0xff, 0])]) };
  return { unit: mood === "wrong_unit" ? (unit % 247) + 1 : unit, pdu: board.answer(pdu) };
}

function isDeaf(mood: ServerMood, pdu: Buffer): boolean {
  if (typeof mood === "string" || !("deafTo" in mood) || pdu[0] !== mood.deafTo || mood.times === 0) return false;
  mood.times -= 1;
  mood.missed();
  return true;
}

function deliver(
  bytes: Buffer,
  { mood, clock, write }: { mood: ServerMood; clock: Pick<Clock, "after">; write: (bytes: Buffer) => void },
): void {
  if (mood === "short") return write(bytes.subarray(0, -3));
  if (mood === "twice") return write(Buffer.concat([bytes, bytes]));
  if (mood === "garbage") return write(Buffer.from("\u0000\u00ffGET / HTTP/1.0 \u0001\u0003\u0002", "latin1"));
  if (typeof mood === "object" && "lateMs" in mood) clock.after(mood.lateMs, () => write(bytes));
  else write(bytes);
}

/** Length of the request that a buffer begins with; null while that can't be told. */
function requestLength(buffer: Buffer): number | null {
  if (buffer.length < 8) return null;
  return buffer[1] === 15 || buffer[1] === 16 ? 9 + (buffer[6] ?? 0) : 8;
}

/** CRC-16 of Modbus over Serial Line V1.02, 6.2.2. */
function crc16(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return crc;
}

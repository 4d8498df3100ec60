import { appendFileSync, mkdtempSync, openSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { POLL_IN, SystemCallError, type SystemCalls } from "../../kernel/system-calls.ts";
import {
  FLAG,
  GET_CHIP_INFO,
  GET_LINE,
  GET_LINE_INFO,
  GET_VALUES,
  LINE_EVENT_BYTES,
  SET_VALUES,
} from "../chardev/uapi.ts";

interface Request {
  readonly offsets: readonly number[];
  readonly flags: number;
  readonly events: string;
  read: number;
  written: number;
}

/**
 * One GPIO chip of a kernel that is not there, at the level of the structures that cross into it, for tests on computers
 * without GPIO. `npm run test:gpio` asks a real kernel the same.
 */
export class SimulatedKernel {
  readonly devices = mkdtempSync(join(tmpdir(), "gatehouse-gpio-"));
  readonly asked: ("off" | "on" | "read")[] = [];
  readonly high = new Set<number>();
  isThere = true;
  readonly #label: string;
  readonly #names: Readonly<Record<number, string>>;
  readonly #owners = new Map<number, string>();
  readonly #requests = new Map<number, Request>();
  readonly calls: SystemCalls = {
    ioctl: (fd, request, data) => this.#ioctl(fd, request, data),
    poll: (wishes) => wishes.map(({ fd }) => this.#pending(fd)),
    lock: () => true,
    sendDatagram: () => {},
  };

  constructor(label: string, names: Readonly<Record<number, string>> = {}) {
    this.#label = label;
    this.#names = names;
    writeFileSync(join(this.devices, "gpiochip0"), "");
  }

  /** Another program takes a line. */
  occupy(offset: number, consumer: string): void {
    this.#owners.set(offset, consumer);
  }

  unplug(): void {
    this.isThere = false;
    this.#requests.clear();
    this.#owners.clear();
    this.high.clear();
  }

  plug(): void {
    this.asked.length = 0;
    this.isThere = true;
  }

  /** What the outside does to an input line. */
  pull(offset: number, level: "high" | "low"): void {
    const isHigh = level === "high";
    if (this.high.has(offset) === isHigh) return;
    if (isHigh) this.high.add(offset);
    else this.high.delete(offset);
    for (const request of this.#requests.values()) {
      if ((request.flags & FLAG.input) === 0 || !request.offsets.includes(offset)) continue;
      const event = Buffer.alloc(LINE_EVENT_BYTES);
      event.writeUInt32LE(this.#isActive(request, offset) ? 1 : 2, 8);
      event.writeUInt32LE(offset, 12);
      appendFileSync(request.events, event);
      request.written += LINE_EVENT_BYTES;
    }
  }

  #ioctl(fd: number, number: number, data: Buffer): void {
    if (!this.isThere) throw new SystemCallError("ENODEV", "ioctl failed with ENODEV.");
    switch (number) {
      case GET_CHIP_INFO:
        data.write("gpiochip0", 0);
        data.write(this.#label, 32);
        data.writeUInt32LE(16, 64);
        return;
      case GET_LINE_INFO:
        return this.#describe(data);
      case GET_LINE:
        return this.#take(data);
      default:
        return this.#values(this.#requests.get(fd), { number, data });
    }
  }

  #describe(data: Buffer): void {
    const offset = data.readUInt32LE(64);
    const owner = this.#owners.get(offset);
    data.write(this.#names[offset] ?? "", 0);
    data.write(owner ?? "", 32);
    data.writeBigUInt64LE(owner === undefined ? 0n : 1n, 72);
  }

  #take(data: Buffer): void {
    const count = data.readUInt32LE(560);
    const offsets = Array.from({ length: count }, (_, at) => data.readUInt32LE(at * 4));
    if (offsets.some((offset) => this.#owners.has(offset)))
      throw new SystemCallError("EBUSY", "ioctl failed with EBUSY.");
    const flags = Number(data.readBigUInt64LE(288));
    const events = join(this.devices, `events-${this.#requests.size}-${this.asked.length}`);
    writeFileSync(events, "");
    const fd = openSync(events, "r");
    const request: Request = { offsets, flags, events, read: 0, written: 0 };
    this.#requests.set(fd, request);
    const consumer = data.toString("utf8", 256, 288).replace(/\0.*/s, "");
    for (const offset of offsets) this.#owners.set(offset, consumer);
    const first = data.readUInt32LE(296) === 0 ? 0n : data.readBigUInt64LE(328);
    for (const [at, offset] of (flags & FLAG.output) === 0 ? [] : offsets.entries()) {
      this.#drive(request, { offset, on: ((first >> BigInt(at)) & 1n) === 1n });
    }
    data.writeInt32LE(fd, 588);
  }

  #values(request: Request | undefined, { number, data }: { number: number; data: Buffer }): void {
    if (!request) throw new SystemCallError("ENODEV", "ioctl failed with ENODEV.");
    const mask = data.readBigUInt64LE(8);
    let bits = 0n;
    for (const [at, offset] of request.offsets.entries()) {
      const bit = 1n << BigInt(at);
      if ((mask & bit) === 0n) continue;
      if (number === SET_VALUES) this.#drive(request, { offset, on: (data.readBigUInt64LE(0) & bit) !== 0n });
      else if (this.#isActive(request, offset)) bits |= bit;
    }
    if (number !== GET_VALUES) return;
    this.asked.push("read");
    data.writeBigUInt64LE(bits, 0);
  }

  #drive({ flags }: Request, { offset, on }: { offset: number; on: boolean }): void {
    this.asked.push(on ? "on" : "off");
    if (on === ((flags & FLAG.activeLow) === 0)) this.high.add(offset);
    else this.high.delete(offset);
  }

  #isActive({ flags }: Request, offset: number): boolean {
    return this.high.has(offset) === ((flags & FLAG.activeLow) === 0);
  }

  /** Tells of new events once: the driver reads all there are. */
  #pending(fd: number): number {
    const request = this.#requests.get(fd);
    if (!request) throw new SystemCallError("ENODEV", "poll failed with ENODEV.");
    if (request.read === request.written) return 0;
    request.read = request.written;
    return POLL_IN;
  }
}

import { type Clock, later, type MonoMs, sleep } from "@gatehouse/shared/kit/clock.ts";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import { err, ok } from "@gatehouse/shared/kit/result.ts";
import type modbusSerial from "modbus-serial";
import { COIL_ON, type ModbusAnswer, type ModbusLine, type ModbusRequest } from "./modbus-line.ts";

/** The library's client. */
export type ModbusClient = InstanceType<typeof modbusSerial.default>;

/** How long a line may take to open, ms. */
const OPEN_MS = 2_000;
/** How long the library may take to let go, ms. */
const CLOSE_MS = 500;
/** What a board's usual answer is allowed on top when something waits that can't wait, ms. */
const HURRY_MS = 5;
/** How much of the slowest answer of a board is remembered after each faster one. */
const USUAL_DECAY = 0.98;

export interface LibraryLineOptions {
  /** Where the line is, for messages. */
  readonly name: string;
  readonly clock: Clock;
  /** Longest wait for an answer, ms. */
  readonly timeoutMs: number;
  /** Silence between an answer and the next request, ms. */
  readonly silenceMs: number;
  /** Pause after a request without a good answer, so that a late one is gone before the next request, ms. */
  readonly settleMs: number;
  readonly connect: (client: ModbusClient) => Promise<void>;
  /** Forgets what came while nobody asked, before each request; not needed where answers carry a number. */
  readonly forgetUnasked?: (client: ModbusClient) => void;
  /** Ends a connection so that nothing that was said on it and is still under way arrives. Not needed on a cable. */
  readonly cut?: (client: ModbusClient) => void;
  /** What to tell, and to do, when it can't be opened. */
  readonly cantOpen: string;
}

/** A line by the library modbus-serial. */
export function openModbusLine(options: LibraryLineOptions): ModbusLine {
  return new LibraryLine(options);
}

class LibraryLine implements ModbusLine {
  readonly #options: LibraryLineOptions;
  #client: ModbusClient | null = null;
  /** End of the silence between two frames. */
  #silentUntil: MonoMs;
  /** When a late answer must be gone. */
  #settledAt: MonoMs;
  /** About the slowest of a board's last answers, ms, by unit. */
  readonly #usualMs = new Map<number, number>();
  #pending: { readonly unit: number; readonly since: MonoMs; readonly giveUp: AbortController } | null = null;

  constructor(options: LibraryLineOptions) {
    this.#options = options;
    this.#silentUntil = options.clock.mono();
    this.#settledAt = options.clock.mono();
  }

  async open(): Promise<ModbusAnswer<void>> {
    await this.close();
    const { connect, cantOpen, timeoutMs, clock } = this.#options;
    const { default: library } = await import("modbus-serial");
    const client = new library.default();
    client.on("error", () => {}); // The line's state is read before each request; without a listener Node would throw.
    const connecting = connect(client);
    const opened = await withTime(clock, OPEN_MS, connecting);
    if (opened.ok) {
      client.setTimeout(timeoutMs);
      this.#client = client;
      return ok(undefined);
    }
    // One that opens after all would keep the port from the next try.
    if (opened.timedOut) void connecting.then(() => discard(client, this.#options)).catch(() => {});
    await discard(client, this.#options);
    return err({ kind: "line_down", why: `${cantOpen} (${opened.why})` });
  }

  async request(unit: number, request: ModbusRequest): Promise<ModbusAnswer<readonly number[]>> {
    const { clock, timeoutMs, silenceMs, settleMs, name } = this.#options;
    const client = this.#client;
    if (!client?.isOpen) return err({ kind: "line_down", why: `the line ${name} is not open` });
    const quietMs = this.#silentUntil - clock.mono();
    if (quietMs > 0) await sleep(clock, quietMs);
    this.#options.forgetUnasked?.(client);
    client.setID(unit);
    const pending = { unit, since: clock.mono(), giveUp: new AbortController() };
    this.#pending = pending;
    // The library has a time-out of its own; this one holds also when it never calls back.
    const answer = await withTime(clock, 2 * timeoutMs, send(client, request), pending.giveUp.signal);
    this.#pending = null;
    const now = clock.mono();
    this.#silentUntil = later(now, silenceMs);
    this.#settledAt = later(now, answer.ok ? 0 : settleMs);
    if (answer.ok) {
      this.#usualMs.set(unit, Math.max(now - pending.since, (this.#usualMs.get(unit) ?? 0) * USUAL_DECAY));
      return answer;
    }
    if (answer.exception !== null) return err({ kind: "refused", exception: answer.exception });
    if (!client.isOpen) return err({ kind: "line_down", why: `the line ${name} broke off` });
    return err(answer.timedOut ? { kind: "no_answer" } : { kind: "bad_answer", why: answer.why });
  }

  hurry(): void {
    const pending = this.#pending;
    if (!pending) return;
    const usualMs = this.#usualMs.get(pending.unit);
    const leftMs = usualMs === undefined ? 0 : pending.since + 2 * usualMs + HURRY_MS - this.#options.clock.mono();
    if (leftMs <= 0) pending.giveUp.abort();
    else this.#options.clock.after(leftMs, () => pending.giveUp.abort());
  }

  restMs(): number {
    return this.#settledAt - this.#options.clock.mono();
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    if (client) await discard(client, this.#options);
  }
}

async function send(client: ModbusClient, request: ModbusRequest): Promise<readonly number[]> {
  switch (request.kind) {
    case "read": {
      const { address, count } = request;
      switch (request.table) {
        case "coil":
          return bits(await client.readCoils(address, count), count);
        case "discrete_input":
          return bits(await client.readDiscreteInputs(address, count), count);
        case "holding_register":
          return (await client.readHoldingRegisters(address, count)).data;
        case "input_register":
          return (await client.readInputRegisters(address, count)).data;
      }
      break;
    }
    case "write_coil": {
      // The library's writeCoil knows only on and off; boards take a time in the same place.
      const { address, value } = request;
      const WRITE_SINGLE_COIL = 5;
      const answer: unknown = await client.customFunction(WRITE_SINGLE_COIL, [...bytes(address), ...bytes(value)]);
      // The echo of what was written (Modbus Application Protocol V1.1b3, 6.5): another value is an answer to another order.
      if (!isEcho(answer, address, value)) throw new Error("it confirms another order than was given");
      return [];
    }
    case "write_registers": {
      const { address, values } = request;
      const answer: unknown = await client.writeRegisters(address, [...values]);
      if (field(answer, "address") !== address || field(answer, "length") !== values.length)
        throw new Error("it confirms another order than was given");
      return [];
    }
  }
}

/** The library tells of the value only whether it is that of on. */
function isEcho(answer: unknown, address: number, value: number): boolean {
  return field(answer, "address") === address && field(answer, "state") === (value === COIL_ON);
}

function bits({ data }: { readonly data: readonly boolean[] }, count: number): readonly number[] {
  return data.slice(0, count).map(Number);
}

function bytes(word: number): [number, number] {
  return [word >> 8, word & 0xff];
}

type Waited<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly why: string; readonly timedOut: boolean; readonly exception: number | null };

/** What a promise of the library comes to, within a time; it may stay open behind. */
async function withTime<T>(clock: Clock, ms: number, work: Promise<T>, giveUp?: AbortSignal): Promise<Waited<T>> {
  const given = new AbortController();
  const end = giveUp === undefined ? given.signal : AbortSignal.any([given.signal, giveUp]);
  const late = sleep(clock, ms, end).then(
    (): Waited<T> => ({ ok: false, why: `no answer in ${ms} ms`, timedOut: true, exception: null }),
  );
  const done = work.then(
    (value): Waited<T> => ({ ok: true, value }),
    (error: unknown): Waited<T> => ({
      ok: false,
      why: errorMessage(error),
      timedOut: field(error, "errno") === "ETIMEDOUT",
      exception: exceptionOf(error),
    }),
  );
  try {
    return await Promise.race([done, late]);
  } finally {
    given.abort();
  }
}

function exceptionOf(error: unknown): number | null {
  const code = field(error, "modbusCode");
  return typeof code === "number" ? code : null;
}

/** A field of what the library gives, also one that its types keep to itself. */
export function field(of: unknown, name: string): unknown {
  return typeof of === "object" && of !== null ? Reflect.get(of, name) : undefined;
}

async function discard(client: ModbusClient, { clock, cut }: LibraryLineOptions): Promise<void> {
  const gone = new Promise<void>((resolve) => {
    try {
      cut?.(client);
      // `destroy` of a serial port is missing in the library; `close` of a dead socket waits for its end.
      if (client.isOpen && !cut) client.close(() => resolve());
      else client.destroy(() => resolve());
    } catch {
      resolve(); // Never opened.
    }
  });
  await withTime(clock, CLOSE_MS, gone);
}

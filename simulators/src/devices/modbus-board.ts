import type { RelayBoardProfile } from "@gatehouse/shared/contracts/config/profiles/relay-board.ts";
import type { Clock, Timer } from "@gatehouse/shared/kit/clock.ts";

/** Exception codes of the Modbus specification, 7. */
export const EXCEPTION = { function: 1, address: 2, value: 3, failure: 4 } as const;

const COIL_ON = 0xff00;

class Refusal extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`Exception ${code}`);
    this.code = code;
  }
}

/**
 * A relay and input board behind its Modbus interface: takes protocol data units and answers them as the board of a profile
 * does, with its coils, its inputs and its own timed pulse. Its computer's death doesn't end a pulse; its own loss of power
 * does.
 */
export class SimulatedBoard {
  /** What the outputs and inputs were asked for since the board was last powered. */
  readonly asked: ("off" | "on" | "read")[] = [];
  readonly #profile: RelayBoardProfile;
  readonly #clock: Pick<Clock, "after">;
  readonly #relays: boolean[];
  readonly #contacts: boolean[];
  readonly #pulses = new Map<number, Timer>();
  readonly #times = new Map<number, number>();

  constructor(profile: RelayBoardProfile, clock: Pick<Clock, "after">) {
    this.#profile = profile;
    this.#clock = clock;
    this.#relays = Array.from({ length: profile.outputs?.count ?? 0 }, () => false);
    this.#contacts = Array.from({ length: profile.inputs?.count ?? 0 }, () => false);
  }

  /** What a meter at the contact of an output shows; `channel` as it is printed on the board. */
  isOn(channel: number): boolean {
    return this.#relays[channel - (this.#profile.outputs?.first ?? 0)] ?? false;
  }

  setContact(channel: number, state: "closed" | "open"): void {
    this.#contacts[channel - (this.#profile.inputs?.first ?? 0)] = state === "closed";
  }

  /** As after a loss of power: relays fall, pulses are forgotten. */
  restart(): void {
    for (const timer of this.#pulses.values()) timer.cancel();
    this.#pulses.clear();
    this.#relays.fill(false);
    this.asked.length = 0;
  }

  /** The answer to one protocol data unit: function code and data. */
  answer(request: Buffer): Buffer {
    const code = request[0] ?? 0;
    try {
      return this.#answer(code, request);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return Buffer.from([code | 0x80, error.code]);
    }
  }

  #answer(code: number, request: Buffer): Buffer {
    if (request.length < 5) throw new Refusal(EXCEPTION.value);
    const [address, number] = [request.readUInt16BE(1), request.readUInt16BE(3)];
    switch (code) {
      case 1:
      case 2:
        return bitAnswer(code, this.#bits(code === 1 ? "coil" : "discrete_input", address, number));
      case 3:
      case 4:
        return this.#registers(code === 3 ? "holding_register_bits" : "input_register_bits", address, number, code);
      case 5:
        this.#writeCoil(address, number);
        return request.subarray(0, 5);
      case 16:
        for (let nth = 0; nth < number; nth++) this.#times.set(address + nth, request.readUInt16BE(6 + 2 * nth));
        if (this.#profile.pulse?.form !== "register_then_coil") throw new Refusal(EXCEPTION.address);
        return request.subarray(0, 5);
      default:
        throw new Refusal(EXCEPTION.function);
    }
  }

  #bits(table: "coil" | "discrete_input", address: number, count: number): boolean[] {
    const { outputs, inputs } = this.#profile;
    if (inputs?.table === table && within(address, count, inputs.address, inputs.count)) {
      this.asked.push("read");
      const states = this.#contacts.map((closed) => closed === (inputs.closed_is === 1));
      return states.slice(address - inputs.address, address - inputs.address + count);
    }
    if (table === "coil" && outputs && within(address, count, outputs.coil, outputs.count))
      return this.#relays.slice(address - outputs.coil, address - outputs.coil + count);
    throw new Refusal(EXCEPTION.address);
  }

  #registers(
    table: "holding_register_bits" | "input_register_bits",
    address: number,
    count: number,
    code: number,
  ): Buffer {
    const { inputs } = this.#profile;
    if (inputs?.table !== table || address !== inputs.address) throw new Refusal(EXCEPTION.address);
    this.asked.push("read");
    const words = Array.from({ length: count }, (_, word) =>
      this.#contacts
        .slice(word * 16, word * 16 + 16)
        .reduce((sum, closed, bit) => sum | (Number(closed === (inputs.closed_is === 1)) << bit), 0),
    );
    const answer = Buffer.alloc(2 + 2 * count);
    answer.writeUInt8(code, 0);
    answer.writeUInt8(2 * count, 1);
    for (const [nth, word] of words.entries()) answer.writeUInt16BE(word, 2 + 2 * nth);
    return answer;
  }

  #writeCoil(address: number, value: number): void {
    const { outputs, pulse } = this.#profile;
    if (!outputs) throw new Refusal(EXCEPTION.address);
    if (within(address, 1, outputs.coil, outputs.count)) {
      if (value !== COIL_ON && value !== 0) throw new Refusal(EXCEPTION.value);
      return this.#switch(address - outputs.coil, value === COIL_ON, null);
    }
    if (pulse?.form === "coil_time" && within(address, 1, pulse.address, outputs.count)) {
      if (value < pulse.least || value > pulse.most) throw new Refusal(EXCEPTION.value);
      return this.#switch(address - pulse.address, true, value * pulse.unit_ms);
    }
    if (pulse?.form === "register_then_coil" && within(address, 1, pulse.start_address, outputs.count)) {
      const nth = address - pulse.start_address;
      const at = pulse.time_address + nth * pulse.time_words;
      const time = (this.#times.get(at) ?? 0) + (pulse.time_words === 2 ? (this.#times.get(at + 1) ?? 0) * 65_536 : 0);
      return this.#switch(nth, value === COIL_ON, value === COIL_ON ? time * pulse.unit_ms : null);
    }
    throw new Refusal(EXCEPTION.address);
  }

  #switch(nth: number, on: boolean, forMs: number | null): void {
    this.asked.push(on ? "on" : "off");
    this.#pulses.get(nth)?.cancel();
    this.#pulses.delete(nth);
    this.#relays[nth] = on;
    if (on && forMs !== null)
      this.#pulses.set(
        nth,
        this.#clock.after(forMs, () => {
          this.#relays[nth] = false;
        }),
      );
  }
}

function within(address: number, count: number, first: number, length: number): boolean {
  return count > 0 && address >= first && address + count <= first + length;
}

function bitAnswer(code: number, bits: readonly boolean[]): Buffer {
  const bytes = new Uint8Array(Math.ceil(bits.length / 8));
  for (const [nth, bit] of bits.entries()) bytes[nth >> 3] = (bytes[nth >> 3] ?? 0) | (Number(bit) << (nth & 7));
  return Buffer.from([code, bytes.length, ...bytes]);
}

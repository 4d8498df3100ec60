/** A 64-bit name of a text: two 32-bit hashes that start apart (multiplication and xor, after MurmurHash3's finaliser). */
export function hashOf(text: string): readonly [number, number] {
  let one = 0xdeadbeef;
  let two = 0x41c6ce57;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    one = Math.imul(one ^ code, 2_654_435_761);
    two = Math.imul(two ^ code, 1_597_334_677);
  }
  one = Math.imul(one ^ (one >>> 16), 2_246_822_507) ^ Math.imul(two ^ (two >>> 13), 3_266_489_909);
  two = Math.imul(two ^ (two >>> 16), 2_246_822_507) ^ Math.imul(one ^ (one >>> 13), 3_266_489_909);
  return [one >>> 0, two >>> 0];
}

const FIRST_SIZE = 1 << 16;
const MOST_FILLED = 0.6;

/**
 * The states that were seen, 8 bytes each. Two states with one name would be taken for one: with n states that happens
 * with a chance of about n * n / 2^65, which for ten million is one in 370,000.
 */
export class StateSet {
  #slots = new Uint32Array(2 * FIRST_SIZE);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds a state by its canonical text; false when it is there already. */
  add(text: string): boolean {
    const [one, two] = hashOf(text);
    // A pair of zeros marks a free slot.
    const high = one === 0 && two === 0 ? 1 : one;
    if (!place(this.#slots, high, two)) return false;
    this.#size++;
    if (this.#size * 2 > this.#slots.length * MOST_FILLED) this.#grow();
    return true;
  }

  #grow(): void {
    const larger = new Uint32Array(this.#slots.length * 2);
    for (let at = 0; at < this.#slots.length; at += 2) {
      const high = this.#slots[at] ?? 0;
      const low = this.#slots[at + 1] ?? 0;
      if (high !== 0 || low !== 0) place(larger, high, low);
    }
    this.#slots = larger;
  }
}

function place(slots: Uint32Array, high: number, low: number): boolean {
  const mask = slots.length / 2 - 1;
  for (let at = low & mask; ; at = (at + 1) & mask) {
    const there = slots[2 * at];
    const below = slots[2 * at + 1];
    if (there === high && below === low) return false;
    if (there !== 0 || below !== 0) continue;
    slots[2 * at] = high;
    slots[2 * at + 1] = low;
    return true;
  }
}

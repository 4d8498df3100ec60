/** The only source of chance. */
export interface Random {
  /** `length` random bytes. */
  bytes(length: number): Uint8Array;
  /** A number in [0, 1). */
  next(): number;
}

/** Random bytes that are fetched at a time: a fetch costs about the same for 16 bytes as for these. */
const POOL_BYTES = 4_096;

/** Randomness of the platform, fit for secrets and ids: each byte is handed out once and then erased here. */
export const systemRandom: Random = platformRandom();

function platformRandom(): Random {
  const pool = new Uint8Array(POOL_BYTES);
  let used = POOL_BYTES;

  function bytes(length: number): Uint8Array {
    if (length > POOL_BYTES) return crypto.getRandomValues(new Uint8Array(length));
    if (used + length > POOL_BYTES) {
      crypto.getRandomValues(pool);
      used = 0;
    }
    const taken = pool.slice(used, used + length);
    pool.fill(0, used, used + length);
    used += length;
    return taken;
  }

  return {
    bytes,
    next: () => new DataView(bytes(4).buffer).getUint32(0) / 2 ** 32,
  };
}

/** A reproducible sequence from a seed (sfc32), for simulated worlds and tests; never for secrets. */
export function seededRandom(seed: number): Random {
  let a = seed | 0;
  let b = 0x9e3779b9;
  let c = 0x243f6a88;
  let counter = 1;
  const nextUint = (): number => {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t;
    return t >>> 0;
  };
  for (let i = 0; i < 12; i++) nextUint();
  return {
    bytes: (length) => Uint8Array.from({ length }, () => nextUint() & 0xff),
    next: () => nextUint() / 2 ** 32,
  };
}

/** An integer in [low, high], both included. */
export function randomInt(random: Random, low: number, high: number): number {
  return low + Math.floor(random.next() * (high - low + 1));
}

/** One of a non-empty list. */
export function pick<T>(random: Random, items: readonly T[]): T {
  const item = items[Math.floor(random.next() * items.length)];
  if (item === undefined) throw new RangeError("pick() needs a non-empty list");
  return item;
}

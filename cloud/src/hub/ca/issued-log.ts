import { join } from "node:path";
import { readIfPresent, writePrivately } from "./private-files.ts";

/** A device's certificate as far as a revocation list needs it. */
interface IssuedEntry {
  /** Upper-case hex. */
  readonly serial: string;
  /** Real time, ms. */
  readonly notAfter: number;
}

/** The certificates of devices that have not expired, in the file `issued` beside the CA's key. */
export interface IssuedLog {
  /** Resolves when it is on the disk; what has expired by `nowMs` leaves the file. */
  add(entry: IssuedEntry, nowMs: number): Promise<void>;
  /** Serial numbers of those that have not expired. */
  goodAt(nowMs: number): Promise<readonly string[]>;
}

/** Lines of `serial notAfter`, in the order in which they were given out. */
export function openIssuedLog(folder: string): IssuedLog {
  const path = join(folder, "issued");
  let last: Promise<unknown> = Promise.resolve();
  const read = async (nowMs: number): Promise<readonly IssuedEntry[]> =>
    ((await readIfPresent(path)) ?? "")
      .split("\n")
      .flatMap(entryOf)
      .filter(({ notAfter }) => notAfter > nowMs);
  return {
    add: (entry, nowMs) => {
      const write = async (): Promise<void> => {
        const lines = [...(await read(nowMs)), entry].map(({ serial, notAfter }) => `${serial} ${notAfter}\n`);
        await writePrivately(path, lines.join(""));
      };
      const written = last.then(write, write);
      last = written;
      return written;
    },
    goodAt: async (nowMs) => {
      await last.catch(() => undefined);
      return (await read(nowMs)).map(({ serial }) => serial);
    },
  };
}

function entryOf(line: string): IssuedEntry[] {
  const [serial, notAfter] = line.split(" ");
  return serial && notAfter ? [{ serial, notAfter: Number(notAfter) }] : [];
}

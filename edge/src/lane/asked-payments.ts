import { join } from "node:path";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { AskedPayment, KeptPayments } from "../peripherals/lane-payments.ts";
import { DebtFile } from "./debt-file.ts";
import type { LaneLog } from "./lane-log.ts";
import { UnclearStays } from "./unclear-stays.ts";

type Line =
  | { readonly asked: AskedPayment }
  | { readonly requestId: string; readonly approval: NonNullable<AskedPayment["approval"]> }
  | { readonly requestId: string; readonly done: true };

/**
 * Payments that terminals were asked for, until their money is in the books. A file of its own and not a table of the
 * store: it has to hold also while the store does not work, which is when money is taken without being booked. Its room is
 * made before it is needed, so that a full disk does not stop payments.
 */
export class AskedPayments implements KeptPayments {
  readonly #path: string | null;
  readonly #log: LaneLog;
  readonly #open = new Map<string, AskedPayment>();
  readonly #unclear: UnclearStays;
  #file: DebtFile | null = null;
  #writing: Promise<void> = Promise.resolve();

  /** Without a folder they are kept in memory only. */
  constructor(folder: string | null, log: LaneLog) {
    const inFolder = (name: string): string | null => (folder === null ? null : join(folder, name));
    this.#path = inFolder("asked-payments.ndjson");
    this.#unclear = new UnclearStays(inFolder("unclear-stays.ndjson"));
    this.#log = log;
  }

  /** Reads what earlier runs left. Rejects when a file can't be opened. */
  async run(): Promise<void> {
    await this.#unclear.open();
    if (this.#path === null) return;
    const { file, lines } = await DebtFile.open(this.#path);
    for (const line of lines.flatMap(parse)) this.#recall(line);
    this.#file = file;
    this.#note(() => this.#tidy());
    this.#note((own) => own.reserve());
  }

  /** Those of one lane, the oldest first. */
  left(laneId: Uuid): readonly AskedPayment[] {
    return [...this.#open.values()].filter((asked) => asked.laneId === laneId);
  }

  find(requestId: string): AskedPayment | null {
    return this.#open.get(requestId) ?? null;
  }

  keep(asked: AskedPayment): Promise<void> | null {
    this.#open.set(asked.requestId, asked);
    if (this.#path === null) return null;
    return this.#queue((file) => file.append(JSON.stringify({ asked }))).catch((error: unknown) => {
      this.#open.delete(asked.requestId);
      this.#log.error({ message: errorMessage(error) }, "A payment can't be kept on the disk, so it is not asked for");
      throw error;
    });
  }

  approve(requestId: string, approval: NonNullable<AskedPayment["approval"]>): void {
    const asked = this.#open.get(requestId);
    if (!asked) return;
    this.#open.set(requestId, { ...asked, approval });
    this.#note((file) => file.append(JSON.stringify({ requestId, approval })));
  }

  drop(requestId: string): void {
    if (!this.#open.delete(requestId)) return;
    this.#note((file) => file.append(doneLine(requestId)));
    this.#note(() => this.#tidy());
  }

  isUnclear(sessionId: Uuid): boolean {
    return this.#unclear.has(sessionId);
  }

  /** The request goes from the disk when the stay is there: one that can't be written is settled anew at the next start. */
  setUnclear({ requestId, sessionId }: AskedPayment): void {
    this.#unclear.add(sessionId);
    if (this.#path === null) return this.drop(requestId);
    this.#note(async (file) => {
      await this.#unclear.write(sessionId);
      await file.append(doneLine(requestId));
      this.#open.delete(requestId);
      await this.#tidy();
    });
  }

  /** The money with this reference of a terminal is in the books. */
  booked(reference: string): void {
    for (const { requestId, approval } of [...this.#open.values()])
      if (approval?.reference === reference) this.drop(requestId);
  }

  async stop(): Promise<void> {
    await this.#writing;
    await this.#unclear.close();
    await this.#file?.close();
    this.#file = null;
  }

  #recall(line: Line): void {
    if ("asked" in line) this.#open.set(line.asked.requestId, line.asked);
    else if ("done" in line) this.#open.delete(line.requestId);
    else {
      const asked = this.#open.get(line.requestId);
      if (asked) this.#open.set(line.requestId, { ...asked, approval: line.approval });
    }
  }

  async #tidy(): Promise<void> {
    const file = this.#file;
    if (file && this.#open.size === 0 && !file.isEmpty) await file.clear();
  }

  /** One write after the other. */
  #queue(work: (file: DebtFile) => Promise<void>): Promise<void> {
    const done = this.#writing.then(() => (this.#file ? work(this.#file) : undefined));
    this.#writing = done.catch(() => {});
    return done;
  }

  /** What fails here is only told: the terminal is asked at the next start, and the books take a payment once. */
  #note(work: (file: DebtFile) => Promise<void>): void {
    this.#queue(work).catch((error: unknown) =>
      this.#log.error({ message: errorMessage(error) }, "Can't write the file of asked payments"),
    );
  }
}

function doneLine(requestId: string): string {
  return JSON.stringify({ requestId, done: true });
}

/** A line that power loss cut in two is no line: it was not on the disk, so its payment was not asked for. */
function parse(line: string): readonly Line[] {
  try {
    return [JSON.parse(line) as Line];
  } catch {
    return [];
  }
}

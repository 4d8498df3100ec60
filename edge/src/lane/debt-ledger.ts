import type { Direction, MovementOutcome } from "@gatehouse/shared/contracts/primitives.ts";
import { type Clock, type Timer, type WallMs, wallMs } from "@gatehouse/shared/kit/clock.ts";
import { errorCode, errorMessage } from "@gatehouse/shared/kit/errors.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { DecisionDesk } from "../decision/decision-desk.ts";
import { DebtFile } from "./debt-file.ts";
import type { LaneLog } from "./lane-log.ts";
import type { Debt } from "./machine-types.ts";

/** Vehicles let go without a decision that are kept in memory; more are only in the file. */
export const MAX_DEBTS = 1_000;
/** From one try to book them to the next, ms. */
export const BOOK_RETRY_MS = 5_000;

interface Entry {
  readonly laneId: Uuid;
  readonly direction: Direction;
  readonly at: WallMs;
  readonly debt: Debt;
  readonly ended: { readonly outcome: MovementOutcome; readonly at: WallMs } | null;
}

type Line = { readonly key: string; readonly entry: Entry } | { readonly key: string; readonly done: true };

export interface DebtLedgerOptions {
  readonly desk: DecisionDesk;
  readonly clock: Clock;
  readonly log: LaneLog;
  /** Append-only, one JSON object a line; null keeps debts in memory only. */
  readonly file: string | null;
  /** Whether the desk still works on a key's first request, which may yet succeed. */
  readonly inFlight: (key: string) => boolean;
}

/** Keeps what may be owed by vehicles that the fail policy let go, until the store works again and takes it (SAFE-18). */
export class DebtLedger {
  readonly #options: DebtLedgerOptions;
  readonly #entries = new Map<string, Entry>();
  #file: DebtFile | null = null;
  #writing: Promise<void> = Promise.resolve();
  readonly #untold: (() => Promise<void>)[] = [];
  #booking = false;
  #timer: Timer | null = null;

  constructor(options: DebtLedgerOptions) {
    this.#options = options;
  }

  get open(): number {
    return this.#entries.size + this.#untold.length;
  }

  /** Reads what earlier runs left and starts booking. A vehicle whose end nobody saw counts as `not_seen`. */
  async run(): Promise<void> {
    const { file, clock } = this.#options;
    if (file !== null) {
      const opened = await DebtFile.open(file);
      for (const line of opened.lines.flatMap(parse)) this.#recall(line);
      this.#file = opened.file;
      this.#tidy();
      this.#queue((own) => own.reserve());
    }
    this.#timer = clock.every(BOOK_RETRY_MS, () => void this.book());
  }

  async stop(): Promise<void> {
    this.#timer?.cancel();
    await this.#writing;
    await this.#file?.close();
    this.#file = null;
  }

  /** Keeps a record that the store did not take, in order, and tells it again later; in memory only. */
  tellAgain(tell: () => Promise<void>): void {
    if (this.#untold.length >= MAX_DEBTS)
      this.#options.log.error({ limit: MAX_DEBTS }, "A movement's end is lost: too many wait for the store");
    else this.#untold.push(tell);
  }

  add(key: string, entry: Omit<Entry, "at" | "ended">): void {
    this.#put(key, { ...entry, at: this.#options.clock.wall(), ended: null });
  }

  end(key: string, outcome: MovementOutcome | "forgiven"): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    const owesNothing = outcome === "backed_out" && entry.debt.payment === null;
    if (outcome === "forgiven" || owesNothing) return this.#remove(key);
    this.#put(key, { ...entry, ended: { outcome, at: this.#options.clock.wall() } });
  }

  /** Tries to book every debt whose vehicle is gone; resolves when it is through or the store failed again. */
  async book(): Promise<void> {
    if (this.#booking) return;
    this.#booking = true;
    try {
      for (let tell = this.#untold[0]; tell; tell = this.#untold[0]) {
        await tell();
        this.#untold.shift();
      }
      for (const [key, entry] of [...this.#entries]) {
        if (entry.ended === null || this.#options.inFlight(key)) continue;
        await this.#bookOne(entry);
        this.#remove(key);
      }
    } catch (error) {
      this.#options.log.warn({ code: errorCode(error), open: this.open }, "The store does not take the debts yet");
    } finally {
      this.#booking = false;
    }
  }

  async #bookOne({ laneId, direction, at, debt, ended }: Entry): Promise<void> {
    const { desk } = this.#options;
    if (ended === null) return;
    const { movementId } = debt.payment
      ? await desk.paid(debt.payment)
      : await desk.decide({
          laneId,
          direction,
          credential: { kind: debt.credential?.kind ?? "operator", value: debt.credential?.value ?? "fail_open" },
          read: debt.credential?.read ?? null,
          override: { actor: "fail policy", reason: debt.reason, commandId: null, letGoAt: at },
        });
    await desk.finish({ movementId, outcome: ended.outcome, endedAt: ended.at });
  }

  #recall(line: Line): void {
    if ("done" in line) this.#entries.delete(line.key);
    else
      this.#entries.set(line.key, {
        ...line.entry,
        ended: line.entry.ended ?? { outcome: "not_seen", at: wallMs(line.entry.at) },
      });
  }

  #put(key: string, entry: Entry): void {
    this.#write({ key, entry });
    if (this.#entries.has(key) || this.#entries.size < MAX_DEBTS) this.#entries.set(key, entry);
    else
      this.#options.log.error(
        { limit: MAX_DEBTS },
        "Too many debts for the memory; this one is only in the fallback file",
      );
  }

  #remove(key: string): void {
    this.#entries.delete(key);
    this.#write({ key, done: true });
    this.#tidy();
  }

  #write(line: Line): void {
    this.#queue((file) => file.append(JSON.stringify(line)));
  }

  /** The lines of debts that are all settled give their room back. */
  #tidy(): void {
    this.#queue(async (file) => {
      if (this.#entries.size === 0 && !file.isEmpty) await file.clear();
    });
  }

  #queue(work: (file: DebtFile) => Promise<void>): void {
    const file = this.#file;
    if (file === null) return;
    this.#writing = this.#writing
      .then(() => work(file))
      .catch((error: unknown) =>
        this.#options.log.error({ message: errorMessage(error) }, "Can't write the fallback file of debts"),
      );
  }
}

/** A line that power loss cut in two is no line. */
function parse(line: string): readonly Line[] {
  try {
    return [JSON.parse(line) as Line];
  } catch {
    return [];
  }
}

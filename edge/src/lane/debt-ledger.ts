import { readFileSync } from "node:fs";
import type { MovementOutcome } from "@gatehouse/shared/contracts/primitives.ts";
import { type Clock, type Timer, type WallMs, wallMs } from "@gatehouse/shared/kit/clock.ts";
import { errorCode, errorMessage } from "@gatehouse/shared/kit/errors.ts";
import type { NewId, Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { DecisionDesk, DecisionRequest, MovementEnd } from "../decision/decision-desk.ts";
import { DebtFile } from "./debt-file.ts";
import type { LaneLog } from "./lane-log.ts";
import type { ReportLane } from "./lane-report.ts";
import type { Debt } from "./machine-types.ts";
import { tell, type Untold } from "./untold.ts";

/** Vehicles let go without a decision that are kept in memory; more are only in the file. */
export const MAX_DEBTS = 1_000;
/** From one try to book them to the next, ms. */
export const BOOK_RETRY_MS = 5_000;

interface Entry {
  readonly laneId: Uuid;
  readonly at: WallMs;
  readonly debt: Debt;
  readonly ended: { readonly outcome: MovementOutcome; readonly at: WallMs } | null;
}

type Line =
  | { readonly key: string; readonly entry: Entry }
  | { readonly key: string; readonly untold: Untold }
  | { readonly key: string; readonly done: true };

export interface DebtLedgerOptions {
  readonly desk: DecisionDesk;
  readonly report: ReportLane;
  readonly newId: NewId;
  readonly clock: Clock;
  readonly log: LaneLog;
  /** Append-only, one JSON object a line; null keeps debts in memory only. */
  readonly file: string | null;
  /** Whether the desk still works on a key's first request, which may yet succeed. */
  readonly inFlight: (key: string) => boolean;
}

/**
 * Keeps what may be owed by vehicles that the fail policy let go, and what the store could not be told of other ones, until
 * it works again and takes it (SAFE-18). The debt of a movement is also its end.
 */
export class DebtLedger {
  readonly #options: DebtLedgerOptions;
  readonly #entries = new Map<string, Entry>();
  #file: DebtFile | null = null;
  #writing: Promise<void> = Promise.resolve();
  readonly #untold = new Map<string, Untold>();
  #onlyInFile = false;
  #booking = false;
  #timer: Timer | null = null;

  constructor(options: DebtLedgerOptions) {
    this.#options = options;
  }

  get open(): number {
    return this.#entries.size + this.#untold.size;
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

  /** Keeps a record that the store did not take, in order, and tells it again later, also after a restart. */
  tellAgain(untold: Untold): void {
    const key = this.#options.newId();
    this.#write({ key, untold });
    if (this.#untold.size < MAX_DEBTS) this.#untold.set(key, untold);
    else this.#leaveInFile();
  }

  add(key: string, entry: Omit<Entry, "at" | "ended">): void {
    this.#put(key, { ...entry, at: this.#options.clock.wall(), ended: null });
  }

  end(key: string, outcome: MovementOutcome | "forgiven"): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    const owesNothing = outcome === "backed_out" && entry.debt.payment === null;
    if (outcome === "forgiven" || (owesNothing && entry.debt.movementId === null)) return this.#remove(key);
    this.#put(key, { ...entry, ended: { outcome, at: this.#options.clock.wall() } });
  }

  /** Tries to book every debt whose vehicle is gone; resolves when it is through or the store failed again. */
  async book(): Promise<void> {
    if (this.#booking) return;
    this.#booking = true;
    try {
      for (const [key, untold] of [...this.#untold]) {
        await this.#tellOne(untold);
        this.#untold.delete(key);
        this.#forget(key);
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

  /** A broken store is told again later; any other refusal is final. */
  async #tellOne(untold: Untold): Promise<void> {
    try {
      await tell(this.#options, untold);
    } catch (error) {
      if (errorCode(error) === "store_failed") throw error;
      this.#options.log.error({ what: untold.kind, message: errorMessage(error) }, "The store refused a record");
    }
  }

  async #bookOne({ laneId, at, debt, ended }: Entry): Promise<void> {
    const { desk } = this.#options;
    if (ended === null) return;
    const { outcome, at: endedAt } = ended;
    const { payment, movementId: again } = debt;
    // It went back and paid nothing, so nothing is owed and only its movement has to end.
    if (outcome === "backed_out" && payment === null && again !== null)
      return desk.finish({ movementId: again, outcome, endedAt });
    const { movementId } = payment ? await desk.paid(payment) : await desk.decide(lateRequest(laneId, at, debt));
    await desk.finish({ movementId, outcome, endedAt });
  }

  #recall(line: Line): void {
    if ("done" in line) {
      this.#entries.delete(line.key);
      this.#untold.delete(line.key);
    } else if ("untold" in line) this.#untold.set(line.key, line.untold);
    else
      this.#entries.set(line.key, {
        ...line.entry,
        ended: line.entry.ended ?? { outcome: "not_seen", at: wallMs(line.entry.at) },
      });
  }

  #put(key: string, entry: Entry): void {
    this.#write({ key, entry });
    if (this.#entries.has(key) || this.#entries.size < MAX_DEBTS) this.#entries.set(key, entry);
    else this.#leaveInFile();
  }

  /** What is only in the file is taken up when the memory has been worked off, or by the next run. */
  #leaveInFile(): void {
    this.#onlyInFile = true;
    this.#options.log.error(
      { limit: MAX_DEBTS },
      "Too many debts for the memory; this one is only in the fallback file",
    );
  }

  #remove(key: string): void {
    this.#entries.delete(key);
    this.#forget(key);
  }

  #forget(key: string): void {
    this.#write({ key, done: true });
    this.#tidy();
  }

  #write(line: Line): void {
    this.#queue((file) => file.append(JSON.stringify(line)));
  }

  /** The lines of debts that are all settled give their room back; before that, those that the memory had no room for are read. */
  #tidy(): void {
    this.#queue(async (file) => {
      if (this.open > 0 || file.isEmpty) return;
      if (this.#onlyInFile) {
        this.#onlyInFile = false;
        for (const line of await file.lines()) for (const one of parse(line)) this.#recall(one);
      }
      if (this.open === 0) await file.clear();
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

/** The request for a passage that the desk could not be asked about when it happened. */
function lateRequest(laneId: Uuid, at: WallMs, { direction, credential, reason, movementId }: Debt): DecisionRequest {
  return {
    laneId,
    direction,
    credential: { kind: credential?.kind ?? "operator", value: credential?.value ?? "fail_open" },
    read: credential?.read ?? null,
    override: { actor: "fail policy", reason, commandId: null, letGoAt: at },
    again: movementId,
  };
}

/**
 * What an earlier run saw of movements and could not tell the store: their ends, or null where the end comes with a debt
 * that is still to be booked. The desk has to know before it ends all that was under way as not seen. A file that can't be
 * read tells of none.
 */
export function readSeenEnds(path: string): ReadonlyMap<Uuid, MovementEnd | null> {
  const open = new Map<string, readonly [Uuid, MovementEnd | null]>();
  for (const line of readLines(path)) {
    if ("done" in line) open.delete(line.key);
    else if ("entry" in line && line.entry.debt.movementId !== null)
      open.set(line.key, [line.entry.debt.movementId, null]);
    else if ("untold" in line && line.untold.kind === "finish")
      open.set(line.key, [line.untold.end.movementId, line.untold.end]);
  }
  return new Map(open.values());
}

function readLines(path: string): readonly Line[] {
  try {
    return readFileSync(path, "utf8").split("\n").flatMap(parse);
  } catch {
    return [];
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

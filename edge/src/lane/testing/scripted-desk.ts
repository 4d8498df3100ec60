import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import { formatUuid, type Uuid } from "@gatehouse/shared/kit/ids.ts";
import type {
  DecisionDesk,
  DecisionRequest,
  Explanation,
  LaneDecision,
  MovementEnd,
  PaymentTaken,
  UndecidedPassage,
} from "../../decision/decision-desk.ts";
import type { Journal, JournalEntry } from "../../store/journal.ts";

export type Script = (request: DecisionRequest) => Partial<LaneDecision> | "fail" | "hang";

/** A store without rules: decides by script and keeps what it was told, in order. */
export class ScriptedDesk implements DecisionDesk {
  readonly requests: DecisionRequest[] = [];
  readonly payments: PaymentTaken[] = [];
  readonly ends: MovementEnd[] = [];
  readonly passages: UndecidedPassage[] = [];
  script: Script = () => ({});
  broken = false;
  /** Ids of the movements that were decided on, each once. */
  readonly made: Uuid[] = [];
  #tickets = 0;

  decide(request: DecisionRequest): Promise<LaneDecision> {
    this.requests.push(request);
    return this.#answer(this.broken ? "fail" : this.script(request), request);
  }

  paid(payment: PaymentTaken): Promise<LaneDecision> {
    this.payments.push(payment);
    return this.#answer(this.broken ? "fail" : {}, { plate: "paid", again: payment.movementId });
  }

  finish(end: MovementEnd): Promise<void> {
    if (this.broken) return Promise.reject(storeFailed());
    this.ends.push(end);
    return Promise.resolve();
  }

  undecidedPassage(passage: UndecidedPassage): Promise<void> {
    if (this.broken) return Promise.reject(storeFailed());
    this.passages.push(passage);
    return Promise.resolve();
  }

  newTicketCode(laneId: string): string {
    return `T-${laneId.slice(-4)}-${++this.#tickets}`;
  }

  explain(): Promise<Explanation> {
    return Promise.reject(storeFailed());
  }

  #answer(
    scripted: ReturnType<Script>,
    { credential, plate, again }: { credential?: { value: string }; plate?: string; again?: Uuid | null },
  ): Promise<LaneDecision> {
    if (scripted === "hang") return new Promise(() => {});
    if (scripted === "fail") return Promise.reject(storeFailed());
    const id = again ?? movementId(this.made.length + 1);
    if (!again) this.made.push(id);
    const admitted = {
      movementId: id,
      outcome: "admit",
      ask: null,
      reasons: ["scripted"],
      displayKey: "entry.welcome",
      sessionId: null,
      plate: plate ?? credential?.value ?? null,
      due: null,
    } as const;
    return Promise.resolve({ ...admitted, ...scripted });
  }
}

/** The id of the desk's n-th movement. */
export function movementId(n: number): Uuid {
  return formatUuid(Uint8Array.from({ length: 16 }, (_, at) => (at === 15 ? n : 0)));
}

function storeFailed(): GatehouseError<"store_failed"> {
  return new GatehouseError("store_failed", "The scripted store is broken.");
}

/** A journal in memory. */
export class MemoryJournal implements Journal {
  readonly entries: JournalEntry[] = [];
  broken = false;

  append(entry: JournalEntry): Promise<void> {
    if (this.broken) return Promise.reject(storeFailed());
    this.entries.push(entry);
    return Promise.resolve();
  }

  note(entry: JournalEntry): void {
    this.entries.push(entry);
  }
}

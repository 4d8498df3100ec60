import type { Clock, MonoMs } from "@gatehouse/shared/kit/clock.ts";
import { MINUTE_MS } from "@gatehouse/shared/kit/durations.ts";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import type { NewId, Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { DecisionDesk, DecisionRequest, LaneDecision } from "../decision/decision-desk.ts";
import { deskWith } from "../decision/desk-with.ts";
import type { OfferedCredential } from "./lane-control.ts";
import type { LaneLog } from "./lane-log.ts";
import type { ReportLane } from "./lane-report.ts";

/** Wrong PINs in a row at one lane that are still judged. Four digits tried at this pace take weeks to go through. */
export const PIN_MAX_WRONG = 5;
/** How long after the last wrong one no PIN opens the lane. */
export const PIN_PAUSE_MS = 15 * MINUTE_MS;
/** PINs whose names are remembered; those who type them stand at the lane now. */
const MAX_NAMED = 1_000;

export interface PinsOptions {
  readonly clock: Pick<Clock, "mono">;
  readonly newId: NewId;
  readonly log: LaneLog;
  readonly report: ReportLane;
}

interface Wrong {
  readonly count: number;
  readonly lastAt: MonoMs;
}

/**
 * Keeps PINs between the keypad and the desk: lanes, journal, pictures and logs know one by a name that says nothing, and
 * wrong ones are limited for each lane, since four digits can be guessed. Names and counts end with the process: a name
 * that a file kept from an earlier one is no PIN, and nobody else's.
 */
export class Pins {
  readonly #options: PinsOptions;
  readonly #nameOf = new Map<string, string>();
  readonly #pinOf = new Map<string, string>();
  readonly #wrong = new Map<Uuid, Wrong>();

  constructor(options: PinsOptions) {
    this.#options = options;
  }

  /** The credential as lanes may know it; the same PIN has the same name. */
  named(credential: OfferedCredential): OfferedCredential {
    return credential.kind === "pin" ? { ...credential, value: this.#name(credential.value) } : credential;
  }

  /** The desk, asked with the PIN itself; while a lane is paused no PIN is the right one there. */
  judging(desk: DecisionDesk): DecisionDesk {
    return deskWith(desk, {
      decide: (request) => (request.credential.kind === "pin" ? this.#decide(desk, request) : desk.decide(request)),
    });
  }

  async #decide(desk: DecisionDesk, request: DecisionRequest): Promise<LaneDecision> {
    const { laneId, credential } = request;
    if (this.#isPaused(laneId)) return told(await desk.decide(request));
    const pin = this.#pinOf.get(credential.value);
    if (pin === undefined) return desk.decide(request);
    const decision = await desk.decide({ ...request, credential: { kind: "pin", value: pin } });
    this.#count(laneId, decision);
    return decision;
  }

  #count(laneId: Uuid, { outcome, ask }: LaneDecision): void {
    if (outcome === "admit" || ask === "pay") return void this.#wrong.delete(laneId);
    const count = (this.#wrong.get(laneId)?.count ?? 0) + 1;
    this.#wrong.set(laneId, { count, lastAt: this.#options.clock.mono() });
    if (count === PIN_MAX_WRONG) this.#tell(laneId);
  }

  #tell(laneId: Uuid): void {
    const { log, report } = this.#options;
    const detail = `${PIN_MAX_WRONG} wrong PINs were typed in a row: none is taken at this lane for ${PIN_PAUSE_MS / MINUTE_MS} minutes. Look who stands there.`;
    log.warn({ laneId }, detail);
    report({ type: "alarm.raised", code: "pin_tries", lane_id: laneId, detail }).catch((error: unknown) =>
      log.error({ laneId, message: errorMessage(error) }, "The alarm about wrong PINs could not be stored"),
    );
  }

  #isPaused(laneId: Uuid): boolean {
    const wrong = this.#wrong.get(laneId);
    if (wrong === undefined) return false;
    const isOver = this.#options.clock.mono() - wrong.lastAt >= PIN_PAUSE_MS;
    if (isOver) this.#wrong.delete(laneId);
    return !isOver && wrong.count >= PIN_MAX_WRONG;
  }

  #name(pin: string): string {
    const known = this.#nameOf.get(pin);
    if (known !== undefined) return known;
    if (this.#nameOf.size >= MAX_NAMED) {
      this.#nameOf.clear();
      this.#pinOf.clear();
    }
    const name = `PIN-${this.#options.newId()}`;
    this.#nameOf.set(pin, name);
    this.#pinOf.set(name, pin);
    return name;
  }
}

/** The name alone admits nobody by its PIN; the driver reads why. */
function told(decision: LaneDecision): LaneDecision {
  return decision.outcome === "admit" ? decision : { ...decision, displayKey: "lane.pin_paused" };
}

import { LaneJudge } from "./lane-judge.ts";
import type { Breach, JudgeOptions, Note, TraceEvent } from "./trace.ts";

/** Most breaches that are kept; after so many nobody reads on. */
const MAX_BREACHES = 200;

export interface Verdict {
  readonly breaches: readonly Breach[];
  readonly events: number;
  readonly raises: number;
  readonly closes: number;
}

/**
 * Judges an agent by the lines of its input/output socket alone (docs/io-socket.md): what it was told, what its outputs
 * did, and when. Feed it every event in order, and `look` at least every 20 ms.
 */
export class Judge {
  readonly #lanes: ReadonlyMap<string, LaneJudge>;
  readonly #breaches: Breach[] = [];
  #events = 0;

  constructor(options: JudgeOptions) {
    this.#lanes = new Map(options.lanes.map((lane) => [lane, new LaneJudge(lane, options, this.#breaches)]));
  }

  take(event: TraceEvent): void {
    this.#events++;
    this.look(event.at);
    if ("told" in event) return this.#told(event.told, event.at);
    if ("note" in event) return this.#note(event.note, event.at);
    const { heard, at } = event;
    if ("lane" in heard) this.#lanes.get(heard.lane)?.heard(heard, at);
  }

  look(at: number): void {
    if (this.#breaches.length >= MAX_BREACHES) return;
    for (const lane of this.#lanes.values()) lane.look(at);
  }

  verdict(): Verdict {
    const lanes = [...this.#lanes.values()];
    return {
      breaches: [...this.#breaches],
      events: this.#events,
      raises: lanes.reduce((sum, lane) => sum + lane.raises, 0),
      closes: lanes.reduce((sum, lane) => sum + lane.closes, 0),
    };
  }

  #told(told: Extract<TraceEvent, { told: unknown }>["told"], at: number): void {
    if (told.kind === "alive") {
      for (const lane of this.#lanes.values()) lane.told(told, at);
      return;
    }
    this.#lanes.get(told.lane)?.told(told, at);
    if (told.kind === "contact" && told.name === "fire" && told.signal !== "closed")
      for (const lane of this.#lanes.values()) lane.fire(at);
  }

  #note(note: Note, at: number): void {
    if (note.kind !== "must_be_shut") {
      for (const lane of this.#lanes.values()) lane.note(note, at);
      return;
    }
    for (const [name, lane] of this.#lanes)
      if (!lane.armDown && !lane.mayStayUp(at))
        this.#breaches.push({
          rule: "SAFE-24",
          lane: name,
          at,
          what: "the arm is not down though the lane was left alone",
        });
  }
}

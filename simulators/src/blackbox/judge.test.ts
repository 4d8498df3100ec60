import type { IoOutput } from "@gatehouse/shared/contracts/edge/io-socket.ts";
import { describe, expect, it } from "vitest";
import type { UnstampedInput } from "../world/agent-line.ts";
import { Judge } from "./judge.ts";
import type { Note } from "./trace.ts";

const lane = "in-1";

/** A record written by hand, in ms, with lines of `alive` in between. */
class Script {
  readonly #judge = new Judge({ lanes: [lane, "out-1"], clearHoldMs: 500, freshMs: 100, slackMs: 30 });
  #now = 0;

  tell(input: UnstampedInput): this {
    this.#judge.take({ at: this.#now, told: input });
    return this;
  }

  relay(name: "up" | "down", on: boolean, of = lane): this {
    return this.hear({ kind: "relay", lane: of, name, on, t: this.#t() });
  }

  hear(heard: IoOutput): this {
    this.#judge.take({ at: this.#now, heard });
    return this;
  }

  note(note: Note): this {
    this.#judge.take({ at: this.#now, note });
    return this;
  }

  wait(ms: number, alive = true): this {
    for (let left = ms; left > 0; left -= 10) {
      this.#now += 10;
      if (alive) this.tell({ kind: "alive" });
      this.#judge.look(this.#now);
    }
    return this;
  }

  loop(name: "safety" | "arming", signal: "clear" | "occupied"): this {
    return this.tell({ kind: "loop", lane, name, signal });
  }

  contact(name: "photo_eye" | "fire", signal: "closed" | "open" | "broken"): this {
    return this.tell({ kind: "contact", lane, name, signal });
  }

  limit(name: "up" | "down", active: boolean): this {
    return this.tell({ kind: "limit", lane, name, active });
  }

  /** An empty lane with its arm down, told and held. */
  quiet(): this {
    this.loop("arming", "clear").loop("safety", "clear").contact("photo_eye", "closed").contact("fire", "closed");
    return this.limit("up", false).limit("down", true).wait(600);
  }

  /** A raise that is in order: a read was taken. */
  raise(): this {
    this.note({ kind: "read_taken", lane }).relay("up", true).limit("down", false).wait(500).relay("up", false);
    return this.limit("up", true).wait(600);
  }

  lower(): this {
    return this.relay("down", true).limit("up", false).wait(300);
  }

  get rules(): readonly string[] {
    return [...new Set(this.#judge.verdict().breaches.map(({ rule }) => rule))];
  }

  #t(): string {
    return String(this.#now * 1_000_000);
  }
}

const script = (): Script => new Script().quiet();

describe("judge of the socket's lines", () => {
  it("has nothing to say of a passage, a reversal and a fire as they should be", () => {
    const run = script().raise().lower().wait(200).relay("down", false).limit("down", true).wait(800);
    run.raise().lower().contact("photo_eye", "open").relay("down", false).wait(210).relay("up", true).wait(300);
    run.contact("photo_eye", "closed").relay("up", false).limit("up", true).wait(2_600).lower().wait(200);
    run.relay("down", false).limit("down", true).wait(500);
    run.contact("fire", "open").relay("up", true).relay("up", true, "out-1").wait(300).relay("up", false);
    expect(run.rules).toEqual([]);
  });

  it.each<[string, (run: Script) => Script]>([
    ["SAFE-01", (run) => run.raise().relay("up", true).relay("down", true)],
    ["SAFE-01", (run) => run.raise().relay("up", true).wait(20).relay("up", false).wait(100).relay("down", true)],
    ["SAFE-02", (run) => run.raise().loop("safety", "occupied").wait(100).relay("down", true)],
    [
      "SAFE-02",
      (run) =>
        run.raise().contact("photo_eye", "open").wait(20).contact("photo_eye", "closed").wait(200).relay("down", true),
    ],
    ["SAFE-02", (run) => run.raise().wait(200, false).wait(100).relay("down", true)],
    ["SAFE-04", (run) => run.raise().lower().loop("safety", "occupied").wait(100)],
    ["SAFE-04", (run) => run.raise().lower().relay("down", false).loop("safety", "occupied").wait(300)],
    ["SAFE-04", (run) => run.raise().lower().relay("down", false).wait(450, false)],
    [
      "SAFE-05",
      (run) =>
        run
          .raise()
          .lower()
          .loop("safety", "occupied")
          .relay("down", false)
          .wait(210)
          .relay("up", true)
          .wait(300)
          .relay("up", false)
          .limit("up", true)
          .loop("safety", "clear")
          .wait(900)
          .relay("down", true),
    ],
    ["SAFE-07", (run) => run.raise().lower().contact("fire", "broken").wait(100)],
    [
      "SAFE-07",
      (run) => run.raise().contact("fire", "open").wait(50).contact("fire", "closed").wait(900).relay("down", true),
    ],
    ["SAFE-09", (run) => run.raise().limit("up", false).wait(600).relay("down", true)],
    ["SAFE-11", (run) => run.note({ kind: "read_taken", lane }).relay("up", true).wait(1_100)],
    [
      "SAFE-21",
      (run) =>
        run
          .hear({ kind: "light", lane, green: true, t: "1" })
          .wait(100)
          .hear({ kind: "light", lane, green: true, t: "2" }),
    ],
    [
      "SAFE-22",
      (run) => run.note({ kind: "maintenance", lane, on: true }).wait(100).contact("fire", "open").relay("up", true),
    ],
    ["SAFE-24", (run) => run.raise().wait(5_000).note({ kind: "must_be_shut" })],
    ["SAFE-25", (run) => run.wait(4_000).relay("up", true)],
  ])("finds a breach of %s", (rule, play) => {
    expect(play(script()).rules).toContain(rule);
  });

  it("forgets what a dead agent was told, and takes its outputs for off", () => {
    const run = script().raise().lower().note({ kind: "agent_lost" }).wait(200).quiet().raise();
    expect(run.rules).toEqual([]);
    expect(script().note({ kind: "agent_lost" }).wait(50).relay("down", true).rules).toContain("SAFE-02");
  });
});

import { describe, expect, it } from "vitest";
import { journalWords } from "./journal-words.ts";

const step = (event: object, state: string, effects: readonly object[] = []) =>
  journalWords({ kind: "lane.step", data: { event, state, mode: "automatic", effects } });

describe("a journal row in words", () => {
  it("tells the inputs that are not at rest, and the hazard", () => {
    const inputs = {
      arming: "occupied",
      safety: "clear",
      closing: "unknown",
      position: "up",
      fire: false,
      hazard: "safety",
    };
    expect(step({ kind: "report", report: { kind: "inputs", inputs } }, "armed")).toBe(
      "arming occupied, closing unknown, arm up, hazard safety -> armed",
    );
  });

  it("tells a read, a decision and what followed", () => {
    expect(
      step({ kind: "offer", credential: { kind: "plate", value: "BAB1" } }, "deciding", [
        { kind: "decide", ticket: 1 },
      ]),
    ).toBe("read BAB1 -> deciding: decide");
    const decided = { kind: "decided", decision: { outcome: "admit", reasons: ["permit_valid"] } };
    expect(step(decided, "opening", [{ kind: "device", command: { kind: "open" } }])).toBe(
      "decided admit (permit_valid) -> opening: device open",
    );
  });

  it("shows any other row as it is", () => {
    expect(journalWords({ kind: "lane.command", data: { action: "open", actor: "ada", commandId: null } })).toBe(
      "action=open actor=ada",
    );
    expect(journalWords({ kind: "odd", data: "text" })).toBe("text");
  });
});

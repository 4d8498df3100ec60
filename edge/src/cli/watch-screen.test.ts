import { describe, expect, it } from "vitest";
import type { LanePicture, WatchFrame } from "../local-api/contract.ts";
import { recordedAgent } from "../local-api/testing/agent-view.ts";
import { paint } from "./colour.ts";
import { afterKey } from "./commands/watch.ts";
import { clip, width } from "./table.ts";
import { watchScreen } from "./watch-screen.ts";

const [snapshot] = recordedAgent().lanes.snapshot();
if (!snapshot) throw new Error("The sample has a lane.");

function lane(code: string, part: Partial<LanePicture> = {}): LanePicture {
  return {
    ...(snapshot as NonNullable<typeof snapshot>),
    code,
    direction_now: "entry",
    light: "red",
    fire: false,
    hazard: null,
    signals: { arming: "quiet", photo_eye: "active", limit_down: "active" },
    relays: { up: false, down: false },
    points: [],
    last_press: null,
    mode_by: null,
    last_read: { at: 0, kind: "plate", value: "BAB1234", confidence: 0.93, source: "cam-in-1" },
    last_decision: { at: 0, outcome: "refuse", reasons: ["blocklisted"] },
    ...part,
  };
}

function frame(lanes: readonly LanePicture[]): WatchFrame {
  return {
    at: Date.UTC(2026, 4, 4, 12),
    lot: "Harbour Garage with a very long name indeed",
    time_zone: "UTC",
    link: "cloud_down",
    link_detail: "it confirms nothing",
    outbox_pending: 12,
    lanes: [...lanes],
  };
}

const PLAIN = paint(false);
const many = Array.from({ length: 40 }, (_, at) => lane(`lane-${at}`));

describe("gate watch", () => {
  it.each([
    [80, 24],
    [60, 12],
    [132, 50],
  ])("fits %i columns and %i rows, one lane or many, with and without colour", (columns, rows) => {
    for (const lanes of [[lane("in-1", { alarms: ["fire"], fire: true, mode: "emergency_open" })], many, []])
      for (const isDetail of [true, false])
        for (const colours of [PLAIN, paint(true)]) {
          const lines = watchScreen(frame(lanes), { chosen: 3, isDetail }, { rows, columns }, colours);
          expect(lines).toHaveLength(rows);
          expect(Math.max(...lines.map(width))).toBeLessThanOrEqual(columns);
        }
  });

  it("shows arm, loops, light, display, read, decision and what forbids lowering", () => {
    const shown = lane("in-1", {
      loops: { arming: "occupied", safety: "clear", closing: "unknown" },
      hazard: "photo_eye",
      light: "green",
    });
    const text = watchScreen(frame([shown]), { chosen: 0, isDetail: false }, { rows: 24, columns: 80 }, PLAIN).join(
      "\n",
    );
    for (const part of [
      "▐██████▌",
      "?? ?? ??",
      "● green",
      "forbidden by photo_eye",
      "BAB1234 93 %",
      "refuse (blocklisted)",
      "Welcome",
      "12 to send",
    ])
      expect(text).toContain(part);
    expect(text).not.toContain(String.fromCharCode(27));
  });

  it("scrolls so that the chosen lane is seen", () => {
    for (const chosen of [0, 20, 39]) {
      const lines = watchScreen(frame(many), { chosen, isDetail: false }, { rows: 24, columns: 80 }, PLAIN);
      expect(lines.some((line) => line.startsWith(`> lane-${chosen} `))).toBe(true);
    }
  });

  it("goes by keys through the lanes and into one", () => {
    let view = { chosen: 0, isDetail: false };
    for (const key of ["up", "down", "down", "enter", "x"]) view = afterKey(view, key, 3);
    expect(view).toEqual({ chosen: 2, isDetail: true });
    expect(afterKey(afterKey(view, "escape", 3), "page_down", 3)).toEqual({ chosen: 2, isDetail: false });
  });

  it("cuts a coloured text without leaving its colour behind", () => {
    const cut = clip(paint(true).bad("a long alarm text"), 6);
    expect(width(cut)).toBe(6);
    expect(cut.endsWith("[0m")).toBe(true);
  });
});

import { expect, it } from "vitest";
import type { EdgeEvent } from "../contracts/mqtt/events.ts";
import { anchorEvent } from "./anchor.ts";

const ID = "0190f3a1-0000-7000-8000-000000000001";
const TRUE_START = Date.UTC(2026, 2, 2, 8);
/** The run's clock began in 1970, and the run's monotonic clock at 40 s. */
const event = (mono: number, times: Partial<EdgeEvent> = {}): EdgeEvent => ({
  n: 1,
  at: mono - 40_000,
  mono,
  boot: ID,
  quality: "unknown",
  body: { type: "alarm.raised", code: "x", lane_id: null, detail: "" },
  ...times,
});
const ANCHOR = { at: TRUE_START + 60_000, mono: 100_000 };

it("Verifies: SYNC-13: an event before and after its run's anchor gets the time that the anchor shows", () => {
  expect(anchorEvent(event(40_000), ANCHOR)).toMatchObject({ at: TRUE_START, mono: 40_000, quality: "unknown" });
  expect(anchorEvent(event(130_000), ANCHOR).at).toBe(TRUE_START + 90_000);
});

it("Verifies: SYNC-13: times that the same clock made move along; what an earlier run knew stays", () => {
  const closed = (exited_at: number): EdgeEvent["body"] => ({
    type: "movement.recorded",
    movement_id: ID,
    lane_id: ID,
    direction: "exit",
    outcome: "passed",
    session_id: null,
    plate: null,
    began_at: TRUE_START - 3_600_000,
    ended_at: exited_at,
  });
  const moved = anchorEvent(event(70_000, { body: closed(25_000) }), ANCHOR);
  expect(moved.body).toMatchObject({ began_at: TRUE_START - 3_600_000, ended_at: TRUE_START + 25_000 });
});

it("Verifies: SYNC-13: a clock that went on from an old time does not take along what was known before it", () => {
  const floor = TRUE_START - 86_400_000;
  const opened: EdgeEvent["body"] = {
    type: "movement.recorded",
    movement_id: ID,
    lane_id: ID,
    direction: "exit",
    outcome: "passed",
    session_id: null,
    plate: null,
    began_at: floor - 70_001,
    ended_at: floor,
  };
  const moved = anchorEvent(event(70_000, { at: floor, body: opened }), ANCHOR);
  expect(moved.body).toMatchObject({ began_at: floor - 70_001, ended_at: TRUE_START + 30_000 });
});

it("Verifies: SYNC-13: a clock that ran ahead is brought back just so", () => {
  const ahead = Date.UTC(2099, 0, 1);
  const late = event(70_000, { at: ahead, body: { ...event(0).body } });
  expect(anchorEvent(late, ANCHOR).at).toBe(TRUE_START + 30_000);
});

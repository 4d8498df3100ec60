import { camera as cameraSchema } from "@gatehouse/shared/contracts/config/site/camera.ts";
import { site as siteSchema } from "@gatehouse/shared/contracts/config/site/site.ts";
import { wallMs } from "@gatehouse/shared/kit/clock.ts";
import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { beforeEach, describe, expect, it } from "vitest";
import type { OfferAnswer, OfferedCredential } from "../lane/lane-control.ts";
import { RejectedReads } from "../local-api/rejected-reads.ts";
import { TEST_SITE } from "../local-api/testing/agent-view.ts";
import type { CameraRead } from "../ports/camera/camera-read.ts";
import { CameraIntake } from "./camera-intake.ts";

const START = wallMs(Date.UTC(2026, 10, 22, 12));
let clock: ManualClock;
let offered: OfferedCredential[];
let answer: OfferAnswer;

beforeEach(() => {
  clock = new ManualClock({ wall: START });
  offered = [];
  answer = "accepted";
});

function intake(plain: object = {}, built?: "reversible"): CameraIntake {
  const camera = cameraSchema.parse({ id: "cam", format: "axis", secret: "sixteen characters", ...plain });
  const [lane] = siteSchema.parse(TEST_SITE).lanes;
  if (!lane) throw new RangeError("The test's site has a lane.");
  const lanes = {
    offer: (credential: OfferedCredential) => {
      offered.push(credential);
      return answer;
    },
  };
  const own = { ...lane, direction: built ?? lane.direction };
  return new CameraIntake({
    camera,
    lane: own,
    lanes,
    clock,
    rejected: new RejectedReads(),
    count: () => {},
    wallRate: 1,
  });
}

function read(rawText: string, more: Partial<CameraRead> = {}): CameraRead {
  const capturedAt = wallMs(clock.wall() - 200);
  const none = { vendorEventId: null, confidence: 0.9, travel: null, isReplay: false, sources: [], images: [] };
  return { ...none, capturedAt, rawText, ...more };
}

describe("the intake of a camera's reads", () => {
  it("takes an event once, by its id or by plate and time", () => {
    const camera = intake();
    expect(camera.reads([read("BAB1234", { vendorEventId: "7" })])).toEqual(["accepted"]);
    clock.advance(5_000);
    expect(camera.reads([read("BAB1234", { vendorEventId: "7" })])).toEqual(["repeated"]);
    const plain = read("HHXY77");
    expect(camera.reads([plain])).toEqual(["accepted"]);
    clock.advance(5_000);
    expect(camera.reads([plain])).toEqual(["repeated"]);
  });

  it("takes fifty frames of one vehicle once, and asks again after a while", () => {
    const camera = intake();
    const outcomes = Array.from({ length: 50 }, (_, n) => {
      clock.advance(40);
      return camera.reads([read("BAB1234", { vendorEventId: `f${n}` })])[0];
    });
    expect(outcomes.filter((outcome) => outcome === "accepted")).toHaveLength(1);
    clock.advance(3_000);
    expect(camera.reads([read("BAB1234", { vendorEventId: "later" })])).toEqual(["accepted"]);
  });

  it("takes a corrected text of the same car (Axis update) as new", () => {
    const camera = intake();
    expect(camera.reads([read("AA7690EQ", { vendorEventId: "123:AA7690EQ" })])).toEqual(["accepted"]);
    expect(camera.reads([read("AA7690EO", { vendorEventId: "123:AA7690EO" })])).toEqual(["accepted"]);
    expect(camera.reads([read("AA7690EO", { vendorEventId: "123:AA7690EO" })])).toEqual(["repeated"]);
  });

  it("does not give the next vehicle the last word of one that was read (Verifies: SAFE-27)", () => {
    const camera = intake();
    const car = (isGone: boolean) => ({ vehicle: { ids: ["102"], isGone } });
    expect(camera.reads([read("AB1Z", { vendorEventId: "102:AB1Z", ...car(false) })])).toEqual(["accepted"]);
    // It stood at the barrier for ten minutes, and only its last word has the right text.
    for (let minute = 0; minute < 10; minute++) clock.advance(60_000);
    expect(camera.reads([read("AB12", { vendorEventId: "102:AB12", ...car(true) })])).toEqual(["repeated"]);
    expect(offered.map(({ value }) => value)).toEqual(["AB1Z"]);
  });

  it("takes the last word of a vehicle of which nothing was told before", () => {
    const vehicle = { ids: ["7", "8"], isGone: true };
    expect(intake().reads([read("AB12", { vendorEventId: "8", vehicle })])).toEqual(["accepted"]);
  });

  it("knows a group by any of its frames, also by one that was a repeat (Verifies: SAFE-27)", () => {
    const camera = intake();
    for (const frame of ["u1", "u2", "u3"]) {
      clock.advance(100);
      camera.reads([read("BAB1234", { vendorEventId: frame, vehicle: { ids: [frame], isGone: false } })]);
    }
    clock.advance(5_000);
    const group = { vendorEventId: "u3", vehicle: { ids: ["u3"], isGone: true } };
    expect(camera.reads([read("BAB1234", group)])).toEqual(["repeated"]);
    expect(offered).toHaveLength(1);
  });

  it.each<OfferAnswer>(["lane_not_ready", "queue_full", "wrong_direction"])(
    "does not hold an event for repeated when the lane said %s to it",
    (first) => {
      const camera = intake();
      answer = first;
      expect(camera.reads([read("BAB1234", { vendorEventId: "7" })])).toEqual([first]);
      answer = "accepted";
      expect(camera.reads([read("BAB1234", { vendorEventId: "7" })])).toEqual(["accepted"]);
    },
  );

  it.each([
    ["entry", { direction: "approaching" }, "approaching", "entry"],
    ["entry", { direction: "approaching" }, "leaving", "exit"],
    ["exit", { direction: "approaching" }, "approaching", "exit"],
    ["exit", {}, null, "exit"],
    [undefined, { direction: "approaching" }, "approaching", null],
  ] as const)(
    "of a reversible lane's camera for %s, %j, travel %s: direction %s (Verifies: SAFE-27)",
    (laneDirection, plain, travel, direction) => {
      const known = laneDirection === undefined ? {} : { lane_direction: laneDirection };
      intake({ ...plain, ...known }, "reversible").reads([read("BAB1234", { travel })]);
      expect(offered.map((one) => one.direction)).toEqual([direction]);
    },
  );

  it("forgets ids, which cameras use again after a restart", () => {
    const camera = intake();
    camera.reads([read("BAB1234", { vendorEventId: "7" })]);
    clock.advance(600_000);
    expect(camera.reads([read("BAB1234", { vendorEventId: "7" })])).toEqual(["accepted"]);
  });

  it("offers nothing of what was kept, marked or not, and nothing illegible (Verifies: SAFE-27)", () => {
    const camera = intake();
    camera.reads([read("HHXY77")]);
    clock.advance(10_000);
    camera.reads([read("HHXY78")]);
    offered.length = 0;
    const late = wallMs(clock.wall() - 30_000);
    expect(camera.reads([read("BAB1234", { isReplay: true }), read("BAB1234", { capturedAt: late })])).toEqual([
      "replay",
      "late",
    ]);
    for (const text of ["", "unknown", "No Plate", "Unknown", "-", "_无_", "BA?1234", "N/A", "  "])
      expect(camera.reads([read(text)])).toEqual(["no_plate"]);
    expect(offered).toEqual([]);
  });

  it("passes over the vendor's other cameras, however a MAC is written", () => {
    const camera = intake({ source: "94:2a:6f:d0:ad:1a" });
    expect(camera.reads([read("BAB1234", { sources: ["942A6FD0AD1A"] })])).toEqual(["accepted"]);
    expect(camera.reads([read("HHXY77", { sources: ["942A6FD0AD1B"] }), read("HHXY77")])).toEqual([
      "other_camera",
      "other_camera",
    ]);
  });

  it("takes two cars of one event, each by itself", () => {
    expect(intake().reads([read("BAB1234"), read("HHXY77")])).toEqual(["accepted", "accepted"]);
  });

  it("keeps the camera's health", () => {
    const camera = intake();
    expect(camera.health()).toMatchObject({ link: { state: "waiting" }, lastMessageAt: null, messages: 0 });
    camera.reads([]);
    camera.reads([read("BAB1234")]);
    camera.rejected({ code: "broken_json", message: "no" }, { contentType: "", body: new Uint8Array() });
    camera.link({ state: "down", code: "refused", message: "wrong password" });
    camera.unauthorised();
    expect(camera.health()).toMatchObject({
      lane: "in-1",
      format: "axis",
      transport: "push",
      link: { state: "down", code: "refused" },
      lastMessageAt: START,
      lastReadAt: START,
      messages: 2,
      reads: 1,
      rejected: 1,
      unauthorised: 1,
      lastError: { code: "refused" },
    });
  });
});

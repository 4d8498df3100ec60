import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type JournalView, watchFrame } from "../../local-api/contract.ts";
import { replay } from "../replay.ts";
import { LANE, type PlayedLane, playedLane } from "../testing/played-lane.ts";
import { journal } from "./journal.ts";
import { laneCommand } from "./lane-command.ts";
import { relayTest } from "./relay-test.ts";
import { selftest } from "./selftest.ts";

let lane: PlayedLane | null = null;
afterEach(async () => {
  await lane?.end();
  lane = null;
});

const loop = (played: PlayedLane, name: "arming" | "safety" | "closing", signal: "occupied" | "clear"): void =>
  played.tell({ kind: "loop", lane: LANE, name, signal });
const contact = (played: PlayedLane, name: "photo_eye" | "fire", signal: "closed" | "open"): void =>
  played.tell({ kind: "contact", lane: LANE, name, signal });

/** Does what each instruction says, as a careful installer would. */
function installer(played: PlayedLane, change: { readonly swapArmingAndSafety?: boolean } = {}): void {
  const swapped = change.swapArmingAndSafety
    ? ({ arming: "safety", safety: "arming", closing: "closing" } as const)
    : null;
  const wired = (name: "arming" | "safety" | "closing") => (swapped ? swapped[name] : name);
  let last: "arming" | "safety" | "closing" = "arming";
  const cover = (name: typeof last): void => {
    last = name;
    loop(played, wired(name), "occupied");
  };
  const does: readonly (readonly [RegExp, () => void])[] = [
    [/ARMING loop/, () => cover("arming")],
    [/SAFETY loop/, () => cover("safety")],
    [/CLOSING loop/, () => cover("closing")],
    [/Drive it off|Take it off/, () => loop(played, wired(last), "clear")],
    [/^(NOW: i|I)nterrupt the photo-eye/, () => contact(played, "photo_eye", "open")],
    [/Clear it again|Take the stick out/, () => contact(played, "photo_eye", "closed")],
    [/Open the FIRE contact/, () => contact(played, "fire", "open")],
    [/Close the fire contact/, () => contact(played, "fire", "closed")],
    [/before the camera/, () => void offer(played)],
    [/show a code or card/, () => played.tell({ kind: "scan", lane: LANE, medium: "qr", code: "QR-1" })],
  ];
  played.onWrite((text) => {
    const { tell } = JSON.parse(text) as { tell?: string };
    if (tell === undefined) return;
    for (const [asked, act] of does) if (asked.test(tell)) act();
  });
}

async function offer({ context }: PlayedLane): Promise<void> {
  const { read } = await import("./read.ts");
  // A lane that is locked takes no read, but the camera has been heard all the same.
  const shown = read({ ...context, write: () => {} }, "BAB 1234", { lane: LANE, confidence: 0.9 });
  await shown.catch((error: Error) => expect(error.message).toContain("takes no reads"));
}

describe("gate selftest on a whole agent", () => {
  it("goes through every input and output of a well wired lane and writes a report", { timeout: 60_000 }, async () => {
    lane = await playedLane("right", true);
    installer(lane);
    const reportFile = join(lane.directory, "report.html");
    await selftest(lane.context, LANE, { reportFile, isAutomatic: true, isFresh: false });
    const verdicts = lane.written
      .map((line) => JSON.parse(line) as Record<string, string>)
      .filter(({ verdict }) => verdict);
    expect(verdicts.map(({ step, verdict }) => `${step} ${verdict}`)).toEqual([
      "rest passed",
      "input_arming passed",
      "input_safety passed",
      "input_closing passed",
      "input_photo_eye passed",
      "raise passed",
      "reverse passed",
      "lower passed",
      "emergency passed",
      "camera passed",
      "display passed",
      "reader passed",
      "printer skipped",
      "terminal passed",
      "intercom passed",
    ]);
    const report = await readFile(reportFile, "utf8");
    expect(report).toContain("PASSED: 14 steps");
    expect(report).toMatch(/reached limit up after \d+ ms/);
    expect(report).toMatch(/serial PI-0001/);
    expect(report).not.toMatch(/(src|href)=/);
  });

  it.each([
    ["swapped_limits", undefined, "The limit inputs are swapped"],
    ["right", true, "arming loop and safety loop are swapped"],
  ] as const)("names wrong wiring: %s %s", { timeout: 40_000 }, async (wiring, swapArmingAndSafety, says) => {
    lane = await playedLane(wiring, true);
    installer(lane, { swapArmingAndSafety: swapArmingAndSafety === true });
    const reportFile = join(lane.directory, "report.html");
    await expect(selftest(lane.context, LANE, { reportFile, isAutomatic: true, isFresh: false })).rejects.toMatchObject(
      {
        exitCode: 1,
      },
    );
    expect(lane.written.join("")).toContain(says);
    expect(await readFile(reportFile, "utf8")).toContain("NOT PASSED");
  });
});

describe("gate selftest that is interrupted", () => {
  it("never leaves the lane standing open", { timeout: 40_000 }, async () => {
    const interrupt = new AbortController();
    const played = await playedLane("right", true);
    lane = played;
    installer(played);
    played.onWrite((text) => {
      const { asked } = JSON.parse(text) as { asked?: string };
      // The arm is up, and the lane held open.
      if (asked?.startsWith("Is the arm up")) interrupt.abort();
    });
    const context = { ...played.context, signal: interrupt.signal };
    const options = { reportFile: join(played.directory, "report.html"), isAutomatic: true, isFresh: false };
    await expect(selftest(context, LANE, options)).rejects.toThrow(/was interrupted.*The lane is locked again/);
    const { lanes } = await played.context.agent.get("/pictures", watchFrame);
    expect(lanes[0]?.mode).toBe("locked");
  });
});

describe("gate relay test on a whole agent", () => {
  it("measures both ways, and the journal of it can be gone through again", { timeout: 40_000 }, async () => {
    lane = await playedLane();
    await relayTest(lane.context, LANE, { reason: "after rewiring", isClear: true });
    expect(lane.written.join("")).toMatch(/up: relay after \d+ ms, moving after \d+ ms, there after \d+ ms/);
    expect(lane.written.at(-1)).toContain("The lane is automatic again.");
    lane.written.length = 0;
    const all = { kind: null, from: null, to: null, limit: 1_000, follow: false };
    await journal(lane.context, { ...all, lane: LANE, replay: true });
    expect(lane.written.join("")).toMatch(
      /Lane in-1: \d\d+ steps gone through again\.\nThe same states and effects came out/,
    );
    lane.written.length = 0;
    await journal({ ...lane.context, json: true }, { ...all, lane: LANE, replay: false });
    const rows = JSON.parse(lane.written.join("")) as JournalView[];
    const forged = rows.map((row) => (row.kind === "lane.step" ? { ...row, data: forge(row.data) } : row));
    expect(replay(forged).differences.length).toBeGreaterThan(0);
  });

  it("moves nothing in an occupied lane or under maintenance: exit code 5", { timeout: 40_000 }, async () => {
    lane = await playedLane();
    const test = () => lane && relayTest(lane.context, LANE, { reason: "try", isClear: true });
    loop(lane, "safety", "occupied");
    await expect.poll(() => test()?.catch((error: Error) => error.message)).toContain("safety loop is occupied");
    loop(lane, "safety", "clear");
    await laneCommand(lane.context, LANE, { action: "maintenance_on", reason: "changing the belt" });
    await expect(test()).rejects.toMatchObject({ exitCode: 5 });
    await expect(laneCommand(lane.context, LANE, { action: "open", reason: "try" })).rejects.toMatchObject({
      exitCode: 5,
    });
  });

  it("says what is wrong with an arm that does not move", { timeout: 60_000 }, async () => {
    lane = await playedLane("dead");
    await expect(relayTest(lane.context, LANE, { reason: "try", isClear: true })).rejects.toThrow(
      /the arm did not move.*The lane is automatic again/,
    );
    const { lanes } = await lane.context.agent.get("/pictures", watchFrame);
    expect(lanes[0]?.mode).toBe("automatic");
  });
});

/** A journal that tells another state than the machine comes to. */
function forge(data: unknown): unknown {
  const step = data as { state: string };
  return { ...step, state: step.state === "open" ? "idle" : step.state };
}

import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromIso } from "@gatehouse/shared/kit/clock.ts";
import { describe, expect, it } from "vitest";
import type { Installed, UpdateDecision } from "./decide-update.ts";
import { checkUpdate, stageUpdate, switchToUpdate } from "./install-update.ts";
import { currentPath, type Places, placesOf, releasePath, wholeSlots } from "./places.ts";
import { rollBack, startRelease } from "./start-release.ts";
import { cutFiles, PowerCut } from "./testing/power-cut.ts";
import { newKey, writeSmallRelease, writeSmallUpdate } from "./testing/small-release.ts";
import { type UpdateFiles, updateFiles } from "./update-files.ts";
import type { TrialVerdict } from "./update-state.ts";

const NOW = fromIso("2026-06-01T00:00:00Z");
const KEY = newKey();
const NEXT_KEY = newKey();
const KEYS = [KEY.publicKey, NEXT_KEY.publicKey];
const RUNS_0_1: Installed = { version: "0.1.0", arch: "amd64", serial: "gh-0007" };

/** A computer with the package's own release 0.1.0, as it is after the package was installed. */
function computer(): Places {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-computer-"));
  const places = placesOf(join(folder, "data"), join(folder, "base"));
  updateFiles.makeFolder(join(folder, "data"));
  writeSmallRelease(places.base, "0.1.0");
  updateFiles.makeFolder(places.updates);
  startRelease(places, updateFiles);
  return places;
}

/** Starts what `current` leads to, as the unit does, and returns what its agent says. */
function startAgent(places: Places): string {
  const current = currentPath(places);
  return execFileSync(join(current, "bin/node"), [join(current, "edge/src/agent/main.ts")], {
    encoding: "utf8",
  }).trim();
}

function say(places: Places, verdict: TrialVerdict): void {
  writeFileSync(places.verdict, JSON.stringify(verdict));
}

async function install(
  places: Places,
  file: string,
  files: UpdateFiles = updateFiles,
  installed = RUNS_0_1,
): Promise<UpdateDecision> {
  const staged = await stageUpdate({ file, keys: KEYS, installed, now: NOW, places, files });
  if (staged.kind === "install") switchToUpdate({ places, files }, { version: staged.version, needsLink: true });
  return staged;
}

describe("an update", () => {
  it("is installed, runs on trial, works, and stays", async () => {
    const places = computer();
    expect(startAgent(places)).toBe("0.1.0");
    expect(await install(places, await writeSmallUpdate({ version: "0.2.0", key: KEY.privateKey }))).toMatchObject({
      kind: "install",
    });
    expect(startRelease(places, updateFiles).run).toBe("0.2.0");
    expect(startAgent(places)).toBe("0.2.0");
    say(places, { version: "0.2.0", result: "works", why: "" });
    for (let start = 0; start < 10; start++) expect(startRelease(places, updateFiles).run).toBe("0.2.0");
    expect(startAgent(places)).toBe("0.2.0");
  });

  it("is taken back at the next start when its agent says that it failed", async () => {
    const places = computer();
    await install(places, await writeSmallUpdate({ version: "0.2.0", key: KEY.privateKey }));
    startRelease(places, updateFiles);
    say(places, { version: "0.2.0", result: "failed", why: "no lane works" });
    expect(startRelease(places, updateFiles)).toEqual({
      run: "base",
      note: "Update 0.2.0 is taken back: no lane works. base runs again.",
    });
    expect(startAgent(places)).toBe("0.1.0");
  });

  it("is taken back when it can't even start, after three tries", async () => {
    const places = computer();
    await install(places, await writeSmallUpdate({ version: "0.2.0", key: KEY.privateKey, agent: "exit 1" }));
    for (let start = 0; start < 3; start++) {
      expect(startRelease(places, updateFiles).run).toBe("0.2.0");
      expect(() => startAgent(places)).toThrow();
    }
    expect(startRelease(places, updateFiles).run).toBe("base");
    expect(startAgent(places)).toBe("0.1.0");
    expect(wholeSlots(places, updateFiles)).toEqual([]);
  });

  it("isn't helped by another release's good word", async () => {
    const places = computer();
    await install(places, await writeSmallUpdate({ version: "0.2.0", key: KEY.privateKey }));
    say(places, { version: "0.1.0", result: "works", why: "" });
    for (let start = 0; start < 3; start++) startRelease(places, updateFiles);
    expect(startRelease(places, updateFiles).run).toBe("base");
  });

  it("goes before an older package and after a newer one", async () => {
    const places = computer();
    await install(places, await writeSmallUpdate({ version: "0.2.0", key: KEY.privateKey }));
    startRelease(places, updateFiles);
    say(places, { version: "0.2.0", result: "works", why: "" });
    startRelease(places, updateFiles);
    writeSmallRelease(places.base, "0.3.0");
    expect(startRelease(places, updateFiles).run).toBe("base");
    expect(startAgent(places)).toBe("0.3.0");
  });

  it("can be rolled back by a technician, once", async () => {
    const places = computer();
    await install(places, await writeSmallUpdate({ version: "0.2.0", key: KEY.privateKey }));
    startRelease(places, updateFiles);
    say(places, { version: "0.2.0", result: "works", why: "" });
    startRelease(places, updateFiles);
    expect(rollBack(places, updateFiles)).toBe("base");
    expect(startRelease(places, updateFiles).run).toBe("base");
    expect(rollBack(places, updateFiles)).toBeNull();
  });
});

describe("an update whose slot is there already", () => {
  it("is unpacked anew: what lay there is never run unread", async () => {
    const places = computer();
    const file = await writeSmallUpdate({ version: "0.2.0", key: KEY.privateKey });
    await install(places, file);
    writeFileSync(join(releasePath(places, "0.2.0"), "edge/src/agent/main.ts"), "echo other");
    writeFileSync(join(releasePath(places, "0.2.0"), "left-over"), "");
    expect(startAgent(places)).toBe("other");
    expect(await install(places, file)).toMatchObject({ kind: "install" });
    expect(startAgent(places)).toBe("0.2.0");
    expect(readdirSync(releasePath(places, "0.2.0"))).not.toContain("left-over");
    expect(readdirSync(places.updates).sort()).toEqual(["current", "slots", "state.json"]);
  });

  it.each(["before", "within"] as const)("and power goes %s any step of that: nothing unread runs", async (where) => {
    const file = await writeSmallUpdate({ version: "0.2.0", key: KEY.privateKey });
    let at = 0;
    for (let isWhole = false; !isWhole; at++) {
      const places = computer();
      await install(places, file);
      isWhole = await install(places, file, cutFiles(updateFiles, at, where).files).then(
        () => true,
        (error: unknown) => {
          if (!(error instanceof PowerCut)) throw error;
          return false;
        },
      );
      const { run } = startRelease(places, updateFiles);
      expect(startAgent(places)).toBe(run === "base" ? "0.1.0" : "0.2.0");
      await finish(places, file);
      expect(startAgent(places)).toBe("0.2.0");
    }
    expect(at).toBeGreaterThan(8);
  });
});

describe("an update that is refused", () => {
  const codeOf = async (file: string, installed: Installed = RUNS_0_1, now = NOW): Promise<string> => {
    const places = computer();
    const decision = await stageUpdate({ file, keys: KEYS, installed, now, places, files: updateFiles });
    expect(startAgent(places)).toBe("0.1.0");
    expect(startRelease(places, updateFiles).run).toBe("base");
    return decision.kind === "refuse" ? decision.code : "installed";
  };
  const good = { version: "0.2.0", key: KEY.privateKey };

  it("is unsigned, foreign, expired, too early, for another computer or processor, older or the same", async () => {
    expect(await codeOf(await writeSmallUpdate(good))).toBe("installed");
    expect(await codeOf(await writeSmallUpdate({ ...good, key: NEXT_KEY.privateKey }))).toBe("installed");
    expect(await codeOf(await writeSmallUpdate({ ...good, key: null }))).toBe("unsigned");
    expect(await codeOf(await writeSmallUpdate({ ...good, key: newKey().privateKey }))).toBe("foreign_key");
    expect(await codeOf(await writeSmallUpdate({ ...good, change: { expires: "2026-05-31T00:00:00Z" } }))).toBe(
      "expired",
    );
    expect(await codeOf(await writeSmallUpdate(good), RUNS_0_1, fromIso("1970-01-02T00:00:00Z"))).toBe("clock_wrong");
    expect(await codeOf(await writeSmallUpdate({ ...good, change: { arch: "arm64" } }))).toBe("other_arch");
    expect(await codeOf(await writeSmallUpdate({ ...good, change: { devices: ["gh-0008"] } }))).toBe("other_device");
    expect(await codeOf(await writeSmallUpdate({ ...good, change: { devices: ["gh-0007"] } }))).toBe("installed");
    expect(await codeOf(await writeSmallUpdate({ ...good, version: "0.1.0" }))).toBe("already_runs");
    expect(await codeOf(await writeSmallUpdate({ ...good, version: "0.0.9" }))).toBe("older");
    expect(await codeOf(await writeSmallUpdate({ ...good, change: { min_version: "0.1.5" } }))).toBe(
      "too_large_a_step",
    );
  });

  it("is cut off anywhere", async () => {
    const { length } = readFileSync(await writeSmallUpdate(good));
    for (const part of [0.1, 0.3, 0.5, 0.9, 0.999]) {
      const cut = await writeSmallUpdate(good);
      truncateSync(cut, Math.floor(length * part));
      expect(await codeOf(cut)).toBe("truncated");
    }
  });

  it("has one bit flipped anywhere", async () => {
    const file = await writeSmallUpdate(good);
    const whole = readFileSync(file);
    const codes = new Set<string>();
    for (let at = 0; at < whole.length; at += 7) {
      const bytes = Buffer.from(whole);
      bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << (at % 8)), at);
      writeFileSync(file, bytes);
      const decision = await checkUpdate({ file, keys: KEYS, installed: RUNS_0_1, now: NOW });
      codes.add(decision.kind === "refuse" ? decision.code : "installed");
    }
    for (const code of ["not_an_update", "bad_signature", "damaged"]) expect(codes).toContain(code);
    expect(codes).not.toContain("installed");
    expect(codes).not.toContain("bad_manifest");
  });

  it("comes to a computer that knows no key, or is something else", async () => {
    const places = computer();
    const file = await writeSmallUpdate(good);
    const noKeys = { file, keys: [], installed: RUNS_0_1, now: NOW, places, files: updateFiles };
    expect(await stageUpdate(noKeys)).toMatchObject({ code: "no_keys" });
    writeFileSync(file, "PK\u0003\u0004");
    expect(await codeOf(file)).toBe("not_an_update");
    writeFileSync(file, "");
    expect(await codeOf(file)).toBe("truncated");
  });

  it("finds no room", async () => {
    const places = computer();
    const full = { ...updateFiles, freeBytes: () => 1_000 };
    const options = { file: await writeSmallUpdate(good), keys: KEYS, installed: RUNS_0_1, now: NOW, places };
    expect(await stageUpdate({ ...options, files: full })).toMatchObject({ code: "no_space" });
  });
});

describe("power that goes at any step of an update", () => {
  it.each(["before", "within"] as const)(
    "%s a step: one of the two releases runs, and the update can be tried again",
    async (where) => {
      const file = await writeSmallUpdate({ version: "0.2.0", key: KEY.privateKey });
      const seen = new Map<string, number>();
      let steps = Number.POSITIVE_INFINITY;
      for (let at = 0; at < steps; at++) {
        const places = computer();
        const cut = cutFiles(updateFiles, at, where);
        const isWhole = await live(places, cut.files, file).then(
          () => true,
          (error: unknown) => {
            if (!(error instanceof PowerCut)) throw error;
            return false;
          },
        );
        if (isWhole) {
          steps = cut.steps();
          break;
        }
        const { run } = startRelease(places, updateFiles);
        expect(startAgent(places)).toBe(run === "base" ? "0.1.0" : "0.2.0");
        seen.set(run, (seen.get(run) ?? 0) + 1);
        await finish(places, file);
        expect(startAgent(places)).toBe("0.2.0");
      }
      expect(steps).toBeGreaterThan(8);
      expect([...seen.keys()].sort()).toEqual(["0.2.0", "base"]);
    },
  );

  it.each([
    ["before", "on trial"],
    ["within", "on trial"],
    ["before", "that works"],
    ["within", "that works"],
  ] as const)("%s a step of a technician's way back from an update %s", async (where, stage) => {
    const file = await writeSmallUpdate({ version: "0.2.0", key: KEY.privateKey });
    let cuts = 0;
    for (let at = 0, isBack = false; !isBack; at++) {
      const places = computer();
      await install(places, file);
      startRelease(places, updateFiles);
      if (stage === "that works") {
        say(places, { version: "0.2.0", result: "works", why: "" });
        startRelease(places, updateFiles);
      }
      try {
        rollBack(places, cutFiles(updateFiles, at, where).files);
        isBack = true;
      } catch (error) {
        if (!(error instanceof PowerCut)) throw error;
        cuts++;
      }
      const { run } = startRelease(places, updateFiles);
      expect(startAgent(places)).toBe(run === "base" ? "0.1.0" : "0.2.0");
      if (run !== "base") expect(rollBack(places, updateFiles)).toBe("base");
      expect(startRelease(places, updateFiles).run).toBe("base");
      expect(startAgent(places)).toBe("0.1.0");
    }
    expect(cuts).toBe(2);
  });

  it.each(["before", "within"] as const)(
    "%s a step of taking it back: never a third thing, never stuck",
    async (where) => {
      const file = await writeSmallUpdate({ version: "0.2.0", key: KEY.privateKey });
      for (let at = 0; at < 5; at++) {
        const places = computer();
        await install(places, file);
        startRelease(places, updateFiles);
        say(places, { version: "0.2.0", result: "failed", why: "no link" });
        const cut = cutFiles(updateFiles, at, where);
        try {
          startRelease(places, cut.files);
        } catch (error) {
          if (!(error instanceof PowerCut)) throw error;
        }
        expect(startRelease(places, updateFiles).run).toBe("base");
        expect(startAgent(places)).toBe("0.1.0");
      }
    },
  );
});

/** An update from the file to a release that works. */
async function live(places: Places, files: UpdateFiles, file: string): Promise<void> {
  await install(places, file, files);
  startRelease(places, files);
  say(places, { version: "0.2.0", result: "works", why: "" });
  startRelease(places, files);
}

/** The technician tries again, if it is still needed. */
async function finish(places: Places, file: string): Promise<void> {
  const version = startAgent(places);
  await install(places, file, updateFiles, { ...RUNS_0_1, version });
  startRelease(places, updateFiles);
  say(places, { version: "0.2.0", result: "works", why: "" });
  startRelease(places, updateFiles);
}

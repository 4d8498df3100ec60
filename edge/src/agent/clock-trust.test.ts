import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClockQuality } from "@gatehouse/shared/contracts/primitives.ts";
import { fromIso, wallMs } from "@gatehouse/shared/kit/clock.ts";
import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ClockEvidence, clockTrust, qualityFrom } from "./clock-trust.ts";

const NOW = fromIso("2026-12-01T12:00:00Z");
const NOTHING: ClockEvidence = { isNtpSynced: false, hasRtc: false, wasTrustedThisBoot: false, isSimulated: false };

describe("the quality of a wall clock that no cloud vouches for", () => {
  it.each<[Partial<ClockEvidence>, ClockQuality]>([
    [{}, "unknown"],
    [{ isNtpSynced: true }, "synced"],
    [{ hasRtc: true }, "holdover"],
    [{ wasTrustedThisBoot: true }, "holdover"],
    [{ isSimulated: true }, "holdover"],
  ])("with %j is %s", (evidence, quality) => {
    expect(qualityFrom({ ...NOTHING, ...evidence }, NOW)).toBe(quality);
  });

  it("is unknown in 1970, whatever speaks for it", () => {
    const all: ClockEvidence = { isNtpSynced: true, hasRtc: true, wasTrustedThisBoot: true, isSimulated: true };
    expect(qualityFrom(all, wallMs(0))).toBe("unknown");
  });
});

describe("an agent that starts without a link", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "clock-trust-"));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  function trustOf(measured: () => ClockQuality | null): () => ClockQuality {
    return clockTrust({ clock: new ManualClock({ wall: NOW }), directory, isSimulated: false, measured });
  }

  it("trusts a clock for which the cloud vouched before the agent, not the computer, was started anew", () => {
    let measured: ClockQuality | null = "synced";
    expect(trustOf(() => measured)()).toBe("synced");
    measured = null;
    expect(trustOf(() => measured)()).not.toBe("unknown");
  });

  it("believes what the cloud's time shows before anything else", () => {
    trustOf(() => "synced")();
    expect(trustOf(() => "holdover")()).toBe("holdover");
    expect(trustOf(() => "unknown")()).toBe("unknown");
  });
});

import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seededRandom } from "@gatehouse/shared/kit/random.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { describe, expect, it } from "vitest";
import { playAndJudge } from "../blackbox/run.ts";
import { loneAgent } from "./faults-agent.ts";

const IS_CI = process.env.CI !== undefined;
const SEED = Number(process.env.GATEHOUSE_SEED ?? (IS_CI ? 5 : Math.floor(Math.random() * 1e9)));
const SECONDS = Number(process.env.GATEHOUSE_SECONDS ?? 45);
const TITLE =
  "breaks no rule that its socket shows, whatever vehicles, wires and people do (Verifies: SAFE-01, SAFE-02, SAFE-03, SAFE-04, SAFE-05, SAFE-07, SAFE-08, SAFE-09, SAFE-11, SAFE-21, SAFE-22, SAFE-24, SAFE-25)";

describe("the agent as a black box", () => {
  // The judge's times come through a busy machine: in CI a breach has to show twice; elsewhere once is enough.
  it(`${TITLE}, seed ${SEED}`, { retry: IS_CI ? 1 : 0 }, async () => {
    const clock = systemClock();
    const agent = await loneAgent({ directory: await mkdtemp(join(tmpdir(), "gatehouse-")), clock });
    await agent.startProcess();
    try {
      const result = await playAndJudge({ agent, clock, random: seededRandom(SEED), lastsMs: SECONDS * 1_000 });
      const { breaches, struck, ...counts } = result;
      process.stdout.write(`${JSON.stringify({ seed: SEED, ...counts })}\n`);
      expect(breaches, `again: GATEHOUSE_SEED=${SEED} npm test -- black-box`).toEqual([]);
      expect(struck).toBe(0);
      expect(counts.raises).toBeGreaterThan(3);
      expect(counts.closes).toBeGreaterThan(3);
    } finally {
      await agent.process.stop();
    }
  });
});

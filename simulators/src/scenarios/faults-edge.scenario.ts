import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { afterAll, describe, expect, it } from "vitest";
import { loneAgent, PERMITTED } from "./faults-agent.ts";

const clock = systemClock();
const root = mkdtempSync(join(tmpdir(), "gh-faults-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe("probe", () => {
  it("drives in and out", async () => {
    const agent = await loneAgent({ directory: join(root, "a"), clock });
    await agent.start();
    try {
      const entry = agent.stage("in-1");
      await entry.arrive();
      expect(await agent.read("in-1", PERMITTED)).toEqual(["accepted"]);
      await entry.pass();
      console.log(entry.shown, (await agent.gate("status")).out, (await agent.gate("sessions")).out);
    } finally {
      await agent.stop();
    }
  });
});

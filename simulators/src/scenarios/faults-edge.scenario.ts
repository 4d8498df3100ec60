import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sleep } from "@gatehouse/shared/kit/clock.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { afterAll, describe, expect, it } from "vitest";
import { loneAgent, PERMITTED } from "./faults-agent.ts";

const clock = systemClock();
const root = mkdtempSync(join(tmpdir(), "gh-faults-"));
afterAll(() => {});

describe("probe", () => {
  it("disk", async () => {
    const directory = join(root, "disk");
    mkdirSync(join(directory, "data"), { recursive: true });
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=6m", "none", join(directory, "data")]);
    const agent = await loneAgent({ directory, clock });
    await agent.start();
    try {
      const entry = agent.stage("in-1"),
        exit = agent.stage("out-1");
      await entry.arrive();
      await agent.read("in-1", PERMITTED);
      await entry.pass();
      console.log(execFileSync("df", [join(directory, "data")]).toString());
      try {
        writeFileSync(join(directory, "data", "ballast"), Buffer.alloc(8_000_000));
      } catch (e) {
        console.log(String(e));
      }
      console.log(execFileSync("df", [join(directory, "data")]).toString());
      await entry.arrive();
      console.log(await agent.read("in-1", "BAB77"));
      await sleep(clock, 3_000);
      console.log(entry.shown, entry.raised, entry.armUp, (await agent.gate("status")).out, await agent.gate("doctor"));
      await exit.arrive();
      console.log(await agent.read("out-1", PERMITTED));
      await exit.pass().catch((e) => console.log(String(e)));
      console.log(exit.shown, readdirSync(join(directory, "data", "fallback")));
      console.log(readFileSync(join(directory, "agent.log"), "utf8").slice(-3000));
      rmSync(join(directory, "data", "ballast"));
      const from = clock.mono();
      await agent.read("in-1", "BAB77");
      await entry.pass().catch((e) => console.log(String(e)));
      console.log("recovered after", clock.mono() - from, entry.shown);
      await sleep(clock, 6_000);
      console.log((await agent.gate("sessions", "--all")).out, (await agent.gate("doctor")).out);
      console.log(JSON.stringify(await agent.gateJson("journal", "--limit", "1000")).match(/fail_policy.{200}/g));
      console.log(readFileSync(join(directory, "agent.log"), "utf8").slice(-3000));
    } finally {
      await agent.stop();
      execFileSync("umount", [join(directory, "data")]);
    }
  });
  it("1970", async () => {
    const directory = join(root, "clock");
    const agent = await loneAgent({ directory, clock, env: { GATEHOUSE_SIM_WALL: `${clock.wall()},0,1` } });
    await agent.start();
    const entry = agent.stage("in-1");
    await entry.arrive();
    console.log(await agent.read("in-1", "BAB77"));
    await entry.pass().catch((e) => console.log(String(e)));
    console.log(
      entry.shown,
      (await agent.gate("status")).out,
      (await agent.gate("doctor")).out,
      (await agent.gate("sessions")).out,
    );
    const exit = agent.stage("out-1");
    await exit.arrive();
    await agent.read("out-1", PERMITTED);
    await exit.pass().catch((e) => console.log(String(e)));
    console.log(exit.shown, (await agent.gate("journal")).out, (await agent.gate("sessions", "--all")).out);
    await agent.stop();
    console.log(readFileSync(join(directory, "agent.log"), "utf8").slice(-3000));
    const right = await loneAgent({ directory, clock }, null);
    await right.start();
    const again = right.stage("out-1");
    await again.arrive();
    await right.read("out-1", "BAB77");
    await sleep(clock, 1500);
    console.log(again.shown, (await right.gate("sessions", "--all")).out, (await right.gate("doctor")).out);
    await right.stop();
  });
});

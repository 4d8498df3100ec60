import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IoServer } from "@gatehouse/edge/drivers/sim/io-server.ts";
import type { IoOutput } from "@gatehouse/shared/contracts/edge/io-socket.ts";
import { systemRandom } from "@gatehouse/shared/kit/random.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AgentLine } from "./agent-line.ts";

const LANE = { id: "0b8d5a52-0000-4000-8000-000000000001", code: "entry-1" };
const clock = systemClock();
let directory: string;
let line: AgentLine;
let outputs: IoOutput[];
let downs: number;
let server: IoServer | null;

/** The agent's own socket, with one lane. */
async function startAgent(): Promise<IoServer> {
  const agent = new IoServer({ boot: "0b8d5a52-0000-4000-8000-0000000000ff", lanes: [LANE], clock });
  await agent.listen({ path: join(directory, "io.sock") });
  return agent;
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "line-"));
  outputs = [];
  downs = 0;
  server = null;
  line = new AgentLine({
    path: join(directory, "io.sock"),
    clock,
    random: systemRandom,
    log: { warn: (fields, message) => expect.fail(`${message}: ${JSON.stringify(fields)}`) },
    onOutput: (output) => outputs.push(output),
    onDown: () => {
      downs += 1;
    },
  });
});

afterEach(async () => {
  await line.stop();
  await server?.close();
  rmSync(directory, { recursive: true });
});

describe("the line to an agent", () => {
  it("waits for an agent that is not there yet, and carries both ways", async () => {
    await line.run();
    server = await startAgent();
    await vi.waitFor(() => expect(outputs[0]).toMatchObject({ kind: "welcome", lanes: ["entry-1"] }));
    const seen: string[] = [];
    const lane = server.lanes.get(LANE.id);
    lane?.loops.watch({
      sample: (name, signal) => seen.push(`${name} ${signal}`),
      holds: () => seen.push("holds"),
      lost: () => seen.push("lost"),
    });
    line.tell({ kind: "loop", lane: "entry-1", name: "arming", signal: "occupied" });
    await vi.waitFor(() => expect(seen).toContain("arming occupied"));
    await vi.waitFor(() => expect(seen.filter((one) => one === "holds").length).toBeGreaterThan(3));
    lane?.light.show(true);
    await vi.waitFor(() => expect(outputs.at(-1)).toMatchObject({ kind: "light", green: true }));
  });

  it("notices that the agent is gone, and finds the next one by itself", async () => {
    server = await startAgent();
    await line.run();
    await vi.waitFor(() => expect(outputs.length).toBeGreaterThan(0));
    await server.close();
    await vi.waitFor(() => expect(downs).toBe(1));
    outputs = [];
    server = await startAgent();
    await vi.waitFor(() => expect(outputs[0]?.kind).toBe("welcome"), { timeout: 3_000 });
  });
});

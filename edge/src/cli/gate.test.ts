import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createLocalApi } from "../local-api/local-api.ts";
import { readPassword } from "../local-api/page/password-file.ts";
import { type RecordedAgent, recordedAgent } from "../local-api/testing/agent-view.ts";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));

let directory: string;
let socketPath: string;
let agent: RecordedAgent;
let api: ReturnType<typeof createLocalApi>;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "gate-cli-"));
  socketPath = join(directory, "gate.sock");
  agent = recordedAgent(directory);
  api = createLocalApi({ view: agent, http: { host: "127.0.0.1", port: 0 }, socketPath });
  await api.run();
});

afterAll(async () => {
  await api.stop();
  await rm(directory, { recursive: true });
});

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function gate(...words: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, "--socket", socketPath, ...words], (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
}

describe("gate", () => {
  it("status shows the lot, its link and its lanes", async () => {
    const { code, out } = await gate("status");
    expect(code).toBe(0);
    expect(out).toContain("Harbour Garage (harbour)");
    expect(out).toContain("link      online: confirmed up to 7");
    expect(out).toMatch(/in-1 +entry +automatic +idle +down/);
  });

  it("sync status shows how far each side has come, and hashes to compare with the cloud", async () => {
    const { code, out } = await gate("sync", "status");
    expect(code).toBe(0);
    expect(out).toMatch(/hash +cdcdcdcdcdcd at \d+, as the cloud's device page has it; abababababab at \d+/);
  });

  it("answers in JSON when asked", async () => {
    for (const words of [
      ["lanes", "--json"],
      ["--json", "lanes"],
    ]) {
      expect(JSON.parse((await gate(...words)).out)).toMatchObject([{ code: "in-1", barrier: "down" }]);
    }
  });

  it("opens a lane by hand with who and why", async () => {
    const { code, out } = await gate("open", "in-1", "--reason", "ambulance behind a van");
    expect([code, out]).toEqual([0, "Lane in-1 opens.\n"]);
    expect(agent.commands.at(-1)).toMatchObject({
      action: "open",
      reason: "ambulance behind a van",
      origin: "local",
      actor: expect.stringMatching(/uid \d+/),
    });
  });

  it("has exit code 5 when a safety rule refuses", async () => {
    agent.answerCommandsWith({ ok: false, refusal: "refused_by_safety", message: "Lane in-1: an input is not clear." });
    const { code, err } = await gate("open", "in-1", "--reason", "try");
    expect([code, err]).toEqual([
      5,
      "gate: Lane in-1: an input is not clear. See what stands against it: gate loops in-1\n",
    ]);
  });

  it("has exit code 2 for an unknown lane, a missing reason and a short one, and says what to give", async () => {
    expect(await gate("open", "in-7", "--reason", "test")).toMatchObject({
      code: 2,
      err: expect.stringContaining("the lanes are: in-1"),
    });
    expect(await gate("watch", "in-7")).toMatchObject({
      code: 2,
      err: expect.stringContaining("the lanes are: in-1"),
    });
    expect(await gate("open", "in-1")).toMatchObject({ code: 2, err: expect.stringContaining("--reason") });
    expect(await gate("open", "in-1", "--reason", "x")).toMatchObject({
      code: 2,
      err: expect.stringContaining("at least 3"),
    });
    expect((await gate("fly")).code).toBe(2);
  });

  it.each([
    [["open", "in-1", "--reason", "     "], "at least 3"],
    [["read", "", "--lane", "in-1"], "give a plate"],
    [["sessions", "--plate", ""], "It is empty"],
    [["--socket", "", "status"], "It is empty"],
    [["backup", "/no/such/folder/b.backup"], "No backup can be put at"],
    [["journal", "--from", "14:00", "--to", "13:00"], "--from 14:00 is after --to 13:00"],
  ])("has exit code 2 for what can't be meant: %j", async (words, said) => {
    expect(await gate(...words)).toMatchObject({ code: 2, err: expect.stringContaining(said) });
  });

  it("waits for lanes without a vehicle, and has exit code 5 when one stays", async () => {
    agent.changeLane({ state: "passing" });
    expect(await gate("lanes", "--wait-clear", "0")).toMatchObject({
      code: 5,
      err: expect.stringContaining("in-1"),
    });
    const waiting = gate("lanes", "--wait-clear", "3600");
    agent.changeLane({ state: "idle" });
    expect(await waiting).toMatchObject({ code: 0, out: expect.stringMatching(/in-1 +entry/) });
  });

  it("has exit code 4 when no agent runs", async () => {
    const { code, err } = await new Promise<Outcome>((resolve) =>
      execFile(process.execPath, [MAIN, "--socket", join(directory, "none.sock"), "status"], (error, out, text) =>
        resolve({ code: Number(error?.code), out, err: text }),
      ),
    );
    expect([code, err]).toEqual([4, expect.stringContaining("No agent runs here")]);
  });

  it("offers a plate as a camera would", async () => {
    const { code } = await gate("read", "b ab-1234", "--lane", "in-1", "--confidence", "0.9");
    expect(code).toBe(0);
    expect(agent.offered.at(-1)).toMatchObject({ value: "BAB1234", read: { confidence: 0.9, raw: "b ab-1234" } });
  });

  it("lists sessions, outbox and journal in the lot's own time", async () => {
    expect((await gate("sessions")).out).toMatch(/BAB1234 +transient +open +2026-05-04 13:00:00/);
    expect((await gate("outbox")).out).toContain("9 events written, 7 confirmed");
    expect((await gate("journal", "--lane", "in-1")).out).toMatch(/2026-05-04 14:00:00 +in-1 +lane.step/);
  });

  it("doctor says what to do about a fault, with exit code 1", async () => {
    expect((await gate("doctor")).code).toBe(0);
    agent.changeLane({ loops: { arming: "clear", safety: "fault", closing: "clear" } });
    const { code, out } = await gate("doctor");
    expect(code).toBe(1);
    expect(out).toMatch(/FAULT +Lane in-1: no good signal from safety loop\.\n +-> Check the detector/);
    agent.changeLane({ loops: { arming: "clear", safety: "clear", closing: "clear" } });
  });

  it("takes a new password and its repetition from a pipe, and says when the second line is missing", async () => {
    const told = (input: string): Promise<Outcome> =>
      new Promise((resolve) => {
        const words = [MAIN, "--socket", socketPath, "page", "password"];
        const child = execFile(process.execPath, words, (error, out, err) =>
          resolve({ code: error ? Number(error.code) : 0, out, err }),
        );
        // Left open, as a pipe from a program that goes on: the command must end all the same.
        child.stdin?.write(input);
        if (!input.endsWith("\n")) child.stdin?.end();
      });
    const password = "a long page password";
    expect(await told(`${password}\n${password}\n`)).toMatchObject({ code: 0 });
    expect(await readPassword(directory)).not.toBeNull();
    expect(await told(`${password}\nanother long password\n`)).toMatchObject({
      code: 2,
      err: expect.stringContaining("not the same"),
    });
    expect(await told(`${password}\nanother`)).toMatchObject({ code: 2, err: expect.stringContaining("not the same") });
    expect(await told(password)).toMatchObject({ code: 2, err: expect.stringContaining("input has ended") });
  });

  it("watch gives a line a change into a pipe", async () => {
    const watching = spawn(process.execPath, [MAIN, "--socket", socketPath, "watch"]);
    const lines: string[] = [];
    await new Promise<void>((resolve) => {
      watching.stdout.on("data", (chunk: Buffer) => {
        lines.push(...chunk.toString().trim().split("\n"));
        if (lines.length === 1) agent.changeLane({ barrier: "raising" });
        if (lines.some((line) => line.includes("raising"))) resolve();
      });
    });
    const exited = new Promise((resolve) => watching.once("exit", resolve));
    watching.kill("SIGINT");
    expect(await exited).toBe(0);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ link: "online", lanes: [{ barrier: "down" }] });
  });
});

describe("two agents on one lot", () => {
  it("the second does not take the first one's socket", async () => {
    const second = createLocalApi({ view: recordedAgent(), http: { host: "127.0.0.1", port: 0 }, socketPath });
    await expect(second.run()).rejects.toMatchObject({ code: "already_running" });
    await second.stop();
    expect((await gate("lanes")).code).toBe(0);
  });

  it("a taken port is told in words", async () => {
    const other = createLocalApi({
      view: recordedAgent(),
      http: { host: "127.0.0.1", port: api.port() },
      socketPath: join(directory, "b.sock"),
    });
    await expect(other.run()).rejects.toMatchObject({
      code: "port_in_use",
      message: expect.stringContaining("GATEHOUSE_HTTP_PORT"),
    });
    await other.stop();
  });
});

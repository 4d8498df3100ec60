import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AgentStatus, agentStatus, journalRow } from "@gatehouse/edge/local-api/contract.ts";
import { problem } from "@gatehouse/shared/contracts/http/problem.ts";
import { sleep, toIso } from "@gatehouse/shared/kit/clock.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LaunchOptions, launchSystem, type RunningSystem } from "../../../scripts/system/launch.ts";
import { ManagedProcess } from "../../../scripts/system/managed-process.ts";
import { canMount, SmallDisk } from "./faults-small-disk.ts";

/*
 * Faults between the parts of a whole system: a link that goes silent, requests for lanes and lots that are not there, a
 * second system on the ports of the first, text that no database keeps. docs/faults.md has the whole list.
 */

const EDGE = join(import.meta.dirname, "..", "..", "..", "edge", "src");
const GATE = join(EDGE, "cli", "main.ts");
const NOBODY = "01934f00-0000-7000-8000-00000000dead";
/** Keepalive notices a silent link after 15 s, SYNC-18 allows 60 s to be in step again. */
const NOTICED_WITHIN_MS = 30_000;
const DRAINED_WITHIN_MS = 20_000;

const clock = systemClock();
const dataDir = mkdtempSync(join(tmpdir(), "gatehouse-faults-system-"));
/** Room for a new database and little more. */
const CLOUD_DISK_BYTES = 140 * 1_048_576;
const hasSmallDisk = canMount();
let cloudDisk: SmallDisk | null = null;
let system: RunningSystem;

function options(change: Partial<LaunchOptions> = {}): LaunchOptions {
  return {
    dataDir,
    lots: 1,
    seed: 1,
    traffic: 0,
    speed: 1,
    pace: 1,
    faults: false,
    maxArrivals: 0,
    firstPort: null,
    clock,
    onProgress: () => {},
    ...change,
  };
}

beforeAll(async () => {
  if (hasSmallDisk) cloudDisk = new SmallDisk(join(dataDir, "cloud"), CLOUD_DISK_BYTES);
  system = await launchSystem(options());
});
afterAll(async () => {
  await system?.stop();
  cloudDisk?.unmount();
  rmSync(dataDir, { recursive: true, force: true });
});

/** The first of all: a database that holds events already has room for some more in its pages. */
it.skipIf(!hasSmallDisk)(
  "a full disk of the cloud loses nothing: the edge keeps it and sends it later. Verifies: SYNC-05",
  async () => {
    await until(async () => (await status()).link.state === "online", NOTICED_WITHIN_MS);
    cloudDisk?.fill();
    try {
      expect((await gate("open", "exit-1", "--reason", "cloud is full")).code).toBe(0);
      await sleep(clock, 2_000);
      expect((await status()).outbox).toMatchObject({ last_n: 1, pending: 1, confirmed_n: 0 });
    } finally {
      cloudDisk?.free();
    }
    await until(async () => (await status()).outbox.confirmed_n === 1, DRAINED_WITHIN_MS);
  },
);

describe("a link that goes silent", () => {
  it("leaves the gate working; the state has words, and the backlog arrives. Verifies: SYNC-17 SYNC-18", async () => {
    await until(async () => (await status()).link.state === "online", NOTICED_WITHIN_MS);
    await setLink({ link: "cut", kind: "silence" });
    const { code, out } = await gate("open", "entry-1", "--reason", "link is silent");
    expect([code, out]).toEqual([0, "The barrier opens.\n"]);
    await until(async () => (await status()).link.state === "cloud_down", NOTICED_WITHIN_MS);
    const silent = await status();
    expect(silent.link.detail).toBe("the connection stands, but the cloud confirms nothing");
    expect(silent.outbox.pending).toBeGreaterThan(0);
    await until(async () => (await status()).link.state === "network_down", NOTICED_WITHIN_MS);
    expect((await status()).link.detail).toMatch(/^The connection to the hub at 127\.0\.0\.1:\d+ has ended\.$/);

    await setLink({ link: "up" });
    await until(async () => (await status()).outbox.pending === 0, DRAINED_WITHIN_MS);
    expect((await status()).link).toEqual({ state: "online", detail: "the cloud answers" });
  });
});

describe("what is not there", () => {
  it("a lane: told by name at the lot, as absent by the cloud", async () => {
    expect(await gate("open", "exit-9", "--reason", "no such lane")).toMatchObject({
      code: 2,
      err: 'gate: There is no lane "exit-9" here; the lanes are: entry-1, entry-2, exit-1, exit-2.\n',
    });
    expect(await ask("POST", `/lanes/${NOBODY}/open`, { reason: "no such lane" })).toEqual([
      404,
      "There is no such lane.",
    ]);
    expect(await ask("POST", "/lanes/exit-9/open", { reason: "no such lane" })).toEqual([
      400,
      "id: must be a UUID in lower case",
    ]);
  });

  it("a lot: no token is made for it and no event taken", async () => {
    const absent = [404, "There is no such lot."];
    expect(await ask("POST", `/parking-lots/${NOBODY}/enrolment-tokens`, {})).toEqual(absent);
    const timestamp = toIso(clock.wall());
    const entry = { parking_lot_id: NOBODY, license_plate: "B1", entry_point_id: NOBODY, timestamp };
    expect(await ask("POST", "/events/vehicle-entry", entry)).toEqual(absent);
    expect(await ask("POST", `/simulation/links/${NOBODY}`, { link: "cut" })).toEqual(absent);
  });
});

it("a reason that no database keeps is refused in words", async () => {
  const lane = system.demo.lots[0]?.site.lanes[0]?.id ?? "";
  expect(await ask("POST", `/lanes/${lane}/open`, { reason: "with a \u0000 in it" })).toEqual([
    400,
    "A text holds a character that can't be kept, such as NUL.",
  ]);
});

describe("a second system", () => {
  it("does not start on a port that is taken, names it and the remedy, and starts nothing", async () => {
    const started: string[] = [];
    const other = options({
      dataDir: join(dataDir, "other"),
      firstPort: system.layout.ports.api,
      onProgress: (text) => void started.push(text),
    });
    await expect(launchSystem(other)).rejects.toMatchObject({
      code: "port_in_use",
      message: expect.stringMatching(
        new RegExp(`${system.layout.ports.api} \\(api\\).*\nStop what uses them, or choose others with --port N`),
      ),
    });
    expect(started).toEqual(["Some ports are taken; waiting for them to get free."]);
  });
});

it("an edge whose wall clock says 1970 is in step with the cloud, which knows better. Verifies: SYNC-13", async () => {
  const lot = system.layout.lots[0];
  if (!lot) throw new RangeError("The system has no lot.");
  await system.agents[0]?.stop();
  const wrong = new ManagedProcess({
    name: "edge-in-1970",
    command: [join(EDGE, "agent", "main.ts")],
    env: {
      GATEHOUSE_SITE: lot.siteFile,
      GATEHOUSE_DATA_DIR: lot.dataDir,
      GATEHOUSE_HTTP_PORT: "0",
      GATEHOUSE_SOCKET: lot.gateSocket,
      GATEHOUSE_IO_SOCKET: lot.ioSocket,
      GATEHOUSE_MQTT_URL: `mqtts://127.0.0.1:${lot.linkPort}`,
      GATEHOUSE_SIM_WALL: `${clock.wall()},0,1`,
    },
    logFile: join(dataDir, "edge-in-1970.log"),
    clock,
  });
  try {
    await wrong.start();
    expect((await gate("open", "entry-1", "--reason", "clock is in 1970")).code).toBe(0);
    await until(async () => {
      const { link, outbox } = await status();
      return link.state === "online" && outbox.pending === 0;
    }, DRAINED_WITHIN_MS);
    expect((await status()).clock.quality).toBe("unknown");
    expect((await gate("doctor")).out).toMatch(/FAULT +The wall clock reads 1970-01-01T/);
    const entries = journalRow.array().parse(JSON.parse((await gate("journal", "--json")).out));
    expect(Math.min(...entries.map(({ at }) => at))).toBeGreaterThan(Date.UTC(2026, 0));
  } finally {
    await wrong.stop();
  }
});

async function status(): Promise<AgentStatus> {
  return agentStatus.parse(JSON.parse((await gate("status", "--json")).out));
}

function gate(
  ...words: readonly string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const socket = system.layout.lots[0]?.gateSocket ?? "";
  return new Promise((resolve) =>
    execFile(process.execPath, [GATE, "--socket", socket, ...words], (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    ),
  );
}

async function setLink(change: object): Promise<void> {
  const url = `${system.worldUrl}/links/${system.demo.lots[0]?.site.lot_id}`;
  const response = await fetch(url, { method: "POST", body: JSON.stringify(change) });
  expect(response.status).toBe(200);
}

/** Status and detail of a refusal of the cloud's API. */
async function ask(method: string, path: string, body: unknown): Promise<readonly [number, string | undefined]> {
  const response = await fetch(`${system.apiUrl}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${system.token}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return [response.status, problem.parse(await response.json()).detail];
}

async function until(isSo: () => Promise<boolean>, withinMs: number): Promise<void> {
  const startedAt = clock.mono();
  while (!(await isSo())) {
    if (clock.mono() - startedAt > withinMs)
      throw new Error(`Not within ${withinMs} ms; the link is ${JSON.stringify((await status()).link)}.`);
    await sleep(clock, 250);
  }
}

import { mkdtemp, readFile, rename, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { afterEach, describe, expect, it } from "vitest";
import { IoServer, MAX_CLIENTS } from "./io-server.ts";
import { MAX_LINE_BYTES } from "./line-reader.ts";
import { IoClient } from "./testing/io-client.ts";

const LANE = "00000000-0000-7000-8000-000000000001";
const BOOT = "00000000-0000-7000-8000-0000000000b0";
const ending: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

async function serve(path?: string): Promise<{ server: IoServer; path: string; seen: string[] }> {
  const address = path ?? join(await mkdtemp(join(tmpdir(), "gatehouse-")), "io.sock");
  const server = new IoServer({ boot: BOOT, lanes: [{ id: LANE, code: "in-1" }], clock: systemClock() });
  ending.push(() => server.close());
  await server.listen({ path: address });
  const seen: string[] = [];
  const note = {
    sample: (name: string, signal: unknown) => seen.push(`${name}=${signal}`),
    holds: () => seen.push("holds"),
    lost: () => seen.push("lost"),
  };
  server.lanes.get(LANE)?.loops.watch(note);
  return { server, path: address, seen };
}

function client(address: string): IoClient {
  const made = new IoClient(address);
  ending.push(() => made.end());
  return made;
}

describe("io server", () => {
  it("welcomes a client with its lanes, then with every output as it is", async () => {
    const { server, path } = await serve();
    server.lanes.get(LANE)?.barrier.energise("up", 60_000);
    const one = client(path);
    expect(await one.next("welcome")).toMatchObject({ boot: BOOT, lanes: ["in-1"] });
    expect(await one.next("relay", ({ name }) => name === "up")).toMatchObject({ on: true, lane: "in-1" });
    expect(await one.next("relay", ({ name }) => name === "down")).toMatchObject({ on: false });
    expect(await one.next("light")).toMatchObject({ green: false });
    server.lanes.get(LANE)?.barrier.allOff();
  });

  it("takes the inputs of lanes with more protection, and shows test outputs (Verifies: SAFE-13)", async () => {
    const { server, path, seen } = await serve();
    server.lanes.get(LANE)?.test("photo_eye", true);
    const one = client(path);
    expect(await one.next("test")).toMatchObject({ name: "photo_eye", on: true });
    one.tell({ kind: "loop", lane: "in-1", name: "safety_b", signal: "restarted" });
    server.lanes.get(LANE)?.test("photo_eye", false);
    expect(await one.next("test")).toMatchObject({ name: "photo_eye", on: false });
    one.raw("?\n");
    await one.next("rejected");
    expect(seen).toEqual(["safety_b=restarted"]);
  });

  it("takes inputs from any client, by the lane's code or id, and tells all of them its outputs", async () => {
    const { server, path, seen } = await serve();
    const [one, two] = [client(path), client(path)];
    await Promise.all([one.next("welcome"), two.next("welcome")]);
    one.tell({ kind: "loop", lane: "in-1", name: "arming", signal: "occupied" });
    two.tell({ kind: "loop", lane: LANE, name: "arming", signal: "clear" });
    one.tell({ kind: "alive" });
    one.raw("?\n");
    two.raw("?\n");
    await Promise.all([one.next("rejected"), two.next("rejected")]);
    expect([...seen].sort()).toEqual(["arming=clear", "arming=occupied", "holds"]);
    server.lanes.get(LANE)?.tunnel.put({ kind: "display", lane: "in-1", key: "k", text: "text" });
    for (const each of [one, two])
      expect(await each.next("display", ({ key }) => key === "k")).toMatchObject({ text: "text" });
  });

  it.each([
    ["not JSON", "{", /Not JSON/],
    ["an unknown kind", '{"kind":"relay","t":"1"}', /kind/],
    ["an unknown signal", '{"kind":"loop","t":"1","lane":"in-1","name":"safety","signal":"free"}', /signal/],
    [
      "an unknown lane",
      '{"kind":"loop","t":"1","lane":"x","name":"safety","signal":"clear"}',
      /no lane x; lanes are in-1/,
    ],
    ["a line that is too long", "x".repeat(MAX_LINE_BYTES + 1), /longer than 4096 bytes/],
  ])("rejects %s, ignores the line and goes on", async (_, line, message) => {
    const { path, seen } = await serve();
    const one = client(path);
    one.raw(`${line}\n`);
    expect((await one.next("rejected")).message).toMatch(message);
    one.tell({ kind: "loop", lane: "in-1", name: "safety", signal: "clear" });
    one.raw("?\n");
    await one.next("rejected");
    expect(seen).toEqual(["safety=clear"]);
  });

  it("rejects an endless line once and costs no memory for it", async () => {
    const { path, seen } = await serve();
    const one = client(path);
    for (let i = 0; i < 50; i++) one.raw("y".repeat(10_000));
    one.raw('\n{"kind":"alive","t":"1"}\n?\n');
    expect((await one.next("rejected")).message).toMatch(/longer/);
    expect((await one.next("rejected")).message).toMatch(/JSON/);
    expect(seen).toEqual(["holds"]);
  });

  it("loses all inputs with the last client that fed them, not with one that only watched", async () => {
    const { path, seen } = await serve();
    const [feeder, watcher, second] = [client(path), client(path), client(path)];
    await Promise.all([feeder, watcher, second].map((one) => one.next("welcome")));
    for (const one of [feeder, second]) {
      one.tell({ kind: "alive" });
      one.raw("?\n");
      await one.next("rejected");
    }
    watcher.end();
    second.end();
    feeder.raw("?\n");
    await feeder.next("rejected");
    expect(seen).toEqual(["holds", "holds"]);
    feeder.end();
    await expect.poll(() => seen).toEqual(["holds", "holds", "lost"]);
  });

  it("turns away one client too many", async () => {
    const { path } = await serve();
    await Promise.all(Array.from({ length: MAX_CLIENTS }, () => client(path).next("welcome")));
    const late = client(path);
    expect((await late.next("rejected")).message).toMatch(/Only 16 clients/);
    await expect.poll(() => late.closed).toBe(true);
  });

  it("takes over a socket file that a dead process left, but not one that is in use", async () => {
    const { path } = await serve();
    await expect(serve(path)).rejects.toMatchObject({ code: "io_address_in_use" });
    const stale = join(await mkdtemp(join(tmpdir(), "gatehouse-")), "io.sock");
    const dead = createServer();
    await new Promise<void>((resolve) => dead.listen(`${stale}.first`, resolve));
    await rename(`${stale}.first`, stale);
    dead.close();
    await expect(serve(stale)).resolves.toBeDefined();
  });

  it("leaves a file alone that is no socket", async () => {
    const file = join(await mkdtemp(join(tmpdir(), "gatehouse-")), "notes.txt");
    await writeFile(file, "mine");
    await expect(serve(file)).rejects.toMatchObject({ code: "io_address_in_use" });
    expect(await readFile(file, "utf8")).toBe("mine");
  });

  it("listens on a loopback port too", async () => {
    const server = new IoServer({ boot: BOOT, lanes: [{ id: LANE, code: "in-1" }], clock: systemClock() });
    ending.push(() => server.close());
    const address = await server.listen({ host: "127.0.0.1", port: 0 });
    const one = new IoClient({ host: "127.0.0.1", port: Number(address.split(":").at(-1)) });
    ending.push(() => one.end());
    expect(await one.next("welcome")).toMatchObject({ lanes: ["in-1"] });
  });
});

import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LinkProxy } from "./link-proxy.ts";

/** Answers each text with itself in capitals. */
let upstream: Server;
let proxy: LinkProxy;
const open: Socket[] = [];

beforeEach(async () => {
  upstream = createServer((socket) => {
    open.push(socket);
    socket.on("data", (text) => socket.write(text.toString().toUpperCase()));
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  const address = upstream.address();
  if (typeof address !== "object" || !address) throw new Error("not listening");
  proxy = new LinkProxy({ listen_port: 0, upstream_host: "127.0.0.1", upstream_port: address.port });
  await proxy.run();
});

afterEach(async () => {
  await proxy.stop();
  for (const socket of open.splice(0)) socket.destroy();
  await new Promise((resolve) => upstream.close(resolve));
});

function client(): Socket {
  const socket = connect(proxy.listenPort, "127.0.0.1");
  socket.on("error", () => {});
  open.push(socket);
  return socket;
}

/** Resolves when the socket is closed, by a reset too. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once("close", () => resolve()));
}

/** What comes back on the socket, or null when nothing does within 150 ms. */
async function answer(socket: Socket, text: string): Promise<string | null> {
  const answered = once(socket, "data").then(([data]) => String(data));
  socket.write(text);
  return Promise.race([answered, pause(150, null)]);
}

describe("a link proxy", () => {
  it("carries both ways, and the end of a connection too", async () => {
    const socket = client();
    expect(await answer(socket, "hello")).toBe("HELLO");
    socket.end();
    await closed(socket);
  });

  it("resets what is open and what comes new while it refuses, and carries again afterwards", async () => {
    const before = client();
    await answer(before, "a");
    const wasClosed = closed(before);
    proxy.set({ link: "cut", kind: "refuse" });
    await wasClosed;
    await closed(client());
    proxy.set({ link: "up" });
    expect(await answer(client(), "back")).toBe("BACK");
  });

  it("goes silent without closing anything, and delivers when the cable is back", async () => {
    const before = client();
    await answer(before, "a");
    proxy.set({ link: "cut", kind: "silence" });
    expect(await answer(before, "lost?")).toBeNull();
    const during = client();
    expect(await answer(during, "anybody?")).toBeNull();
    expect([before.destroyed, during.destroyed]).toEqual([false, false]);
    const late = Promise.all([once(before, "data"), once(during, "data")]);
    proxy.set({ link: "up" });
    expect((await late).map(([data]) => String(data))).toEqual(["LOST?", "ANYBODY?"]);
  });

  it("lets through what is sent and loses the answers while it is mute, and ends the connection afterwards", async () => {
    const before = client();
    await answer(before, "a");
    const [far] = open.filter((one) => one !== before);
    const arrived = far && once(far, "data");
    proxy.set({ link: "cut", kind: "mute" });
    expect(await answer(before, "heard?")).toBeNull();
    expect(String((await arrived)?.[0])).toBe("heard?");
    const wasClosed = closed(before);
    proxy.set({ link: "up" });
    await wasClosed;
    expect(await answer(client(), "back")).toBe("BACK");
  });

  it("does not double what it carries when it is told twice that the link is up", async () => {
    const socket = client();
    await answer(socket, "a");
    proxy.set({ link: "up" });
    expect(await answer(socket, "once")).toBe("ONCE");
    expect(await answer(socket, "x")).toBe("X");
  });

  it("ends the near side when the hub goes", async () => {
    const socket = client();
    await answer(socket, "a");
    for (const far of open.filter((one) => one !== socket)) far.destroy();
    await closed(socket);
  });

  it("says which port is taken", async () => {
    const second = new LinkProxy({ listen_port: proxy.listenPort, upstream_host: "127.0.0.1", upstream_port: 1 });
    await expect(second.run()).rejects.toThrow(/EADDRINUSE/);
  });
});

import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { accountName, actorText, loadAskPeer } from "./peer.ts";

it.runIf(process.platform === "linux")("asks the kernel who is at the other end of the socket", async () => {
  const directory = await mkdtemp(join(tmpdir(), "gate-peer-"));
  const server = createServer();
  const accepted = new Promise<Socket>((resolve) => server.once("connection", resolve));
  await new Promise<void>((resolve) => void server.listen(join(directory, "s"), resolve));
  const client = connect(join(directory, "s"));
  const askPeer = await loadAskPeer();
  expect(askPeer(await accepted)).toEqual({ uid: process.getuid?.(), pid: process.pid });
  client.destroy();
  server.close();
  await rm(directory, { recursive: true });
});

it("keeps the kernel's word apart from what the peer says of itself", () => {
  expect(accountName(1_001, "root:x:0:0::\nanna:x:1001:1001::\n")).toBe("anna");
  expect(actorText({ uid: 0, pid: 1 }, "root (uid 0)")).toBe("root (uid 0)");
  expect(actorText({ uid: 0, pid: 1 }, "anna by sudo")).toBe("root (uid 0), says: anna by sudo");
  expect(actorText({ uid: 987_654, pid: 1 }, "root (uid 0)")).toBe("account (uid 987654), says: root (uid 0)");
  expect(actorText(null, "root (uid 0)")).toBe("root (uid 0) (said, not checked)");
});

import { createServer, type Server } from "node:net";
import { afterEach, expect, it } from "vitest";
import { listen } from "./listen.ts";

const PLACE = { host: "127.0.0.1", port: 0, purpose: "new edges (HTTPS)", setting: "GATEHOUSE_PROVISIONING" };
const servers: Server[] = [];

function newServer(): Server {
  const server = createServer();
  servers.push(server);
  return server;
}

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

it("tells the port that the system gave", async () => {
  const { host, port } = await listen(newServer(), PLACE);
  expect(host).toBe("127.0.0.1");
  expect(port).toBeGreaterThan(0);
});

it("names a taken port, whom it is for, and the setting that chooses another", async () => {
  const { port } = await listen(newServer(), PLACE);
  await expect(listen(newServer(), { ...PLACE, port })).rejects.toMatchObject({
    code: "port_in_use",
    message: `Port ${port} for new edges (HTTPS) is taken. End what uses it, or set GATEHOUSE_PROVISIONING_PORT.`,
  });
});

it("names an address that is another machine's, and its setting", async () => {
  // 192.0.2.0/24 is for documentation (RFC 5737).
  await expect(listen(newServer(), { ...PLACE, host: "192.0.2.1" })).rejects.toMatchObject({
    code: "address_not_here",
    message: "192.0.2.1 is no address of this machine; set GATEHOUSE_PROVISIONING_HOST.",
  });
});

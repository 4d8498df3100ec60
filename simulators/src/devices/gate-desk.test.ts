import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { laneCommandRequest } from "@gatehouse/edge/local-api/contract.ts";
import { afterEach, expect, it } from "vitest";
import { gateDesk } from "./gate-desk.ts";

const directory = mkdtempSync(join(tmpdir(), "gate-desk-"));
let server: Server | undefined;
afterEach(() => {
  server?.close();
  rmSync(directory, { recursive: true, force: true });
});

it("gives the order that the agent's socket takes, and says whether the lane took it", async () => {
  const socket = join(directory, "gate.sock");
  const charge = gateDesk(socket);
  expect(await charge("exit-1")).toBe(false);
  const asked: { readonly url: string | undefined; readonly order: unknown }[] = [];
  let status = 200;
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    asked.push({ url: request.url, order: JSON.parse(Buffer.concat(chunks).toString("utf8")) });
    response.writeHead(status).end("{}");
  });
  await new Promise<void>((resolve) => server?.listen(socket, resolve));
  expect(await charge("exit-1")).toBe(true);
  expect(asked[0]?.url).toBe("/lanes/exit-1/command");
  expect(laneCommandRequest.parse(asked[0]?.order)).toMatchObject({ action: "lost_ticket" });
  status = 409;
  expect(await charge("exit-1")).toBe(false);
});

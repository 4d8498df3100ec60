import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { seededRandom } from "@gatehouse/shared/kit/random.ts";
import { afterEach, describe, expect, it } from "vitest";
import { HttpAuth } from "./digest.ts";
import { openStream } from "./http-stream.ts";

const DIGEST = 'Digest realm="camera", qop="auth", nonce="abc"';
const BASIC = 'Basic realm="camera"';
const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A camera that asks with each of these in turn, and lets in whoever answers the last. `heard` is what it was told. */
async function asksWith(...challenges: readonly string[]): Promise<{ readonly url: URL; readonly heard: string[] }> {
  const heard: string[] = [];
  const left = [...challenges];
  const server = createServer((request, response) => {
    heard.push(request.headers.authorization ?? "none");
    const challenge = left.shift();
    if (challenge !== undefined) response.writeHead(401, { "www-authenticate": challenge }).end();
    else response.writeHead(200).end();
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/events`), heard };
}

function auth(allowsBasic: boolean): HttpAuth {
  return new HttpAuth({ user: "reader", password: "hunter2 hunter2", random: seededRandom(1), allowsBasic });
}

const open = async (url: URL, with_: HttpAuth): Promise<number> => {
  const response = await openStream(url, with_, AbortSignal.timeout(60_000));
  response.destroy();
  return response.statusCode ?? 0;
};

describe("opening a camera's stream", () => {
  it("keeps the password to itself when a camera without TLS asks for it in clear, and says what to do", async () => {
    const { url, heard } = await asksWith(BASIC, BASIC);
    await expect(open(url, auth(false))).rejects.toThrow(/set the camera's web login to Digest, or its url to https/);
    expect(heard).toEqual(["none"]);
  });

  it("gives it where the site file says so", async () => {
    const { url, heard } = await asksWith(BASIC);
    await expect(open(url, auth(true))).resolves.toBe(200);
    expect(heard).toEqual(["none", `Basic ${btoa("reader:hunter2 hunter2")}`]);
  });

  it("never follows a camera from Digest to Basic, not even there", async () => {
    const { url, heard } = await asksWith(DIGEST, BASIC, BASIC);
    const client = auth(true);
    await expect(open(url, client)).rejects.toThrow(/could do Digest and now wants its password unencrypted/);
    await expect(open(url, client)).rejects.toThrow(/could do Digest/);
    expect(heard.map((one) => one.split(" ")[0])).toEqual(["none", "Digest", "Digest"]);
  });
});

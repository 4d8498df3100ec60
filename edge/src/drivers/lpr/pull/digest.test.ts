import type { Random } from "@gatehouse/shared/kit/random.ts";
import { seededRandom } from "@gatehouse/shared/kit/random.ts";
import { describe, expect, it } from "vitest";
import { HttpAuth } from "./digest.ts";

const REQUEST = { method: "GET", uri: "/dir/index.html" };
const NONCE = 'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"';
const OPAQUE = 'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"';
/** RFC 7616, 3.9.1. */
const CHALLENGE = (algorithm: string): string =>
  `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, ${NONCE}, ${OPAQUE}`;
/** The client nonce of the RFC's example, which our nonces of hex digits can't be, so it is looked at apart. */
const fixed: Random = { bytes: (length) => new Uint8Array(length).fill(0xab), next: () => 0 };

function auth(random: Random = fixed, allowsBasic = false): HttpAuth {
  return new HttpAuth({ user: "Mufasa", password: "Circle of Life", random, allowsBasic });
}

describe("HTTP authentication of a camera's client", () => {
  it("says nothing before it is asked", () => {
    expect(auth().header(REQUEST)).toBeNull();
  });

  it.each([
    ["MD5", "md5"],
    ["SHA-256", "sha256"],
  ])("answers %s as RFC 7616 says", async (algorithm, hashName) => {
    const client = auth();
    expect(client.challenged(CHALLENGE(algorithm), false)).toBe("try_again");
    const header = client.header(REQUEST) ?? "";
    const { createHash } = await import("node:crypto");
    const hash = (text: string): string => createHash(hashName).update(text).digest("hex");
    const cnonce = "ab".repeat(16);
    const nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
    const ha1 = hash("Mufasa:http-auth@example.org:Circle of Life");
    const expected = hash(`${ha1}:${nonce}:00000001:${cnonce}:auth:${hash("GET:/dir/index.html")}`);
    expect(header).toContain(`response="${expected}"`);
    expect(header).toContain("qop=auth, nc=00000001");
    expect(header).toContain(OPAQUE);
  });

  it("takes the strongest of several challenges, in one header or in many", () => {
    const client = auth();
    client.challenged(`${CHALLENGE("MD5")}, Basic realm="x", ${CHALLENGE("SHA-256")}`, false);
    expect(client.header(REQUEST)).toContain("algorithm=SHA-256");
  });

  it("counts up with each request under one nonce, and from one under a new one", () => {
    const client = auth();
    client.challenged(CHALLENGE("MD5"), false);
    const counts = [client.header(REQUEST), client.header(REQUEST)].map((header) => /nc=(\w+)/.exec(header ?? "")?.[1]);
    expect(counts).toEqual(["00000001", "00000002"]);
    client.challenged(CHALLENGE("MD5"), false);
    expect(client.header(REQUEST)).toContain("nc=00000003");
    client.challenged(CHALLENGE("MD5").replace("7ypf", "8ypf"), false);
    expect(client.header(REQUEST)).toContain("nc=00000001");
  });

  it("tries again when a nonce is worn out, said or not, and gives up on a wrong password", () => {
    const client = auth(seededRandom(1));
    client.challenged(CHALLENGE("MD5"), false);
    expect(client.challenged(`${CHALLENGE("MD5")}, stale=true`, true)).toBe("try_again");
    client.accepted();
    expect(client.challenged(CHALLENGE("MD5").replace("7ypf", "9ypf"), true)).toBe("try_again");
    expect(client.challenged(CHALLENGE("MD5").replace("7ypf", "aypf"), true)).toBe("refused");
  });

  it("answers an old server without qop, and refuses what it can't do", () => {
    const old = auth();
    expect(old.challenged('Digest realm="r", nonce="n"', false)).toBe("try_again");
    expect(old.header(REQUEST)).not.toContain("qop");
    expect(auth().challenged('Digest realm="r", nonce="n", qop="auth-int"', false)).toBe("refused");
    expect(auth().challenged('Digest realm="r", nonce="n", algorithm=SHA-512', false)).toBe("refused");
    expect(auth().challenged("", false)).toBe("refused");
  });

  it("uses Basic only where nothing better is offered and it may", () => {
    const client = auth(fixed, true);
    client.challenged('Basic realm="camera"', false);
    expect(client.header(REQUEST)).toBe(`Basic ${Buffer.from("Mufasa:Circle of Life").toString("base64")}`);
    expect(client.challenged('Basic realm="camera"', true)).toBe("refused");
  });

  it("does not send the password in clear where it may not", () => {
    const client = auth();
    expect(client.challenged('Basic realm="camera"', false)).toBe("basic_not_allowed");
    expect(client.header(REQUEST)).toBeNull();
  });

  it.each([true, false])("never falls back from Digest to Basic (allowed: %s)", (allowsBasic) => {
    const client = auth(fixed, allowsBasic);
    client.challenged(CHALLENGE("MD5"), false);
    client.accepted();
    expect(client.challenged('Basic realm="camera"', true)).toBe("downgraded");
    expect(client.header(REQUEST)).toMatch(/^Digest /);
    expect(client.challenged(CHALLENGE("MD5").replace("7ypf", "9ypf"), true)).toBe("try_again");
  });
});

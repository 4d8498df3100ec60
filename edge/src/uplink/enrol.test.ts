import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type WallMs, wallMs } from "@gatehouse/shared/kit/clock.ts";
import { DAY_MS } from "@gatehouse/shared/kit/durations.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { enrol } from "./enrol.ts";
import { certificateState, checkIdentity, type Identity, loadIdentity, saveIdentity } from "./identity.ts";
import { TestAuthority } from "./testing/test-authority.ts";
import { DEVICE, LOT } from "./testing/test-pair.ts";
import { TestProvisioning } from "./testing/test-provisioning.ts";

const clock = systemClock();
let authority: TestAuthority;
let provisioning: TestProvisioning;
let directory: string;

beforeEach(async () => {
  authority = await TestAuthority.make();
  provisioning = new TestProvisioning(authority);
  await provisioning.start();
  directory = mkdtempSync(join(tmpdir(), "gatehouse-identity-"));
});

afterEach(async () => {
  await provisioning.stop();
  rmSync(directory, { recursive: true, force: true });
});

const tokenFor = (ca: TestAuthority): string => `gh1.${"s".repeat(40)}.${ca.fingerprint}`;

function enrolWith(changes: { token?: string; provisioningUrl?: string } = {}): Promise<Identity> {
  const provisioningUrl = `https://127.0.0.1:${provisioning.port}`;
  return enrol({ provisioningUrl, token: tokenFor(authority), serial: "rpi-1", directory, clock, ...changes });
}

function loadError(): string {
  const loaded = loadIdentity(directory);
  return loaded.ok ? "none" : loaded.error.code;
}

describe("enrolment", () => {
  it("certifies a key that never leaves the device, and keeps both for nobody else to read", async () => {
    const identity = await enrolWith();
    expect(loadIdentity(directory)).toEqual({ ok: true, value: identity });
    expect(identity).toMatchObject({ deviceId: DEVICE, ...LOT, epoch: 1 });
    const [request] = provisioning.requests;
    expect(request).toMatchObject({ serial: "rpi-1", token: tokenFor(authority) });
    expect(JSON.stringify(request)).not.toContain("PRIVATE");
    expect(statSync(join(directory, "identity.json")).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory)).toEqual(["identity.json"]);
  });

  it("gives its token only to the hub that the token was made for", async () => {
    const another = await TestAuthority.make();
    await expect(enrolWith({ token: tokenFor(another) })).rejects.toMatchObject({ code: "wrong_ca" });
    expect(provisioning.requests).toEqual([]);
    expect(loadError()).toBe("identity_missing");
  });

  it("is not taken in by a server that shows the right CA beside a certificate that is not from it", async () => {
    const impostor = new TestProvisioning(authority, await TestAuthority.make());
    await impostor.start();
    const attempt = enrolWith({ provisioningUrl: `https://127.0.0.1:${impostor.port}` });
    await expect(attempt).rejects.toMatchObject({ code: expect.stringMatching(/^(tls_refused|wrong_ca)$/) });
    expect(impostor.requests).toEqual([]);
    await impostor.stop();
  });

  it("says so when the hub shows no CA to compare", async () => {
    const bare = new TestProvisioning(authority);
    await bare.start(false);
    const attempt = enrolWith({ provisioningUrl: `https://127.0.0.1:${bare.port}` });
    await expect(attempt).rejects.toMatchObject({ code: "wrong_ca" });
    await bare.stop();
  });

  it("tells the hub's reason for a refusal, and stores nothing", async () => {
    const detail = "This token was used already.";
    const body = { type: "about:blank", title: "Conflict", status: 409, code: "token_used", detail };
    provisioning.answer = () => ({ status: 409, body });
    await expect(enrolWith()).rejects.toMatchObject({
      code: "enrolment_refused",
      message: expect.stringContaining(detail),
    });
    expect(loadError()).toBe("identity_missing");
  });

  it.each<[string, (good: object) => object]>([
    ["answer_unreadable", () => ({ hello: "world" })],
    ["wrong_device", (good) => ({ ...good, device_id: LOT.lotId })],
    ["identity_unreadable", (good) => ({ ...good, certificate: "no certificate" })],
  ])("refuses an answer that is %s, and stores nothing", async (code, bend) => {
    provisioning.answer = (good) => ({ status: 200, body: bend(good) });
    await expect(enrolWith()).rejects.toMatchObject({ code });
    expect(loadError()).toBe("identity_missing");
  });

  it.each([
    ["token_malformed", { token: "gh1.short" }],
    ["token_malformed", { provisioningUrl: "http://127.0.0.1:1" }],
    ["network_unreachable", { provisioningUrl: "https://127.0.0.1:1" }],
  ])("gives %s for what can't work", async (code, changes) => {
    await expect(enrolWith(changes)).rejects.toMatchObject({ code });
  });
});

describe("the stored identity", () => {
  it("is refused in words when its parts don't belong together", async () => {
    const identity = await enrolWith();
    const other = await authority.device(DEVICE);
    const another = await TestAuthority.make();
    const codeOf = (changes: Partial<Identity>): string => {
      const checked = checkIdentity({ ...identity, ...changes });
      return checked.ok ? "none" : checked.error.code;
    };
    expect(codeOf({})).toBe("none");
    expect(codeOf({ privateKey: other.key })).toBe("key_mismatch");
    expect(codeOf({ ca: another.pem })).toBe("wrong_ca");
    expect(codeOf({ deviceId: LOT.lotId })).toBe("wrong_device");
    expect(codeOf({ certificate: "-" })).toBe("identity_unreadable");
  });

  it("is found missing or damaged, with what to do", async () => {
    expect(loadError()).toBe("identity_missing");
    writeFileSync(join(directory, "identity.json"), '{"device_id":');
    expect(loadError()).toBe("identity_unreadable");
  });

  it("stays whole when a write is cut off before its end", async () => {
    const identity = await enrolWith();
    writeFileSync(join(directory, "identity.json.new"), '{"half":');
    expect(loadIdentity(directory)).toEqual({ ok: true, value: identity });
    saveIdentity(directory, { ...identity, epoch: 2 });
    expect(JSON.parse(readFileSync(join(directory, "identity.json"), "utf8"))).toMatchObject({ epoch: 2 });
  });

  it("tells how long its certificate lasts", async () => {
    const life = { fromMs: -60 * DAY_MS, toMs: 30 * DAY_MS };
    const { key, cert } = await authority.device(DEVICE, life);
    const identity = { ...(await enrolWith()), privateKey: key, certificate: cert };
    const at = (days: number): WallMs => wallMs(clock.wall() + days * DAY_MS);
    expect(certificateState(identity, at(-61)).state).toBe("not_yet_valid");
    expect(certificateState(identity, at(-1)).state).toBe("valid");
    expect(certificateState(identity, at(1))).toMatchObject({ state: "renew_soon", daysLeft: 28 });
    expect(certificateState(identity, at(31))).toMatchObject({
      state: "expired",
      message: expect.stringContaining("enrol"),
    });
  });
});

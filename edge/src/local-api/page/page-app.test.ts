import { scryptSync } from "node:crypto";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { seededRandom } from "@gatehouse/shared/kit/random.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RecordedAgent, recordedAgent } from "../testing/agent-view.ts";
import { technicianPage } from "./page-app.ts";
import { removePassword, setPassword } from "./password-file.ts";
import { MANY_WRONG } from "./wrong-logins.ts";

const PASSWORD = "a long page password";
let dataDir: string;
let agent: RecordedAgent;
let app: ReturnType<typeof technicianPage>;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "gate-page-"));
  agent = recordedAgent(dataDir);
  agent.change({ clock: systemClock() });
  app = technicianPage(agent);
});
afterEach(() => rm(dataDir, { recursive: true }));

const form = (fields: Record<string, string>, headers: Record<string, string> = {}): RequestInit => ({
  method: "POST",
  body: new URLSearchParams(fields),
  headers: { "content-type": "application/x-www-form-urlencoded", host: "lot.local:8600", ...headers },
});

async function signIn(): Promise<{ cookie: string; formToken: string }> {
  await setPassword(dataDir, PASSWORD, seededRandom(3));
  const answer = await app.request("/sign-in", form({ password: PASSWORD }, { origin: "http://lot.local:8600" }));
  expect(answer.status).toBe(303);
  const set = answer.headers.get("set-cookie") ?? "";
  expect(set).toMatch(/HttpOnly; SameSite=Strict/);
  const cookie = set.split(";")[0] ?? "";
  const page = await (await app.request("/", { headers: { cookie, accept: "text/html" } })).text();
  return { cookie, formToken: /name="form_token" value="([^"]+)"/.exec(page)?.[1] ?? "" };
}

/** The page's password with a hash that is quickly computed, for a test that does so many times. */
function keepCheaply(password: string): Promise<void> {
  const salt = Buffer.alloc(16, 1);
  const hash = scryptSync(password, salt, 32, { N: 2, r: 1, p: 1 });
  const kept = { kdf: "scrypt", n: 2, r: 1, p: 1, salt: salt.toString("base64"), hash: hash.toString("base64") };
  return writeFile(join(dataDir, "page-password.json"), JSON.stringify(kept));
}

describe("the technician's page", () => {
  it("has no account until a password is set at the lot, and says how", async () => {
    const page = await app.request("/sign-in");
    expect(await page.text()).toContain("gate page password");
    expect((await app.request("/sign-in", form({ password: "" }))).status).toBe(403);
    expect((await app.request("/", { headers: { accept: "text/html" } })).headers.get("location")).toBe(
      "/technician/sign-in",
    );
    for (const path of ["/", "/journal", "/events", "/live/cam-in-1"])
      expect((await app.request(path)).status).toBe(401);
  });

  it("raises one alarm when many logins are wrong, and still takes the right one", async () => {
    await keepCheaply(PASSWORD);
    const clock = systemClock();
    const impatient: Clock = { ...clock, after: (_delayMs, fire) => clock.after(0, fire) };
    agent.change({ clock: impatient });
    app = technicianPage(agent);
    const tries = async (count: number): Promise<void> => {
      for (let left = count; left > 0; left--)
        expect((await app.request("/sign-in", form({ password: "not this one" }))).status).toBe(403);
    };
    await tries(MANY_WRONG - 1);
    expect(agent.reports).toEqual([]);
    await tries(2);
    expect(agent.reports).toEqual([
      {
        type: "alarm.raised",
        code: "many_wrong_logins",
        lane_id: null,
        detail: expect.stringMatching(/20 wrong logins.*within 10 minutes/),
      },
    ]);
    expect((await app.request("/sign-in", form({ password: PASSWORD }))).status).toBe(303);
  });

  it("keeps only a hash of the password, for the agent's account alone", async () => {
    await setPassword(dataDir, PASSWORD, seededRandom(3));
    const file = join(dataDir, "page-password.json");
    expect(await readFile(file, "utf8")).not.toContain(PASSWORD);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it("shows lanes and journal after the login, without script or style in the page", async () => {
    const { cookie } = await signIn();
    const answer = await app.request("/", { headers: { cookie, accept: "text/html" } });
    const page = await answer.text();
    expect(page).toContain("in-1");
    expect(page).not.toMatch(/<script>|<style|style=|onclick/);
    expect(page).not.toMatch(/(src|href)="(https?:)?\/\//);
    expect(answer.headers.get("content-security-policy")).toContain("script-src 'self'");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(await (await app.request("/journal?lane=in-1", { headers: { cookie } })).text()).toContain("lane.step");
    expect(await (await app.request("/journal?until=nonsense", { headers: { cookie } })).text()).toContain(
      "Write the time like",
    );
  });

  it("gives an order with a reason, by name of the page and the address", async () => {
    const { cookie, formToken } = await signIn();
    const order = { form_token: formToken, action: "open", reason: "ambulance" };
    const answer = await app.request("/lanes/in-1/command", form(order, { cookie, accept: "application/json" }));
    expect(await answer.json()).toEqual({ ok: true, message: "in-1: Lane in-1 opens." });
    expect(agent.commands).toMatchObject([
      { action: "open", reason: "ambulance", origin: "local", actor: expect.stringContaining("technician's page") },
    ]);
    const short = await app.request(
      "/lanes/in-1/command",
      form({ ...order, reason: " x " }, { cookie, accept: "application/json" }),
    );
    expect(await short.json()).toMatchObject({ ok: false, message: expect.stringContaining("at least 3") });
  });

  it("takes no orders from another site's form, without a session, nor ones that are not the page's", async () => {
    const { cookie, formToken } = await signIn();
    const order = { form_token: formToken, action: "open", reason: "ambulance" };
    const path = "/lanes/in-1/command";
    expect((await app.request(path, form(order, { cookie, origin: "http://evil.example" }))).status).toBe(403);
    expect((await app.request(path, form(order, { cookie, origin: "null" }))).status).toBe(403);
    expect((await app.request(path, form({ ...order, form_token: "guess" }, { cookie }))).status).toBe(403);
    expect((await app.request(path, form(order))).status).toBe(401);
    for (const action of ["reset", "maintenance_off", "close"])
      expect((await app.request(path, form({ ...order, action }, { cookie, accept: "application/json" }))).status).toBe(
        409,
      );
    expect(agent.commands).toEqual([]);
  });

  it("ends the session by logging out, by another password, and by none", async () => {
    const { cookie, formToken } = await signIn();
    const isIn = async (): Promise<boolean> => (await app.request("/", { headers: { cookie } })).status === 200;
    expect(await isIn()).toBe(true);
    await setPassword(dataDir, "another page password", seededRandom(4));
    expect(await isIn()).toBe(false);
    const again = await signIn();
    await app.request("/sign-out", form({ form_token: again.formToken }, { cookie: again.cookie }));
    expect((await app.request("/", { headers: { cookie: again.cookie } })).status).toBe(401);
    expect(formToken).not.toBe(again.formToken);
    await removePassword(dataDir);
    expect(await isIn()).toBe(false);
  });

  it("answers a wrong password late, and takes the right one after any number of them", async () => {
    await setPassword(dataDir, PASSWORD, seededRandom(3));
    const { clock } = agent;
    const waits: number[] = [];
    agent.change({
      clock: {
        ...clock,
        wall: () => clock.wall(),
        mono: () => clock.mono(),
        every: (ms, fire) => clock.every(ms, fire),
        after: (ms, fire) => {
          waits.push(ms);
          return clock.after(0, fire);
        },
      },
    });
    app = technicianPage(agent);
    for (let tries = 0; tries < 7; tries++)
      expect((await app.request("/sign-in", form({ password: "wrong" }))).status).toBe(403);
    expect(waits).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 8_000]);
    expect((await app.request("/sign-in", form({ password: PASSWORD }))).status).toBe(303);
  });
});

import { afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { buildPage, chromiumPath, type Look, type OpenBrowser, openBrowser } from "./testing/browser.ts";
import { DESKTOP, judgePage, LOOKS, PHONE } from "./testing/judge-page.ts";
import { cutOff, id, START, sampleLane, sampleLot, sampleMovement, sampleSnapshot } from "./testing/sample-lots.ts";
import { TestCloud, TOKEN } from "./testing/test-cloud.ts";

const why = chromiumPath ? "" : " (skipped: no Chromium; install it or set CHROMIUM_PATH)";

describe.skipIf(!chromiumPath)(`live page in a browser${why}`, () => {
  let cloud: TestCloud;
  let address: string;
  beforeAll(buildPage);
  beforeEach(async () => {
    cloud = new TestCloud();
    address = await cloud.start();
  });
  afterEach(() => cloud.stop());

  async function open(look: Look = DESKTOP, fragment = `#token=${TOKEN}`): Promise<OpenBrowser> {
    const browser = await openBrowser(look);
    onTestFinished(browser.close);
    await browser.page.goto(`${address}/${fragment}`);
    return browser;
  }

  const shot = async ({ page }: OpenBrowser, name: string): Promise<void> => {
    const folder = process.env.GATEHOUSE_SCREENSHOTS;
    if (folder) await page.screenshot({ path: `${folder}/${name}.png` });
  };

  it.each(LOOKS)("shows lots and movements, accessible, without errors: %s", async (name, look) => {
    cloud.snapshot = { ...sampleSnapshot(2, 60), lots: [sampleLot(0, cutOff), sampleLot(1)] };
    const browser = await open(look);
    const { page } = browser;
    await page.getByText("Live", { exact: true }).waitFor();
    await page.getByText("Network down").waitFor();
    expect(page.url()).not.toContain("token");
    await page.getByRole("switch").first().waitFor();
    await shot(browser, name);
    await judgePage(browser);
  });

  it("refuses a wrong token in words and takes a good one", async () => {
    const browser = await open(PHONE, "");
    const { page, errors } = browser;
    const field = page.getByLabel("Operator token");
    await field.fill("ght_wrong");
    await field.press("Enter");
    await page.getByRole("alert").getByText("doesn't accept this token").waitFor();
    await shot(browser, "sign-in");
    await field.fill(TOKEN);
    await field.press("Enter");
    await page.getByRole("heading", { name: "Lot 00 Harbour" }).waitFor();
    expect(errors).toEqual([]);
  });

  it("opens a lane by keyboard alone, with a reason and one key per order", async () => {
    const browser = await open();
    const { page } = browser;
    await page.getByRole("button", { name: "Open entry-1 at Lot 00 Harbour" }).waitFor();
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Skip to content");
    for (let step = 0; step < 60; step++) {
      if (await page.evaluate(`document.activeElement.getAttribute("aria-label") === "Open entry-1 at Lot 00 Harbour"`))
        break;
      await page.keyboard.press("Tab");
    }
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Open entry-1" }).waitFor();
    await page.keyboard.press("Enter");
    await page.keyboard.type("ticket not readable");
    await shot(browser, "dialog");
    await page.keyboard.press("Enter");
    await page.getByText("the barrier was told to rise").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(await page.evaluate(`document.activeElement.getAttribute("aria-label")`)).toBe(
      "Open entry-1 at Lot 00 Harbour",
    );
    expect(cloud.orders).toEqual([
      {
        path: `/api/v1/lanes/${id(2, 0)}/open`,
        body: JSON.stringify({ reason: "ticket not readable" }),
        idempotencyKey: expect.stringMatching(/^[0-9a-f-]{36}$/),
      },
    ]);
  });

  it("tells why a lot refused to open", async () => {
    cloud.openAnswer = {
      command_id: id(9, 1),
      status: "refused",
      refusal: "lane_refused",
      message: "The lane is locked.",
    };
    const { page } = await open();
    await page.getByRole("button", { name: "Open exit-1 at Lot 00 Harbour" }).click();
    await page.getByLabel("Reason").fill("test");
    await page.getByRole("button", { name: "Open the barrier" }).click();
    await page.getByText("the lane can't open now. The lane is locked.").waitFor();
  });

  it("follows lanes, survives a lost connection, and says when it is not live", async () => {
    const { page } = await open();
    await page.getByText("Live", { exact: true }).waitFor();
    cloud.say({ kind: "lanes", lot_id: id(1, 0), lanes: [sampleLane(0, 0, { barrier: "raising", plate: "B-XY 99" })] });
    await page.getByText("Barrier rising").waitFor();
    await page.getByText("B-XY 99").waitFor();
    cloud.isRefusing = true;
    for (const client of cloud.clients()) client.terminate();
    await page.getByText(/No connection to the cloud since/).waitFor();
    cloud.isRefusing = false;
    await page.getByText("Live", { exact: true }).waitFor();
  });

  it("takes in a backlog of thousands without freezing, holds still while paused, filters", async () => {
    cloud.snapshot = sampleSnapshot(20, 500);
    const browser = await open();
    const { page } = browser;
    await page.getByText("200 of 500 shown").waitFor();
    await shot(browser, "many-lots");
    await page.evaluate(`window.longest = 0; (function watch(before) {
      requestAnimationFrame((now) => { window.longest = Math.max(window.longest, now - before); watch(now); });
    })(performance.now())`);
    await page.getByRole("button", { name: "Pause" }).click();
    const backlog = Array.from({ length: 3_000 }, (_, index) =>
      sampleMovement(10_000 + index, { at: START + index, received_at: START + 900_000, plate: `LATE ${index}` }),
    );
    cloud.say(...backlog.map((movement) => ({ kind: "movement" as const, movement })));
    await page.getByRole("button", { name: "Resume (500 new)" }).click();
    await page.getByText("LATE 2999").waitFor();
    await page.getByLabel("Plate contains").fill("late29-99");
    await page.getByText("1 of 500 shown").waitFor();
    await page.getByText("arrived 14 min late").waitFor();
    const longest = Number(await page.evaluate("window.longest"));
    expect(longest).toBeLessThan(1_000);
  });

  it("cuts and mends a link, in German too", async () => {
    const browser = await open({ ...DESKTOP, locale: "de-AT" });
    const { page } = browser;
    const link = page.getByRole("switch", { name: "Verbindung von Lot 00 Harbour" });
    await link.click();
    await page.getByText("Getrennt").waitFor();
    await shot(browser, "german");
    expect(cloud.orders.at(-1)?.body).toBe('{"link":"cut"}');
    await link.click();
    await page.getByText("Getrennt").waitFor({ state: "detached" });
  });

  it("shows no simulation where there is none, and says so when there are no lots", async () => {
    cloud.hasSimulation = false;
    cloud.snapshot = sampleSnapshot(0, 0);
    const { page } = await open();
    await page.getByText("No lots yet").waitFor();
    expect(await page.getByText("Simulation").count()).toBe(0);
  });
});

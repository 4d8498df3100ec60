import { afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { buildPage, chromiumPath, type Look, type OpenBrowser, openBrowser } from "./testing/browser.ts";
import { DESKTOP, judgePage, LOOKS, PHONE } from "./testing/judge-page.ts";
import { id } from "./testing/sample-lots.ts";
import { TestCloud, TOKEN } from "./testing/test-cloud.ts";

const why = chromiumPath ? "" : " (skipped: no Chromium; install it or set CHROMIUM_PATH)";

describe.skipIf(!chromiumPath)(`devices in a browser${why}`, () => {
  let cloud: TestCloud;
  let address: string;
  beforeAll(buildPage);
  beforeEach(async () => {
    cloud = new TestCloud();
    address = await cloud.start();
  });
  afterEach(() => cloud.stop());

  /** The devices' view, reached as somebody who signs in does. */
  async function open(look: Look = DESKTOP): Promise<OpenBrowser> {
    const browser = await openBrowser(look);
    onTestFinished(browser.close);
    await browser.page.goto(`${address}/#token=${TOKEN}`);
    await browser.page
      .getByRole("navigation", { name: /Views|Ansichten/ })
      .getByRole("link")
      .nth(1)
      .click();
    return browser;
  }

  const shot = async ({ page }: OpenBrowser, name: string): Promise<void> => {
    const folder = process.env.GATEHOUSE_SCREENSHOTS;
    if (folder) await page.screenshot({ path: `${folder}/devices-${name}.png`, fullPage: true });
  };

  it.each(LOOKS)("shows each state with what to do, accessible, without errors: %s", async (name, look) => {
    const browser = await open(look);
    const { page } = browser;
    await page.getByText("Two computers run with this device's identity").waitFor();
    await page.getByText("5 need you").waitFor();
    await shot(browser, name);
    await judgePage(browser);
  });

  it("lets a device go on by keyboard alone, with a reason", async () => {
    const { page } = await open();
    await page.getByRole("button", { name: /Let it go on: Harborside/ }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Enter");
    await page.keyboard.type("right card runs again");
    await page.keyboard.press("Enter");
    await page.getByText("A new epoch is ready").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(cloud.orders).toMatchObject([
      { path: `/api/v1/devices/${id(5, 1)}/release`, body: JSON.stringify({ reason: "right card runs again" }) },
    ]);
  });

  it("approves the certificate of a device that comes back", async () => {
    const browser = await open(PHONE);
    const { page, errors } = browser;
    await page.getByRole("button", { name: /Approve certificate: Lot 07/ }).click();
    await page.getByLabel("Reason").fill("seen at the lot");
    await shot(browser, "approve");
    await page.getByRole("button", { name: "Approve", exact: true }).click();
    await page.getByText("The device asks again within minutes").waitFor();
    expect(cloud.orders).toMatchObject([{ path: `/api/v1/devices/${id(5, 7)}/approve-renewal` }]);
    expect(errors).toEqual([]);
  });

  it("applies an event anew, keeps one that fails, and gives one up for good", async () => {
    const browser = await open(PHONE);
    const { page, errors } = browser;
    await page.getByRole("button", { name: /Look at events: Harborside/ }).click();
    await page.getByText("Event 500 of epoch 1").waitFor();
    await page.getByText("The event as it came").first().click();
    await shot(browser, "letters");
    await page.getByRole("button", { name: "Apply anew: event 501 of epoch 1" }).click();
    await page.getByLabel("Reason").fill("lane is set up now");
    await page.getByRole("button", { name: "Apply anew" }).click();
    await page.getByText("Nothing was changed").waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Apply anew: event 500 of epoch 1" }).click();
    await page.getByLabel("Reason").fill("lane is set up now");
    await page.getByRole("button", { name: "Apply anew" }).click();
    await page.getByText("The event is applied.").waitFor();
    await page.getByRole("button", { name: "Close" }).click();
    await page.getByText("Event 500 of epoch 1").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Give up: event 501 of epoch 1" }).click();
    await page.getByLabel("Reason").fill("a test");
    await page.getByRole("button", { name: "Give it up for good" }).click();
    await page.getByText("The event is given up.").waitFor();
    await page.getByRole("button", { name: "Close" }).click();
    await page.getByText("None is left.").waitFor();
    expect(cloud.orders.map(({ path }) => path.split("/").slice(-2).join("/"))).toEqual([
      "501/redeliver",
      "500/redeliver",
      "501/discard",
    ]);
    expect(errors).toEqual([]);
  });

  it("says when there is no device, when the token may not see them, and when the cloud fails", async () => {
    cloud.devices = [];
    const { page } = await open();
    await page.getByText("No devices yet").waitFor();
    cloud.deviceStatus = 403;
    await page.getByText("Your token may not see devices").waitFor();
    cloud.deviceStatus = 500;
    await page.getByText("could not be renewed").waitFor();
    await page.goBack();
    await page.getByRole("heading", { name: "Lots" }).waitFor();
  });

  it("speaks German", async () => {
    const browser = await open({ ...PHONE, locale: "de-AT" });
    await browser.page.getByText("Zwei Computer laufen").waitFor();
    await shot(browser, "german");
  });
});

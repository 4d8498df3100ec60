import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import { seededRandom } from "@gatehouse/shared/kit/random.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { chromiumPath, type Look, type OpenBrowser, openBrowser } from "../../cloud/web/e2e/testing/browser.ts";
import { createLocalApi } from "../src/local-api/local-api.ts";
import { setPassword } from "../src/local-api/page/password-file.ts";
import { type RecordedAgent, recordedAgent } from "../src/local-api/testing/agent-view.ts";

const why = chromiumPath ? "" : " (skipped: no Chromium; install it or set CHROMIUM_PATH)";
const PASSWORD = "a long page password";
const PHONE = { viewport: { width: 360, height: 780 } };
const DESKTOP = { viewport: { width: 1440, height: 900 } };

describe.skipIf(!chromiumPath)(`the technician's page of an edge in a browser${why}`, () => {
  let directory: string;
  let agent: RecordedAgent;
  let address: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "gate-page-"));
    agent = recordedAgent(directory);
    agent.change({ clock: systemClock() });
    await setPassword(directory, PASSWORD, seededRandom(1));
    const http = { host: "127.0.0.1", port: 0 };
    const api = createLocalApi({ view: agent, http, socketPath: join(directory, "gate.sock") });
    await api.run();
    stop = () => api.stop();
    address = `http://127.0.0.1:${api.port()}/technician`;
  });
  let stop: () => Promise<void>;
  afterEach(async () => {
    await stop();
    await rm(directory, { recursive: true });
  });

  async function signedIn(look: Look): Promise<OpenBrowser> {
    const browser = await openBrowser(look);
    onTestFinished(browser.close);
    await browser.page.goto(address);
    // The page puts the cursor there a moment after it has loaded; what is typed before is lost.
    await browser.page.locator("#password:focus").waitFor();
    await browser.page.keyboard.type(PASSWORD);
    await browser.page.keyboard.press("Enter");
    await browser.page.getByRole("heading", { name: /in-1/ }).waitFor();
    return browser;
  }

  it.each([
    ["desktop-light", { ...DESKTOP, colorScheme: "light" }],
    ["phone-dark", { ...PHONE, colorScheme: "dark" }],
  ] as const)("shows lanes and journal, accessible, without errors: %s", async (name, look) => {
    agent.changeLane({ alarms: ["channels_differ_safety"] });
    const { page, errors } = await signedIn(look);
    for (const path of ["", "/journal"]) {
      await page.goto(`${address}${path}`);
      const folder = process.env.GATEHOUSE_SCREENSHOTS;
      if (folder)
        await page.screenshot({ path: `${folder}/technician-${name}${path.replace("/", "-")}.png`, fullPage: true });
      expect(await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")).toBe(
        0,
      );
      const { violations } = await new AxeBuilder({ page })
        .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"])
        .analyze();
      expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
    }
    expect(errors).toEqual([]);
  });

  it("follows the lane without touching what is being typed, and sends an order by keyboard alone", async () => {
    const { page, errors } = await signedIn(PHONE);
    const reason = page.getByLabel("Reason");
    await reason.focus();
    await page.keyboard.type("ambul");
    agent.changeLane({ barrier: "raising", display: "Please drive on" });
    await page.getByText("Please drive on").waitFor();
    await page.keyboard.type("ance");
    expect(await reason.inputValue()).toBe("ambulance");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByRole("status").getByText("in-1: Lane in-1 opens.").waitFor();
    expect(agent.commands).toMatchObject([{ action: "open", reason: "ambulance" }]);
    expect(errors).toEqual([]);
  });

  it("says so when the lot's computer is gone", async () => {
    const { page } = await signedIn(PHONE);
    await stop();
    await page.getByText("No connection to the lot's computer").waitFor();
  });
});

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type BrowserContext, chromium, type Page } from "playwright-core";

const WEB = join(import.meta.dirname, "..", "..");
const FLAGS =
  "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync";

/** Where Chromium is, or null when there is none to test with. */
export const chromiumPath = [process.env.CHROMIUM_PATH, "/usr/bin/chromium"].find((path) => path && existsSync(path));

export async function buildPage(): Promise<void> {
  const vite = join(WEB, "node_modules", "vite", "bin", "vite.js");
  await promisify(execFile)(process.execPath, [vite, "build"], {
    cwd: WEB,
    env: { ...process.env, NODE_ENV: "production" },
  });
}

export type Look = NonNullable<Parameters<typeof chromium.launchPersistentContext>[1]>;

export interface OpenBrowser {
  readonly page: Page;
  /** Errors of the page, and what its content security policy refused. */
  readonly errors: string[];
  close(): Promise<void>;
}

/** A browser of its own, with nothing kept from before. */
export async function openBrowser(look: Look = {}): Promise<OpenBrowser> {
  const profile = await mkdtemp(join(tmpdir(), "gatehouse-browser-"));
  const options = {
    executablePath: chromiumPath ?? "",
    headless: true,
    args: FLAGS.split(" "),
    locale: "en-GB",
    ...look,
  };
  const context: BrowserContext = await chromium.launchPersistentContext(profile, options);
  const page = context.pages()[0] ?? (await context.newPage());
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => {
    // A refused sign-in and a closed socket are told by the browser as errors; they are part of the tests.
    if (message.type() === "error" && !/Failed to load resource|WebSocket/.test(message.text()))
      errors.push(message.text());
  });
  return {
    page,
    errors,
    close: async () => {
      await context.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

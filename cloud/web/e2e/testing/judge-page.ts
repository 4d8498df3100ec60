import { AxeBuilder } from "@axe-core/playwright";
import { expect } from "vitest";
import type { OpenBrowser } from "./browser.ts";

export const PHONE = { viewport: { width: 360, height: 780 } };
export const DESKTOP = { viewport: { width: 1920, height: 1080 } };

/** Each size in both colours, by the name of its screenshot. */
export const LOOKS = [
  ["desktop-light", { ...DESKTOP, colorScheme: "light" }],
  ["desktop-dark", { ...DESKTOP, colorScheme: "dark" }],
  ["phone-light", { ...PHONE, colorScheme: "light" }],
  ["phone-dark", { ...PHONE, colorScheme: "dark" }],
] as const;

/** Expects a page that fits its width, breaks none of WCAG 2.1 A and AA that a program can judge, and told no error. */
export async function judgePage({ page, errors }: OpenBrowser): Promise<void> {
  const wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
  expect(wide).toBe(0);
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"];
  const { violations } = await new AxeBuilder({ page }).withTags(tags).analyze();
  expect(violations.map(({ id: rule, nodes }) => [rule, nodes[0]?.html])).toEqual([]);
  expect(errors).toEqual([]);
}

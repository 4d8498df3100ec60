import type { i18n } from "i18next";

/** Families of codes that edges and clouds newer than this page may extend. */
export type CodeFamily = "reason" | "lane.mode" | "lane.state" | "lane.alarm";

/** The words for a code in the present language; a code without words is shown as it is. */
export function codeWords(texts: i18n, family: CodeFamily, code: string): string {
  const key = `${family}.${code}`;
  if (!/^[a-z_]+$/.test(code) || !texts.exists(key)) return code;
  const words: unknown = texts.getResource(texts.language, "translation", key);
  return typeof words === "string" ? words : code;
}

import i18next, { type i18n } from "i18next";
import { initReactI18next } from "react-i18next";
import { de } from "./de.ts";
import { en } from "./en.ts";

export const LANGUAGES = { en: "English", de: "Deutsch" } as const;
export type Language = keyof typeof LANGUAGES;

const KEY = "gatehouse.language";

/** Loads the texts in the language that was chosen before, else the first of the browser's that exists here. */
export async function startTexts(): Promise<i18n> {
  const texts = i18next.createInstance();
  texts.on("languageChanged", (language) => {
    document.documentElement.lang = language;
    document.title = texts.t("page.title");
  });
  await texts.use(initReactI18next).init({
    resources: { en: { translation: en }, de: { translation: de } },
    lng: firstLanguage([localStorage.getItem(KEY), ...navigator.languages]),
    fallbackLng: "en",
    // React escapes what it draws.
    interpolation: { escapeValue: false },
  });
  return texts;
}

export function keepLanguage(language: Language): void {
  localStorage.setItem(KEY, language);
}

/** The first known language of a list of preferences such as `de-AT`; English when none is known. */
export function firstLanguage(preferences: readonly (string | null)[]): Language {
  for (const preference of preferences) {
    const language = preference?.slice(0, 2).toLowerCase();
    if (language === "en" || language === "de") return language;
  }
  return "en";
}

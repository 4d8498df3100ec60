import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Select } from "../ui/select.tsx";
import { firstLanguage, keepLanguage, LANGUAGES, type Language } from "./i18n/start-texts.ts";
import { applyTheme, keepTheme, keptTheme, THEMES, type Theme } from "./theme.ts";

export function Preferences() {
  const { t, i18n } = useTranslation();
  const [theme, setTheme] = useState(keptTheme);
  const chooseLanguage = (language: Language): void => {
    keepLanguage(language);
    void i18n.changeLanguage(language);
  };
  const chooseTheme = (chosen: Theme): void => {
    keepTheme(chosen);
    applyTheme(chosen);
    setTheme(chosen);
  };
  return (
    <>
      <Select
        label={t("page.theme")}
        isLabelHidden
        value={theme}
        options={THEMES.map((value) => ({ value, text: t(`page.theme_${value}`) }))}
        onChange={chooseTheme}
      />
      <Select
        label={t("page.language")}
        isLabelHidden
        value={firstLanguage([i18n.language])}
        options={[
          { value: "en", text: LANGUAGES.en },
          { value: "de", text: LANGUAGES.de },
        ]}
        onChange={chooseLanguage}
      />
    </>
  );
}

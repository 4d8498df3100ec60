import "./zod-without-eval.ts";

import { uuidv7Source } from "@gatehouse/shared/kit/ids.ts";
import { systemRandom } from "@gatehouse/shared/kit/random.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { I18nextProvider } from "react-i18next";
import { startTexts } from "./i18n/start-texts.ts";
import { Page } from "./page.tsx";
import { PageGuard } from "./page-guard.tsx";
import { ServicesContext } from "./services.ts";
import { takeToken } from "./session/token.ts";
import { applyTheme, keptTheme } from "./theme.ts";
import "./style.css";

const token = takeToken();
applyTheme(keptTheme());
const texts = await startTexts();
const clock = systemClock();
const services = { clock, random: systemRandom, newId: uuidv7Source(clock, systemRandom) };
const root = document.getElementById("page");
if (!root) throw new TypeError("index.html has no element with the id `page`.");

createRoot(root).render(
  <StrictMode>
    <I18nextProvider i18n={texts}>
      <PageGuard>
        <ServicesContext value={services}>
          <Page firstToken={token} />
        </ServicesContext>
      </PageGuard>
    </I18nextProvider>
  </StrictMode>,
);

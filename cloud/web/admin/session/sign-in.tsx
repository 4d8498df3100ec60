import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button.tsx";
import { Notice } from "../../ui/notice.tsx";
import { checkToken } from "../api/check-token.ts";
import type { SignedOutCause } from "../live/connection.ts";
import { PageHeader } from "../page-header.tsx";
import { isTokenText } from "./token.ts";

type Trouble = SignedOutCause | "empty" | "not_a_token" | "unreachable";

interface SignInProps {
  readonly cause: SignedOutCause | null;
  readonly onToken: (token: string) => void;
}

export function SignIn({ cause, onToken }: SignInProps) {
  const { t } = useTranslation();
  const [trouble, setTrouble] = useState<Trouble | null>(cause);
  const [isChecking, setIsChecking] = useState(false);
  const ids = { token: useId(), hint: useId(), trouble: useId() };

  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const token = String(new FormData(event.currentTarget).get("token") ?? "").trim();
    if (token === "") return setTrouble("empty");
    if (!isTokenText(token)) return setTrouble("not_a_token");
    setTrouble(null);
    setIsChecking(true);
    const verdict = await checkToken(token);
    setIsChecking(false);
    if (verdict === "good") return onToken(token);
    setTrouble(verdict);
  };

  return (
    <>
      <PageHeader connection={{ kind: "signed_out", cause }} />
      <main id="content" className="mx-auto max-w-md p-4 sm:pt-12">
        <form
          className="flex flex-col gap-3 rounded-lg border border-line bg-panel p-5"
          noValidate
          onSubmit={(event) => void submit(event)}
        >
          <h1 className="font-semibold text-lg">{t("sign_in.title")}</h1>
          <label htmlFor={ids.token} className="font-medium text-sm">
            {t("sign_in.token")}
          </label>
          <input
            id={ids.token}
            name="token"
            type="password"
            autoComplete="off"
            spellCheck={false}
            maxLength={600}
            className="field font-mono"
            aria-describedby={`${ids.hint} ${ids.trouble}`}
            aria-invalid={trouble !== null && trouble !== "asked"}
          />
          <p id={ids.hint} className="text-muted text-sm">
            {t("sign_in.hint")}
          </p>
          <div id={ids.trouble}>
            {trouble && (
              <Notice tone={trouble === "asked" ? "quiet" : "bad"} role={trouble === "asked" ? "status" : "alert"}>
                {t(`sign_in.${trouble}`)}
              </Notice>
            )}
          </div>
          <Button type="submit" look="primary" disabled={isChecking}>
            {isChecking ? t("sign_in.checking") : t("sign_in.submit")}
          </Button>
        </form>
      </main>
    </>
  );
}

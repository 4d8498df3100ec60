import type { Result } from "@gatehouse/shared/kit/result.ts";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Notice } from "../../ui/notice.tsx";
import type { ApiFailure } from "../api/client.ts";
import { ReasonForm } from "../reason-form.tsx";

interface ReasonedActionProps {
  /** The action's words: an example of a reason, its button, and what it has done. */
  readonly words: { readonly hint: string; readonly submit: string; readonly done: string };
  readonly onOrder: (reason: string) => Promise<Result<unknown, ApiFailure>>;
  readonly onClose: () => void;
}

/** Carries out an action with the reason that is given; one that failed may be tried again. */
export function ReasonedAction({ words, onOrder, onClose }: ReasonedActionProps) {
  const { t } = useTranslation();
  const [outcome, setOutcome] = useState<"waiting" | "done" | { readonly why: string } | null>(null);
  const act = async (reason: string): Promise<void> => {
    setOutcome("waiting");
    const answer = await onOrder(reason);
    setOutcome(answer.ok ? "done" : { why: answer.error.detail ?? t("devices.no_answer") });
  };
  return (
    <ReasonForm
      hint={words.hint}
      submit={words.submit}
      isBusy={outcome === "waiting"}
      isOver={outcome === "done"}
      onReason={act}
      onClose={onClose}
    >
      {outcome === "done" && <Notice tone="good">{words.done}</Notice>}
      {typeof outcome === "object" && outcome && (
        <Notice tone="bad">{t("devices.action_failed", { why: outcome.why })}</Notice>
      )}
    </ReasonForm>
  );
}

import type { laneOpenResult } from "@gatehouse/shared/contracts/http/devices.ts";
import type { CommandRefusal } from "@gatehouse/shared/contracts/mqtt/commands.ts";
import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import type { Result } from "@gatehouse/shared/kit/result.ts";
import { useTranslation } from "react-i18next";
import type { z } from "zod";
import type { Tone } from "../../ui/tone.ts";
import type { ApiFailure } from "../api/client.ts";

/** What became of a remote open, as far as the page knows. */
export type OpenOutcome =
  | { readonly kind: "done" }
  | { readonly kind: "refused"; readonly refusal: CommandRefusal | null; readonly message: string | null }
  | { readonly kind: "no_result" }
  | { readonly kind: "expired" }
  | { readonly kind: "failed"; readonly code: string; readonly detail: string | null }
  | { readonly kind: "no_answer" };

/** The outcome that an answer of the cloud means. */
export function outcomeOf(answer: Result<z.infer<typeof laneOpenResult>, ApiFailure>): OpenOutcome {
  if (!answer.ok) {
    const { status, code, detail } = answer.error;
    return status === null ? { kind: "no_answer" } : { kind: "failed", code, detail };
  }
  const { status, refusal, message } = answer.value;
  switch (status) {
    case "done":
    case "expired":
      return { kind: status };
    case "refused":
      return { kind: "refused", refusal, message };
    case "pending":
    case "sent":
      return { kind: "no_result" };
    default:
      return assertNever(status);
  }
}

/** False where pressing again makes sense. */
export function isFinal({ kind }: OpenOutcome): boolean {
  return kind !== "no_answer" && kind !== "failed";
}

export function outcomeTone({ kind }: OpenOutcome): Tone {
  if (kind === "done") return "good";
  return kind === "refused" || kind === "failed" ? "bad" : "warn";
}

/** The outcome in the present language; beside a refusal stands what the lane itself said. */
export function useOutcomeWords(outcome: OpenOutcome): string {
  const { t } = useTranslation();
  switch (outcome.kind) {
    case "done":
    case "no_result":
    case "expired":
    case "no_answer":
      return t(`open_lane.${outcome.kind}`);
    case "failed":
      return t("open_lane.failed", { why: outcome.detail ?? outcome.code });
    case "refused": {
      const why = outcome.refusal === null ? "" : t(`open_lane.refusal.${outcome.refusal}`);
      return t("open_lane.refused", { why: [why, outcome.message].filter(Boolean).join(" ") });
    }
    default:
      return assertNever(outcome);
  }
}

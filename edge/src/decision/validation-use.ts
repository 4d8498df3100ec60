import type { ReplicaValidation, ValidationGrant } from "@gatehouse/shared/contracts/replica/validation.ts";
import type { CodeFault, StayValidation } from "@gatehouse/shared/domain/access/facts.ts";
import type { Validation } from "@gatehouse/shared/domain/tariff/quote.ts";
import { fromIso, type WallMs } from "@gatehouse/shared/kit/clock.ts";
import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import type { DecisionRecords } from "../store/records.ts";
import type { Shown } from "./shown.ts";

/** What comes of a code that was shown, if it is a validation's. */
export type JudgedValidation =
  | { readonly kind: "no_validation" }
  | { readonly kind: "fault"; readonly fault: CodeFault }
  /** To be put on the stay. */
  | { readonly kind: "use"; readonly validation: ReplicaValidation; readonly sessionId: string };

/** The validations of a code that is shown at an exit; none where it is something else. */
export function shownValidation(
  { replica }: Pick<DecisionRecords, "replica">,
  { code, direction }: Pick<Shown, "code" | "direction">,
): readonly ReplicaValidation[] {
  if (code === null || direction !== "exit") return [];
  return replica.validationsByCode(code.value).filter((one) => one.code === code.value);
}

/** Whether a validation can be put on a stay now. `canJudgeTime` is false while the clock is not trusted: it then holds. */
export function judgeValidation(
  { validations }: Pick<DecisionRecords, "validations">,
  found: readonly ReplicaValidation[],
  stay: { readonly sessionId: string | null; readonly at: WallMs; readonly canJudgeTime: boolean },
): JudgedValidation {
  if (found.length === 0) return { kind: "no_validation" };
  const { sessionId } = stay;
  if (sessionId === null) return { kind: "fault", fault: "validation_without_stay" };
  const current = found.filter((one) => !stay.canJudgeTime || holdsAt(one, stay.at));
  if (current.length === 0) return { kind: "fault", fault: "validation_not_in_time" };
  const free = current.find(
    (one) => one.uses === "reusable" || !validations.isUsedByOther(one.validation_id, sessionId),
  );
  if (free === undefined) return { kind: "fault", fault: "validation_used" };
  return { kind: "use", validation: free, sessionId };
}

/** What is on a stay: `given` were put on it by the cloud, others were shown here; each once. */
export function validationsOf(
  { validations }: Pick<DecisionRecords, "validations">,
  sessionId: string,
  given: readonly ReplicaValidation[],
): readonly StayValidation[] {
  const shown = validations.ofSession(sessionId);
  const all = [
    ...given.map((one) => grantedBy(one.validation_id, one.grant)),
    ...shown.map((one) => grantedBy(one.validationId, one.grant)),
  ];
  const once = new Map(all.map((one) => [one.validationId, one]));
  return [...once.values()].map((one) => ({ sessionId, validation: one }));
}

/** The same in the words of the tariff. */
export function grantedBy(validationId: string, grant: ValidationGrant): Validation {
  switch (grant.kind) {
    case "amount":
      return { kind: "amount", validationId, amountMinor: grant.amount_minor };
    case "percent":
      return { kind: "percent", validationId, percentPermille: grant.percent_permille };
    case "free_time":
      return { kind: "free_time", validationId, minutes: grant.minutes, taken: grant.taken };
    default:
      return assertNever(grant);
  }
}

function holdsAt({ valid_from, valid_until }: ReplicaValidation, at: WallMs): boolean {
  return at >= fromIso(valid_from) && (valid_until === null || at < fromIso(valid_until));
}

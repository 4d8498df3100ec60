import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { SameMovement } from "./facts.ts";
import { type DeskSurroundings, ruleOn, type Sitting } from "./ruling.ts";
import type { Earlier } from "./same-movement.ts";
import type { DeskWork } from "./session-writer.ts";
import type { Shown } from "./shown.ts";
import { grantedBy, type JudgedValidation, judgeValidation, shownValidation } from "./validation-use.ts";

/** What the rules are asked about. */
export interface Question {
  readonly shown: Shown;
  readonly same: SameMovement;
}

/**
 * A validation's code is no credential: it goes on the stay that is found without it, and is that stay's from then on,
 * also if the vehicle backs out and comes again. One for one stay is used up by it.
 */
export function bookValidation(
  surroundings: DeskSurroundings,
  work: DeskWork,
  given: Question & { readonly earlier: Earlier | null; readonly movementId: Uuid },
): Question {
  const { tx, records } = work;
  const sitting = { records, at: tx.stamp.at, clock: tx.stamp.quality };
  const { question, judged } = judgeShownValidation(surroundings, sitting, given, given.earlier?.plan.shown ?? null);
  if (judged.kind !== "use") return question;
  const { sessionId, validation } = judged;
  const { validation_id: validationId, grant } = validation;
  if (records.validations.use({ validationId, sessionId, grant, usedAt: tx.stamp.at })) {
    tx.emit({
      type: "validation.used",
      validation_id: validationId,
      session_id: sessionId,
      lane_id: given.shown.laneId,
      movement_id: given.movementId,
    });
  }
  return { ...question, same: { ...question.same, onTrial: [] } };
}

/** Judges a shown code as a validation; writes nothing. `earlier` is what was shown before it in the same movement. */
export function judgeShownValidation(
  surroundings: DeskSurroundings,
  sitting: Sitting,
  { shown, same }: Question,
  earlier: Shown | null,
): { readonly question: Question; readonly judged: JudgedValidation } {
  const found = shownValidation(sitting.records, shown);
  if (found.length === 0) return { question: { shown, same }, judged: { kind: "no_validation" } };
  const others = { ...shown, code: codeBeforeIt(shown, earlier) };
  const { decision } = ruleOn(surroundings, sitting, { shown: others, same });
  const sessionId = decision.reasons.find(({ code }) => code === "session_found")?.rule ?? null;
  const { at, clock } = sitting;
  const judged = judgeValidation(sitting.records, found, { sessionId, at, canJudgeTime: clock !== "unknown" });
  return { question: { shown: others, same: withValidation(same, judged) }, judged };
}

function codeBeforeIt({ code }: Shown, earlier: Shown | null): Shown["code"] {
  return earlier?.code?.value === code?.value ? null : (earlier?.code ?? null);
}

function withValidation(same: SameMovement, judged: JudgedValidation): SameMovement {
  switch (judged.kind) {
    case "no_validation":
      return same;
    case "fault":
      return { ...same, validationFault: judged.fault };
    case "use": {
      const { validation_id: id, grant } = judged.validation;
      return { ...same, onTrial: [{ sessionId: judged.sessionId, validation: grantedBy(id, grant) }] };
    }
  }
}

import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { type FormEvent, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Notice } from "../../ui/notice.tsx";
import type { Api } from "../api/client.ts";
import { useServices } from "../services.ts";
import { isFinal, type OpenOutcome, outcomeOf, outcomeTone, useOutcomeWords } from "./open-outcome.ts";

const MAX_REASON_CHARS = 256;

/** The lane that somebody wants to open, with its words for people. */
export interface LaneChoice {
  readonly laneId: Uuid;
  readonly lane: string;
  readonly lot: string;
}

interface OpenLaneDialogProps {
  readonly choice: LaneChoice;
  readonly api: Api;
  readonly onClose: () => void;
}

/** Asks for the reason, which is the confirmation too, and stays until its reader has seen what the lot said. */
export function OpenLaneDialog({ choice, api, onClose }: OpenLaneDialogProps) {
  const { t } = useTranslation();
  const [outcome, setOutcome] = useState<OpenOutcome | "waiting" | "reason_missing" | null>(null);
  const order = useOrder(api);
  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const reason = String(new FormData(event.currentTarget).get("reason") ?? "").trim();
    if (reason === "") return setOutcome("reason_missing");
    setOutcome("waiting");
    setOutcome(await order(choice.laneId, reason));
  };
  const isOver = typeof outcome === "object" && outcome !== null && isFinal(outcome);
  return (
    <Dialog title={t("open_lane.title", { lane: choice.lane })} onClose={onClose}>
      <p className="text-muted text-sm">{t("open_lane.where", { lot: choice.lot })}</p>
      <form
        noValidate
        className="mt-3 flex flex-col gap-3"
        onSubmit={(event) => void submit(event)}
        onInput={() => setOutcome((told) => (told === "reason_missing" ? null : told))}
      >
        <p className="text-sm">{t("open_lane.what")}</p>
        <ReasonField isMissing={outcome === "reason_missing"} isFixed={isOver || outcome === "waiting"} />
        <div role="status">
          {outcome === "waiting" && <Notice tone="quiet">{t("open_lane.waiting")}</Notice>}
          {typeof outcome === "object" && outcome !== null && <Told outcome={outcome} />}
        </div>
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>{t(isOver ? "open_lane.close" : "open_lane.cancel")}</Button>
          {!isOver && (
            <Button type="submit" look="primary" disabled={outcome === "waiting"}>
              {t("open_lane.submit")}
            </Button>
          )}
        </div>
      </form>
    </Dialog>
  );
}

/** One order for as long as the cloud has not answered: a repeat after silence carries the same key. */
function useOrder(api: Api): (laneId: Uuid, reason: string) => Promise<OpenOutcome> {
  const { newId } = useServices();
  const pending = useRef<{ readonly key: string; readonly reason: string } | null>(null);
  return async (laneId, reason) => {
    const known = pending.current;
    const key = known?.reason === reason ? known.key : newId();
    pending.current = { key, reason };
    const outcome = outcomeOf(await api.openLane(laneId, { reason, idempotencyKey: key }));
    if (outcome.kind !== "no_answer") pending.current = null;
    return outcome;
  };
}

function Told({ outcome }: { readonly outcome: OpenOutcome }) {
  return <Notice tone={outcomeTone(outcome)}>{useOutcomeWords(outcome)}</Notice>;
}

function ReasonField({ isMissing, isFixed }: { readonly isMissing: boolean; readonly isFixed: boolean }) {
  const { t } = useTranslation();
  const ids = { field: useId(), hint: useId() };
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={ids.field} className="font-medium text-sm">
        {t("open_lane.reason")}
      </label>
      <input
        id={ids.field}
        name="reason"
        required
        readOnly={isFixed}
        maxLength={MAX_REASON_CHARS}
        autoComplete="off"
        className="field"
        aria-invalid={isMissing}
        aria-describedby={ids.hint}
      />
      <p
        id={ids.hint}
        role={isMissing ? "alert" : undefined}
        className={`text-sm ${isMissing ? "text-bad" : "text-muted"}`}
      >
        {t(isMissing ? "open_lane.reason_missing" : "open_lane.reason_hint")}
      </p>
    </div>
  );
}

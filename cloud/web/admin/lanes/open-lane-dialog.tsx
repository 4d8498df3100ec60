import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Dialog } from "../../ui/dialog.tsx";
import { Notice } from "../../ui/notice.tsx";
import type { Api } from "../api/client.ts";
import { ReasonForm } from "../reason-form.tsx";
import { useServices } from "../services.ts";
import { isFinal, type OpenOutcome, outcomeOf, outcomeTone, useOutcomeWords } from "./open-outcome.ts";

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

/** Asks for the reason and stays until its reader has seen what the lot said. */
export function OpenLaneDialog({ choice, api, onClose }: OpenLaneDialogProps) {
  const { t } = useTranslation();
  const [outcome, setOutcome] = useState<OpenOutcome | "waiting" | null>(null);
  const order = useOrder(api);
  const open = async (reason: string): Promise<void> => {
    setOutcome("waiting");
    setOutcome(await order(choice.laneId, reason));
  };
  return (
    <Dialog title={t("open_lane.title", { lane: choice.lane })} onClose={onClose}>
      <p className="text-muted text-sm">{t("open_lane.where", { lot: choice.lot })}</p>
      <p className="mt-3 text-sm">{t("open_lane.what")}</p>
      <ReasonForm
        hint={t("open_lane.reason_hint")}
        submit={t("open_lane.submit")}
        isBusy={outcome === "waiting"}
        isOver={typeof outcome === "object" && outcome !== null && isFinal(outcome)}
        onReason={open}
        onClose={onClose}
      >
        {outcome === "waiting" && <Notice tone="quiet">{t("open_lane.waiting")}</Notice>}
        {typeof outcome === "object" && outcome !== null && <Told outcome={outcome} />}
      </ReasonForm>
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

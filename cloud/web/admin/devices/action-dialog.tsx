import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Dialog } from "../../ui/dialog.tsx";
import { Notice } from "../../ui/notice.tsx";
import type { Api } from "../api/client.ts";
import { ReasonForm } from "../reason-form.tsx";
import type { Device } from "./device-health.ts";

type Outcome = { readonly kind: "waiting" | "done" } | { readonly kind: "failed"; readonly why: string };

/** What a person can do about a device with nothing but a reason. */
export type DeviceAction = "release" | "renewal";

interface ActionDialogProps {
  readonly action: DeviceAction;
  readonly device: Device;
  readonly api: Api;
  readonly onClose: () => void;
}

/** Lets a device go on, or approves its certificate; a repeat is harmless, so a lost answer may simply be asked again. */
export function ActionDialog({ action, device, api, onClose }: ActionDialogProps) {
  const { t } = useTranslation();
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const act = async (reason: string): Promise<void> => {
    setOutcome({ kind: "waiting" });
    const order = action === "release" ? api.releaseDevice : api.approveRenewal;
    const answer = await order(device.id, reason);
    if (answer.ok) return setOutcome({ kind: "done" });
    setOutcome({ kind: "failed", why: answer.error.detail ?? t("devices.no_answer") });
  };
  return (
    <Dialog title={t(`devices.${action}_title`, { lot: device.lot_name })} onClose={onClose}>
      <p className="mt-2 text-sm">{t(`devices.${action}_what`)}</p>
      <ReasonForm
        hint={t(`devices.${action}_hint`)}
        submit={t(`devices.${action}_submit`)}
        isBusy={outcome?.kind === "waiting"}
        isOver={outcome?.kind === "done"}
        onReason={act}
        onClose={onClose}
      >
        {outcome?.kind === "done" && <Notice tone="good">{t(`devices.${action}_done`)}</Notice>}
        {outcome?.kind === "failed" && <Notice tone="bad">{t("devices.action_failed", { why: outcome.why })}</Notice>}
      </ReasonForm>
    </Dialog>
  );
}

import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Dialog } from "../../ui/dialog.tsx";
import { Notice } from "../../ui/notice.tsx";
import type { Api } from "../api/client.ts";
import { ReasonForm } from "../reason-form.tsx";
import type { Device } from "./device-health.ts";

type Outcome = { readonly kind: "waiting" | "done" } | { readonly kind: "failed"; readonly why: string };

interface ReleaseDialogProps {
  readonly device: Device;
  readonly api: Api;
  readonly onClose: () => void;
}

/** Lets a device go on that was set apart; a repeat is harmless, so a lost answer may simply be asked again. */
export function ReleaseDialog({ device, api, onClose }: ReleaseDialogProps) {
  const { t } = useTranslation();
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const release = async (reason: string): Promise<void> => {
    setOutcome({ kind: "waiting" });
    const answer = await api.releaseDevice(device.id, reason);
    if (answer.ok) return setOutcome({ kind: "done" });
    setOutcome({ kind: "failed", why: answer.error.detail ?? t("devices.no_answer") });
  };
  return (
    <Dialog title={t("devices.release_title", { lot: device.lot_name })} onClose={onClose}>
      <p className="mt-2 text-sm">{t("devices.release_what")}</p>
      <ReasonForm
        hint={t("devices.release_hint")}
        submit={t("devices.release_submit")}
        isBusy={outcome?.kind === "waiting"}
        isOver={outcome?.kind === "done"}
        onReason={release}
        onClose={onClose}
      >
        {outcome?.kind === "done" && <Notice tone="good">{t("devices.release_done")}</Notice>}
        {outcome?.kind === "failed" && <Notice tone="bad">{t("devices.action_failed", { why: outcome.why })}</Notice>}
      </ReasonForm>
    </Dialog>
  );
}

import { useTranslation } from "react-i18next";
import { Dialog } from "../../ui/dialog.tsx";
import type { Api } from "../api/client.ts";
import type { Device } from "./device-health.ts";
import { ReasonedAction } from "./reasoned-action.tsx";

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
  const order = action === "release" ? api.releaseDevice : api.approveRenewal;
  const words = {
    hint: t(`devices.${action}_hint`),
    submit: t(`devices.${action}_submit`),
    done: t(`devices.${action}_done`),
  };
  return (
    <Dialog title={t(`devices.${action}_title`, { lot: device.lot_name })} onClose={onClose}>
      <p className="mt-2 text-sm">{t(`devices.${action}_what`)}</p>
      <ReasonedAction words={words} onOrder={(reason) => order(device.id, reason)} onClose={onClose} />
    </Dialog>
  );
}

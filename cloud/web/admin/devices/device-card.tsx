import type { ReactNode } from "react";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Notice } from "../../ui/notice.tsx";
import { formatTime } from "../format/format.ts";
import { linkTone } from "../lots/link-words.ts";
import { DeviceFacts } from "./device-facts.tsx";
import { type Concern, concernsOf, type Device, toneOf } from "./device-health.ts";

interface DeviceCardProps {
  readonly device: Device;
  /** The cloud's wall time, ms. */
  readonly now: number;
  readonly onRelease: () => void;
  readonly onDeadLetters: () => void;
}

export function DeviceCard({ device, now, onRelease, onDeadLetters }: DeviceCardProps) {
  const titleId = useId();
  return (
    <article aria-labelledby={titleId} className="rounded-lg border border-line bg-panel px-4 py-3">
      <header className="flex items-start justify-between gap-3">
        <div className="min-w-0">
          <h2 id={titleId} className="line-clamp-3 font-semibold leading-snug" title={device.lot_name}>
            {device.lot_name}
          </h2>
          <p className="font-mono text-muted text-sm">{device.serial}</p>
        </div>
        <State device={device} />
      </header>
      <ul className="mt-2 flex flex-col gap-2 empty:hidden">
        {concernsOf(device, now).map((concern) => (
          <li key={concern}>
            <Notice tone={toneOf(concern)}>
              <ConcernWords concern={concern} device={device} />
            </Notice>
          </li>
        ))}
      </ul>
      <DeviceFacts device={device} now={now} />
      <Actions>
        {device.stopped_for !== null && device.stopped_for !== "clone" && (
          <DeviceAction device={device} name="release" onAsk={onRelease} />
        )}
        {device.dead_letters > 0 && <DeviceAction device={device} name="dead_letters" onAsk={onDeadLetters} />}
      </Actions>
    </article>
  );
}

function State({ device }: { readonly device: Device }) {
  const { t } = useTranslation();
  if (device.revoked_at !== null) return <Badge tone="quiet">{t("devices.state.revoked")}</Badge>;
  if (device.stopped_for !== null) return <Badge tone="bad">{t("devices.state.set_apart")}</Badge>;
  const state = device.connected ? device.link_state : "not_connected";
  return <Badge tone={linkTone(state)}>{t(`link.state.${state}`)}</Badge>;
}

function ConcernWords({ concern, device }: { readonly concern: Concern; readonly device: Device }) {
  const { t, i18n } = useTranslation();
  const place = { locale: i18n.language, zone: device.time_zone };
  const time = formatTime(Date.parse(device.certificate_not_after), "date", place);
  return t(`devices.concern.${concern}`, { count: device.dead_letters, epoch: device.epoch, time });
}

function Actions({ children }: { readonly children: ReactNode }) {
  return <div className="mt-3 flex flex-wrap gap-2 empty:hidden">{children}</div>;
}

interface DeviceActionProps {
  readonly device: Device;
  readonly name: "release" | "dead_letters";
  readonly onAsk: () => void;
}

function DeviceAction({ device, name, onAsk }: DeviceActionProps) {
  const { t } = useTranslation();
  return (
    <Button onClick={onAsk} aria-label={t(`devices.${name}_label`, { lot: device.lot_name })}>
      {t(`devices.${name}`)}
    </Button>
  );
}

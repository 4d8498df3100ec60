import type { ReactNode } from "react";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Notice } from "../../ui/notice.tsx";
import { formatTime } from "../format/format.ts";
import { linkTone } from "../lots/link-words.ts";
import type { DeviceAction } from "./action-dialog.tsx";
import { DeviceFacts } from "./device-facts.tsx";
import { type Concern, concernsOf, type Device, toneOf } from "./device-health.ts";

export type DeviceTask = DeviceAction | "dead_letters";

interface DeviceCardProps {
  readonly device: Device;
  /** The cloud's wall time, ms. */
  readonly now: number;
  /** How fast that time runs; not 1 in a simulation. */
  readonly rate: number;
  readonly onTask: (task: DeviceTask) => void;
}

export function DeviceCard({ device, now, rate, onTask }: DeviceCardProps) {
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
        {concernsOf(device, now, rate).map((concern) => (
          <li key={concern}>
            <Notice tone={toneOf(concern)}>
              <ConcernWords concern={concern} device={device} />
            </Notice>
          </li>
        ))}
      </ul>
      <DeviceFacts device={device} now={now} />
      <Actions>
        {tasksOf(device).map((task) => (
          <TaskButton key={task} device={device} task={task} onAsk={() => onTask(task)} />
        ))}
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

/** What somebody can do about the device now. */
function tasksOf({ revoked_at: revokedAt, stopped_for: stoppedFor, ...device }: Device): readonly DeviceTask[] {
  if (revokedAt !== null) return device.dead_letters > 0 ? ["dead_letters"] : [];
  return [
    ...(stoppedFor !== null && stoppedFor !== "clone" ? (["release"] as const) : []),
    ...(device.renewal_asked_at === null ? [] : (["renewal"] as const)),
    ...(device.dead_letters > 0 ? (["dead_letters"] as const) : []),
  ];
}

interface TaskButtonProps {
  readonly device: Device;
  readonly task: DeviceTask;
  readonly onAsk: () => void;
}

function TaskButton({ device, task, onAsk }: TaskButtonProps) {
  const { t } = useTranslation();
  return (
    <Button onClick={onAsk} aria-label={t(`devices.${task}_label`, { lot: device.lot_name })}>
      {t(`devices.${task}`)}
    </Button>
  );
}

import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { Notice } from "../../ui/notice.tsx";
import type { Api, ApiFailure } from "../api/client.ts";
import { type CloudTime, useCloudTime } from "../live/use-cloud-time.ts";
import { ActionDialog } from "./action-dialog.tsx";
import { DeadLettersDialog } from "./dead-letters-dialog.tsx";
import { DeviceCard, type DeviceTask } from "./device-card.tsx";
import { type Device, inOrderOfNeed, needsSomebody } from "./device-health.ts";
import { useDevices } from "./use-devices.ts";

/** What somebody is doing about a device. */
interface Task {
  readonly kind: DeviceTask;
  readonly device: Device;
}

interface DevicesViewProps {
  readonly api: Api;
  readonly cloudTime: CloudTime;
}

/** Each edge with how it stands with the cloud, and what somebody can do where a stream doesn't flow. */
export function DevicesView({ api, cloudTime }: DevicesViewProps) {
  const { t } = useTranslation();
  const titleId = useId();
  const now = useCloudTime(cloudTime);
  const { devices, failure, refresh } = useDevices(api);
  const [task, setTask] = useState<Task | null>(null);
  const close = (): void => {
    setTask(null);
    void refresh();
  };
  return (
    <section aria-labelledby={titleId}>
      <div className="mb-2 flex flex-wrap items-baseline justify-between gap-3">
        <h1 id={titleId} className="font-semibold">
          {t("devices.title")}
        </h1>
        {devices && <Summary devices={devices} now={now} rate={cloudTime.rate} />}
      </div>
      {failure && <Failure failure={failure} hasList={devices !== null} />}
      {!devices && !failure && <p className="p-6 text-center text-muted">{t("devices.loading")}</p>}
      {devices?.length === 0 && <Empty />}
      <ul className="mt-2 grid items-start gap-3 sm:grid-cols-[repeat(auto-fill,minmax(min(100%,25rem),1fr))]">
        {inOrderOfNeed(devices ?? [], now, cloudTime.rate).map((device) => (
          <li key={device.id} className="min-w-0">
            <DeviceCard device={device} now={now} rate={cloudTime.rate} onTask={(kind) => setTask({ kind, device })} />
          </li>
        ))}
      </ul>
      {task?.kind === "dead_letters" && <DeadLettersDialog device={task.device} api={api} onClose={close} />}
      {task && task.kind !== "dead_letters" && (
        <ActionDialog action={task.kind} device={task.device} api={api} onClose={close} />
      )}
    </section>
  );
}

interface SummaryProps {
  readonly devices: readonly Device[];
  readonly now: number;
  readonly rate: number;
}

function Summary({ devices, now, rate }: SummaryProps) {
  const { t } = useTranslation();
  const needing = devices.filter((device) => needsSomebody(device, now, rate)).length;
  return (
    <p className="text-muted text-sm">
      {t("devices.count", { count: devices.length })}
      {needing > 0 && <span className="text-warn"> · {t("devices.needing", { count: needing })}</span>}
    </p>
  );
}

function Empty() {
  const { t } = useTranslation();
  return (
    <div className="rounded-lg border border-line border-dashed p-8 text-center">
      <p className="font-medium">{t("devices.none")}</p>
      <p className="text-muted text-sm">{t("devices.none_hint")}</p>
    </div>
  );
}

function Failure({ failure, hasList }: { readonly failure: ApiFailure; readonly hasList: boolean }) {
  const { t } = useTranslation();
  if (failure.status === 403) return <Notice tone="bad">{t("devices.not_allowed")}</Notice>;
  const why = failure.status === null ? t("devices.no_answer") : (failure.detail ?? failure.code);
  return <Notice tone="warn">{t(hasList ? "devices.stale" : "devices.failed", { why })}</Notice>;
}

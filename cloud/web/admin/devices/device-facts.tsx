import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { formatBytes, formatCount, formatDuration, formatTime } from "../format/format.ts";
import { type Device, oldestPendingMs, replicaAgeMs, replicaLag } from "./device-health.ts";

/** Digits of a hash that are shown, as many as `gate sync status` shows at the lot. */
const SHOWN_HASH_DIGITS = 12;

interface DeviceFactsProps {
  readonly device: Device;
  /** The cloud's wall time, ms. */
  readonly now: number;
}

/** The figures of a device, the same as `gate sync status` gives at the lot, as far as the cloud knows them. */
export function DeviceFacts({ device, now }: DeviceFactsProps) {
  const { t, i18n } = useTranslation();
  const locale = i18n.language;
  const time = (iso: string, style: "day_time" | "date"): string =>
    formatTime(Date.parse(iso), style, { locale, zone: device.time_zone });
  const seenAgo = formatDuration(now - Date.parse(device.last_seen_at), locale);
  return (
    <dl className="mt-3 grid grid-cols-2 gap-x-4 gap-y-2 text-sm">
      <Fact name={t("devices.fact.seen")}>{t("devices.ago", { length: seenAgo })}</Fact>
      <Fact name={t("devices.fact.since")}>{time(device.since, "day_time")}</Fact>
      <Fact name={t("devices.fact.cursor")}>
        {t("devices.cursor", { epoch: device.epoch, cursor: formatCount(device.cursor, locale) })}
        <span className="block font-mono text-muted text-xs">{device.hash.slice(0, SHOWN_HASH_DIGITS)}</span>
      </Fact>
      <Fact name={t("devices.fact.changed")}>{time(device.stream_changed_at, "day_time")}</Fact>
      <Fact name={t("devices.fact.backlog")}>
        <Backlog device={device} now={now} />
      </Fact>
      <Fact name={t("devices.fact.replica")}>
        <Replica device={device} now={now} />
      </Fact>
      <Fact name={t("devices.fact.clock")}>
        {device.standing ? t(`devices.clock.${device.standing.clock_quality}`) : t("devices.not_told")}
      </Fact>
      <Fact name={t("devices.fact.disk")}>
        {device.standing
          ? t("devices.disk", {
              used: formatBytes(device.standing.disk_used_bytes, locale),
              free: formatBytes(device.standing.disk_free_bytes, locale),
            })
          : t("devices.not_told")}
      </Fact>
      <Fact name={t("devices.fact.certificate")}>
        {t("devices.until", { time: time(device.certificate_not_after, "date") })}
      </Fact>
      <Fact name={t("devices.fact.version")}>{device.agent_version ?? t("devices.not_told")}</Fact>
    </dl>
  );
}

function Backlog({ device, now }: DeviceFactsProps) {
  const { t, i18n } = useTranslation();
  if (device.outbox_pending === null) return t("devices.not_told");
  if (device.outbox_pending === 0) return t("link.backlog_none");
  const oldest = oldestPendingMs(device, now);
  const backlog = t("link.backlog", { count: device.outbox_pending });
  if (oldest === null) return backlog;
  return t("devices.backlog_oldest", { backlog, length: formatDuration(oldest, i18n.language) });
}

function Replica({ device, now }: DeviceFactsProps) {
  const { t, i18n } = useTranslation();
  const { replica_version: version } = device;
  if (version === null) return t("devices.not_told");
  const lag = replicaLag(device);
  const state =
    lag === null || lag === 0 ? t("devices.replica", { version }) : t("link.replica_behind", { version, count: lag });
  const age = replicaAgeMs(device, now);
  if (age === null) return state;
  return t("devices.replica_confirmed", { state, length: formatDuration(age, i18n.language) });
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-muted text-xs">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

import type { LotLink } from "@gatehouse/shared/contracts/http/operations.ts";
import { DAY_MS } from "@gatehouse/shared/kit/durations.ts";
import type { TFunction } from "i18next";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Badge } from "../../ui/badge.tsx";
import { formatCount, formatTime } from "../format/format.ts";
import { linkTone, replicaLag, toldState } from "./link-words.ts";

interface LinkFactsProps {
  readonly link: LotLink;
  readonly zone: string;
  readonly cloudAt: number;
}

export function LinkFacts({ link, zone, cloudAt }: LinkFactsProps) {
  const { t, i18n } = useTranslation();
  const state = toldState(link);
  const lag = replicaLag(link);
  return (
    <section aria-label={t("link.title")}>
      <p className="flex flex-wrap items-baseline gap-x-2 gap-y-1 text-sm">
        <Badge tone={linkTone(state)}>{t(`link.state.${state}`)}</Badge>
        <Since at={link.since} zone={zone} cloudAt={cloudAt} />
      </p>
      {!link.connected && <p className="mt-1 text-muted text-sm">{t("link.goes_on")}</p>}
      <dl className="mt-2 flex flex-wrap gap-x-5 gap-y-1 text-sm">
        <Fact name={t("link.backlog")} isLoud={(link.outbox_pending ?? 0) > 0}>
          {backlogWords(link, t)}
        </Fact>
        <Fact name={t("link.cursor")}>{formatCount(link.cursor, i18n.language)}</Fact>
        <Fact name={t("link.replica")} isLoud={lag !== 0}>
          {replicaWords(link, lag, t)}
        </Fact>
      </dl>
    </section>
  );
}

function Since({ at, zone, cloudAt }: { readonly at: number | null; readonly zone: string; readonly cloudAt: number }) {
  const { t, i18n } = useTranslation();
  if (at === null) return <span className="text-muted">{t("link.never")}</span>;
  const style = cloudAt - at < DAY_MS ? "time_seconds" : "day_time";
  const time = formatTime(at, style, { locale: i18n.language, zone });
  return (
    <time dateTime={new Date(at).toISOString()} className="text-muted">
      {t("link.since", { time })}
    </time>
  );
}

interface FactProps {
  readonly name: string;
  readonly isLoud?: boolean;
  readonly children: ReactNode;
}

function Fact({ name, isLoud = false, children }: FactProps) {
  return (
    <div className="min-w-0">
      <dt className="text-muted text-xs">{name}</dt>
      <dd className={isLoud ? "font-medium text-warn" : ""}>{children}</dd>
    </div>
  );
}

function backlogWords({ outbox_pending: pending, connected }: LotLink, t: TFunction): string {
  if (pending === null) return t("link.unknown");
  const backlog = pending === 0 ? t("link.backlog_none") : t("link.backlog", { count: pending });
  return connected ? backlog : t("link.backlog_as_of", { backlog });
}

function replicaWords(link: LotLink, lag: number | null, t: TFunction): string {
  if (lag === null) return t("link.replica_unknown", { version: link.replica_version });
  if (lag === 0) return t("link.replica_same", { version: link.replica_version });
  return t("link.replica_behind", { version: link.replica_version_at_edge ?? 0, count: lag });
}

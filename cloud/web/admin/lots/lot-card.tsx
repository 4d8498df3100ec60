import type { LiveLot } from "@gatehouse/shared/contracts/http/operations.ts";
import { memo, useId } from "react";
import { useTranslation } from "react-i18next";
import { formatTime } from "../format/format.ts";
import { LaneRow } from "../lanes/lane-row.tsx";
import type { LaneChoice } from "../lanes/open-lane-dialog.tsx";
import { useCloudTime } from "../live/use-cloud-time.ts";
import { LinkFacts } from "./link-facts.tsx";
import { SpotBars } from "./spot-bars.tsx";

interface LotCardProps {
  readonly lot: LiveLot;
  readonly cloudAt: number;
  readonly rate: number;
  readonly onOpenLane: (choice: LaneChoice) => void;
}

export const LotCard = memo(function LotCard({ lot, cloudAt, rate, onOpenLane }: LotCardProps) {
  const { t } = useTranslation();
  const titleId = useId();
  return (
    <article aria-labelledby={titleId} className="rounded-lg border border-line bg-panel">
      <header className="flex items-start justify-between gap-3 px-4 pt-3">
        <div className="min-w-0">
          <h3 id={titleId} className="line-clamp-3 font-semibold leading-snug" title={lot.name}>
            {lot.name}
          </h3>
          <p className="text-muted text-sm">{t("lots.open_sessions", { count: lot.open_sessions })}</p>
        </div>
        <LotClock zone={lot.time_zone} cloudAt={cloudAt} rate={rate} />
      </header>
      <div className="flex flex-col gap-3 px-4 py-3">
        <LinkFacts link={lot.link} zone={lot.time_zone} cloudAt={cloudAt} />
        <SpotBars spots={lot.spots} />
      </div>
      <h4 className="sr-only">{t("lots.lanes")}</h4>
      {lot.lanes.length === 0 && (
        <p className="border-line border-t px-4 py-3 text-muted text-sm">{t("lots.no_lanes")}</p>
      )}
      {lot.lanes.length > 0 && !lot.link.connected && (
        <p className="border-line border-t px-4 py-2 text-muted text-sm">{t("lots.lanes_as_last_seen")}</p>
      )}
      <ul className={lot.link.connected ? undefined : "grayscale"}>
        {lot.lanes.map((lane) => (
          <LaneRow
            key={lane.lane_id}
            lane={lane}
            onOpen={() => onOpenLane({ laneId: lane.lane_id, lane: lane.code, lot: lot.name })}
            lotName={lot.name}
          />
        ))}
      </ul>
    </article>
  );
});

function LotClock({ zone, cloudAt, rate }: { readonly zone: string; readonly cloudAt: number; readonly rate: number }) {
  const { t, i18n } = useTranslation();
  const now = useCloudTime({ at: cloudAt, rate });
  return (
    <p className="shrink-0 text-right">
      <span className="sr-only">{t("lots.local_time")} </span>
      <time dateTime={new Date(now).toISOString()} className="block font-mono">
        {formatTime(now, "time_seconds", { locale: i18n.language, zone })}
      </time>
      <span className="block text-muted text-xs">{zone.replaceAll("_", " ")}</span>
    </p>
  );
}

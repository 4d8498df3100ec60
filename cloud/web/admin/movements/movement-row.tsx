import type { LiveLot, LiveMovement } from "@gatehouse/shared/contracts/http/operations.ts";
import { DAY_MS } from "@gatehouse/shared/kit/durations.ts";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { Badge } from "../../ui/badge.tsx";
import type { Tone } from "../../ui/tone.ts";
import { formatDuration, formatFee, formatTime } from "../format/format.ts";
import { codeWords } from "../i18n/code-words.ts";
import { lateness } from "./filter.ts";

const DECISION_TONES: Readonly<Record<NonNullable<LiveMovement["decision"]> | "none", Tone>> = {
  admit: "good",
  refuse: "bad",
  ask: "warn",
  none: "quiet",
};

interface MovementRowProps {
  readonly movement: LiveMovement;
  /** Undefined when the lot is no longer among those of the page. */
  readonly lot: LiveLot | undefined;
  readonly rate: number;
}

export const MovementRow = memo(
  function MovementRow({ movement, lot, rate }: MovementRowProps) {
    const { t, i18n } = useTranslation();
    const decision = movement.decision ?? "none";
    const fee = formatFee({ minor: movement.fee_minor, currency: movement.currency }, i18n.language);
    return (
      <li className="movement border-line border-b px-4 py-2 text-sm last:border-b-0">
        <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <EventTime at={movement.at} receivedAt={movement.received_at} zone={lot?.time_zone ?? "UTC"} />
          <span className="w-8 text-muted">{t(`movements.direction.${movement.direction}`)}</span>
          {movement.plate === null ? (
            <span className="text-muted">{t("movements.no_plate")}</span>
          ) : (
            <b className="plate">{movement.plate}</b>
          )}
          <Badge tone={DECISION_TONES[decision]}>{t(`movements.decision.${decision}`)}</Badge>
          {fee !== null && (
            <span className="ml-auto font-medium">
              <span className="sr-only">{t("movements.fee")} </span>
              {fee}
            </span>
          )}
        </div>
        <p className="mt-0.5">{movement.reasons.map((reason) => codeWords(i18n, "reason", reason)).join(" ")}</p>
        <p className="mt-0.5 line-clamp-2 text-muted">
          {movement.lane_code} · {t(`movements.outcome.${movement.outcome ?? "pending"}`)} ·{" "}
          {lot?.name ?? movement.lot_id}
        </p>
        <Late movement={movement} rate={rate} />
      </li>
    );
  },
  (before, after) =>
    before.movement === after.movement &&
    before.rate === after.rate &&
    before.lot?.name === after.lot?.name &&
    before.lot?.time_zone === after.lot?.time_zone,
);

interface EventTimeProps {
  readonly at: number;
  readonly receivedAt: number;
  readonly zone: string;
}

function EventTime({ at, receivedAt, zone }: EventTimeProps) {
  const { i18n } = useTranslation();
  const style = receivedAt - at < DAY_MS ? "time_seconds" : "day_time";
  return (
    <time dateTime={new Date(at).toISOString()} className="font-mono">
      {formatTime(at, style, { locale: i18n.language, zone })}
    </time>
  );
}

function Late({ movement, rate }: { readonly movement: LiveMovement; readonly rate: number }) {
  const { t, i18n } = useTranslation();
  const lateMs = lateness(movement, rate);
  if (lateMs === null) return null;
  return (
    <p className="mt-0.5 font-medium text-warn">
      {t("movements.late", { delay: formatDuration(lateMs, i18n.language) })}
    </p>
  );
}

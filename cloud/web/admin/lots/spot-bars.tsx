import type { SpotCounts } from "@gatehouse/shared/contracts/http/operations.ts";
import { useTranslation } from "react-i18next";

const PARTS = [
  { key: "occupied", fill: "bg-accent" },
  { key: "reserved", fill: "bg-accent/45" },
  { key: "out_of_service", fill: "bg-control" },
] as const;

export function SpotBars({ spots }: { readonly spots: readonly SpotCounts[] }) {
  const { t } = useTranslation();
  if (spots.length === 0) return <p className="text-muted text-sm">{t("lots.no_spots")}</p>;
  return (
    <section aria-label={t("lots.spots")}>
      <ul className="flex flex-col gap-2">
        {spots.map((counts) => (
          <SpotBar key={counts.type} counts={counts} />
        ))}
      </ul>
    </section>
  );
}

function SpotBar({ counts }: { readonly counts: SpotCounts }) {
  const { t } = useTranslation();
  const { type, total, available } = counts;
  const told = PARTS.filter(({ key }) => key === "occupied" || counts[key] > 0);
  return (
    <li className="text-sm">
      <p className="flex flex-wrap justify-between gap-x-3">
        <span>
          <span className="font-medium">{t(`lots.type.${type}`)}</span>{" "}
          <span className={available === 0 ? "font-medium text-bad" : ""}>
            {t("lots.spots_free", { available, total })}
          </span>
        </span>
        <span className="text-muted">
          {told.map(({ key }) => t(`lots.${key}`, { count: counts[key] })).join(" · ")}
        </span>
      </p>
      <div aria-hidden="true" className="mt-0.5 flex h-2 overflow-hidden rounded-sm border border-control bg-panel">
        {PARTS.map(({ key, fill }) => (
          <div key={key} className={fill} style={{ width: `${share(counts[key], total)}%` }} />
        ))}
      </div>
    </li>
  );
}

/** A part of a whole in percent, for the width of a bar. */
function share(part: number, total: number): number {
  return total === 0 ? 0 : Math.min(100, (part / total) * 100);
}

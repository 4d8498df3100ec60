import type { LiveLot } from "@gatehouse/shared/contracts/http/operations.ts";
import { useTranslation } from "react-i18next";
import type { LaneChoice } from "../lanes/open-lane-dialog.tsx";
import { LotCard } from "./lot-card.tsx";

interface LotsSectionProps {
  readonly lots: readonly LiveLot[];
  readonly cloudAt: number;
  readonly rate: number;
  readonly onOpenLane: (choice: LaneChoice) => void;
}

export function LotsSection({ lots, cloudAt, rate, onOpenLane }: LotsSectionProps) {
  const { t } = useTranslation();
  return (
    <section id="lots" aria-labelledby="lots-title" className="min-w-0 scroll-mt-24">
      <div className="mb-2 flex items-baseline justify-between gap-3">
        <h2 id="lots-title" className="font-semibold">
          {t("lots.title")}
        </h2>
        <p className="text-muted text-sm">{t("lots.count", { count: lots.length })}</p>
      </div>
      {lots.length === 0 && (
        <div className="rounded-lg border border-line border-dashed p-8 text-center">
          <p className="font-medium">{t("lots.none")}</p>
          <p className="text-muted text-sm">{t("lots.none_hint")}</p>
        </div>
      )}
      <ul className="grid items-start gap-3 sm:grid-cols-[repeat(auto-fit,minmax(min(100%,25rem),1fr))]">
        {lots.map((lot) => (
          <li key={lot.lot_id} className="min-w-0">
            <LotCard lot={lot} cloudAt={cloudAt} rate={rate} onOpenLane={onOpenLane} />
          </li>
        ))}
      </ul>
    </section>
  );
}

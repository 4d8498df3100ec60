import type { LiveLot, LiveMovement } from "@gatehouse/shared/contracts/http/operations.ts";
import { useDeferredValue, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button.tsx";
import { ScrollRegion } from "../../ui/scroll-region.tsx";
import { Select } from "../../ui/select.tsx";
import { filterMovements, type MovementFilter } from "./filter.ts";
import { MovementRow } from "./movement-row.tsx";
import { usePause } from "./use-pause.ts";

/** Rows that are drawn; more are kept and found by the filter. */
const MAX_SHOWN = 200;
const ALL_LOTS = "all";

interface MovementStreamProps {
  readonly movements: readonly LiveMovement[];
  readonly lots: readonly LiveLot[];
  readonly rate: number;
}

export function MovementStream({ movements, lots, rate }: MovementStreamProps) {
  const { t } = useTranslation();
  const pause = usePause(movements);
  const [filter, setFilter] = useState<MovementFilter>({ lotId: null, plate: "" });
  // A burst may draw late; typing and buttons come first.
  const calm = useDeferredValue(pause.movements);
  const found = useMemo(() => filterMovements(calm, filter), [calm, filter]);
  const shown = found.slice(0, MAX_SHOWN);
  const lotsById = useMemo(() => new Map(lots.map((lot) => [lot.lot_id, lot])), [lots]);
  return (
    <section
      id="movements"
      aria-labelledby="movements-title"
      className="flex min-w-0 scroll-mt-24 flex-col rounded-lg border border-line bg-panel xl:sticky xl:top-16 xl:max-h-[calc(100vh-5rem)]"
    >
      <div className="flex flex-col gap-2 border-line border-b px-4 py-3">
        <div className="flex items-center justify-between gap-3">
          <h2 id="movements-title" className="font-semibold">
            {t("movements.title")}
          </h2>
          <Button aria-pressed={pause.isPaused} onClick={pause.toggle}>
            {pauseWords(pause, t)}
          </Button>
        </div>
        <Filters lots={lots} filter={filter} onFilter={setFilter} />
        <p className="text-muted text-xs">{t("movements.shown", { shown: shown.length, known: calm.length })}</p>
      </div>
      <ScrollRegion label={t("movements.list")}>
        {shown.length === 0 && <Nothing isFiltered={calm.length > 0} />}
        <ol>
          {shown.map((movement) => (
            <MovementRow
              key={movement.movement_id}
              movement={movement}
              lot={lotsById.get(movement.lot_id)}
              rate={rate}
            />
          ))}
        </ol>
      </ScrollRegion>
    </section>
  );
}

function pauseWords(pause: ReturnType<typeof usePause>, t: ReturnType<typeof useTranslation>["t"]): string {
  if (!pause.isPaused) return t("movements.pause");
  return pause.waiting === 0 ? t("movements.resume") : t("movements.resume_new", { count: pause.waiting });
}

interface FiltersProps {
  readonly lots: readonly LiveLot[];
  readonly filter: MovementFilter;
  readonly onFilter: (filter: MovementFilter) => void;
}

function Filters({ lots, filter, onFilter }: FiltersProps) {
  const { t } = useTranslation();
  const options = [
    { value: ALL_LOTS, text: t("movements.all_lots") },
    ...lots.map((lot) => ({ value: lot.lot_id, text: lot.name })),
  ];
  return (
    <div className="flex flex-wrap gap-x-4 gap-y-2">
      <Select
        label={t("movements.filter_lot")}
        value={filter.lotId ?? ALL_LOTS}
        options={options}
        onChange={(value) => onFilter({ ...filter, lotId: value === ALL_LOTS ? null : value })}
      />
      <label className="flex items-center gap-2 text-muted text-sm">
        {t("movements.filter_plate")}
        <input
          className="field w-28 font-mono"
          type="search"
          autoComplete="off"
          maxLength={32}
          value={filter.plate}
          onChange={({ target }) => onFilter({ ...filter, plate: target.value })}
        />
      </label>
    </div>
  );
}

function Nothing({ isFiltered }: { readonly isFiltered: boolean }) {
  const { t } = useTranslation();
  if (isFiltered) return <p className="p-6 text-center text-muted text-sm">{t("movements.none_match")}</p>;
  return (
    <div className="p-6 text-center text-sm">
      <p className="font-medium">{t("movements.none")}</p>
      <p className="text-muted">{t("movements.none_hint")}</p>
    </div>
  );
}

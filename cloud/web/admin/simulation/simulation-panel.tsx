import type { LiveLot, Simulation } from "@gatehouse/shared/contracts/http/operations.ts";
import { useTranslation } from "react-i18next";
import { Notice } from "../../ui/notice.tsx";
import { Switch } from "../../ui/switch.tsx";
import type { SimulationControl } from "./use-simulation.ts";

interface SimulationPanelProps {
  readonly simulation: SimulationControl;
  readonly world: Simulation;
  readonly lots: readonly LiveLot[];
}

export function SimulationPanel({ simulation, world, lots }: SimulationPanelProps) {
  const { t } = useTranslation();
  const { isStale, failure } = simulation;
  return (
    <section
      id="simulation"
      aria-labelledby="simulation-title"
      className="scroll-mt-24 rounded-lg border border-line bg-panel px-4 py-3"
    >
      <h2 id="simulation-title" className="font-semibold">
        {t("simulation.title")}
      </h2>
      <p className="max-w-4xl text-muted text-sm">{t("simulation.what")}</p>
      <p className="text-muted text-sm">
        {world.wall_rate === 1 ? t("simulation.wall_rate_real") : t("simulation.wall_rate", { rate: world.wall_rate })}
      </p>
      <div className="mt-1 empty:hidden" role="status">
        {isStale && <Notice tone="warn">{t("simulation.stale")}</Notice>}
        {failure && (
          <Notice tone="bad">{t("simulation.failed", { why: failure.detail ?? t("simulation.no_answer") })}</Notice>
        )}
      </div>
      <ul className="mt-2 grid gap-x-8 gap-y-1 sm:grid-cols-[repeat(auto-fill,minmax(min(100%,24rem),1fr))]">
        {world.lots.map((lot) => {
          const name = lots.find(({ lot_id }) => lot_id === lot.lot_id)?.name ?? lot.lot_id;
          return <LinkSwitch key={lot.lot_id} lot={lot} name={name} simulation={simulation} />;
        })}
      </ul>
    </section>
  );
}

interface LinkSwitchProps {
  readonly lot: Simulation["lots"][number];
  readonly name: string;
  readonly simulation: SimulationControl;
}

function LinkSwitch({ lot, name, simulation }: LinkSwitchProps) {
  const { t } = useTranslation();
  const isBusy = simulation.switching === lot.lot_id;
  return (
    <li className="flex items-center gap-3">
      <Switch
        label={t("simulation.link", { lot: name })}
        isOn={lot.link === "up"}
        isBusy={isBusy}
        text={t(`simulation.${lot.link}`)}
        onToggle={() => {
          if (!isBusy) void simulation.setLink(lot.lot_id, lot.link === "up" ? "cut" : "up");
        }}
      />
      <span className="min-w-0">
        <span className="line-clamp-2 text-sm">{name}</span>
        <span className="block text-muted text-xs">{t("simulation.vehicles", { count: lot.vehicles_inside })}</span>
      </span>
    </li>
  );
}

import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Api } from "./api/client.ts";
import { type LaneChoice, OpenLaneDialog } from "./lanes/open-lane-dialog.tsx";
import type { LiveState } from "./live/state.ts";
import { LotsSection } from "./lots/lots-section.tsx";
import { MovementStream } from "./movements/movement-stream.tsx";
import { SimulationPanel } from "./simulation/simulation-panel.tsx";
import type { SimulationControl } from "./simulation/use-simulation.ts";

interface OperationsViewProps {
  readonly state: LiveState;
  readonly api: Api;
  readonly simulation: SimulationControl;
  readonly rate: number;
}

export function OperationsView({ state, api, simulation, rate }: OperationsViewProps) {
  const { t } = useTranslation();
  const [choice, setChoice] = useState<LaneChoice | null>(null);
  const choose = useCallback((chosen: LaneChoice) => setChoice(chosen), []);
  return (
    <>
      <h1 className="sr-only">{t("page.title")}</h1>
      <Jumps hasSimulation={simulation.world !== null} />
      {simulation.world && <SimulationPanel simulation={simulation} world={simulation.world} lots={state.lots} />}
      {!state.ready && <p className="p-6 text-center text-muted">{t("page.loading")}</p>}
      {state.ready && (
        <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,1fr)_minmax(26rem,34rem)]">
          <LotsSection lots={state.lots} cloudAt={state.cloudAt ?? 0} rate={rate} onOpenLane={choose} />
          <MovementStream movements={state.movements} lots={state.lots} rate={rate} />
        </div>
      )}
      {choice && <OpenLaneDialog choice={choice} api={api} onClose={() => setChoice(null)} />}
    </>
  );
}

function Jumps({ hasSimulation }: { readonly hasSimulation: boolean }) {
  const { t } = useTranslation();
  const parts = [...(hasSimulation ? (["simulation"] as const) : []), "lots", "movements"] as const;
  return (
    <nav aria-label={t("page.jump")} className="flex gap-3 text-sm xl:hidden">
      {parts.map((part) => (
        <a key={part} href={`#${part}`} className="py-1 text-accent underline underline-offset-4">
          {t(`${part}.title`)}
        </a>
      ))}
    </nav>
  );
}

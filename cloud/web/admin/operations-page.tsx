import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../ui/button.tsx";
import { Notice } from "../ui/notice.tsx";
import { createApi } from "./api/client.ts";
import { formatTime } from "./format/format.ts";
import { type LaneChoice, OpenLaneDialog } from "./lanes/open-lane-dialog.tsx";
import type { Connection, SignedOutCause } from "./live/connection.ts";
import { useLive } from "./live/use-live.ts";
import { LotsSection } from "./lots/lots-section.tsx";
import { MovementStream } from "./movements/movement-stream.tsx";
import { PageHeader } from "./page-header.tsx";
import { SimulationPanel } from "./simulation/simulation-panel.tsx";
import { useSimulation } from "./simulation/use-simulation.ts";

interface OperationsPageProps {
  readonly token: string;
  readonly onSignedOut: (cause: SignedOutCause) => void;
}

export function OperationsPage({ token, onSignedOut }: OperationsPageProps) {
  const { t } = useTranslation();
  const api = useMemo(() => createApi(token), [token]);
  const { state, connection } = useLive(token, onSignedOut);
  const simulation = useSimulation(api);
  const [choice, setChoice] = useState<LaneChoice | null>(null);
  const choose = useCallback((chosen: LaneChoice) => setChoice(chosen), []);
  const rate = simulation.world?.wall_rate ?? 1;
  return (
    <>
      <PageHeader
        connection={connection}
        jumps={<Jumps hasSimulation={simulation.world !== null} />}
        actions={<Button onClick={() => onSignedOut("asked")}>{t("page.sign_out")}</Button>}
      />
      <main id="content" tabIndex={-1} className="flex flex-col gap-4 p-3 outline-none sm:p-4">
        <h1 className="sr-only">{t("page.title")}</h1>
        <ConnectionNotice connection={connection} />
        {state.unreadable > 0 && <Notice tone="warn">{t("page.unreadable", { count: state.unreadable })}</Notice>}
        {simulation.world && <SimulationPanel simulation={simulation} world={simulation.world} lots={state.lots} />}
        {!state.ready && <p className="p-6 text-center text-muted">{t("page.loading")}</p>}
        {state.ready && (
          <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,1fr)_minmax(26rem,34rem)]">
            <LotsSection lots={state.lots} cloudAt={state.cloudAt ?? 0} rate={rate} onOpenLane={choose} />
            <MovementStream movements={state.movements} lots={state.lots} rate={rate} />
          </div>
        )}
      </main>
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

function ConnectionNotice({ connection }: { readonly connection: Connection }) {
  const { t, i18n } = useTranslation();
  if (connection.kind !== "reconnecting") return null;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const time = formatTime(connection.since, "time_seconds", { locale: i18n.language, zone });
  return <Notice tone="warn">{t("connection.reconnecting_since", { time, attempt: connection.attempt })}</Notice>;
}

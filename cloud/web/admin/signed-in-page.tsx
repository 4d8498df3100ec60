import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../ui/button.tsx";
import { Notice } from "../ui/notice.tsx";
import { createApi } from "./api/client.ts";
import { DevicesView } from "./devices/devices-view.tsx";
import { formatTime } from "./format/format.ts";
import type { Connection, SignedOutCause } from "./live/connection.ts";
import { useLive } from "./live/use-live.ts";
import { OperationsView } from "./operations-view.tsx";
import { PageHeader } from "./page-header.tsx";
import { useServices } from "./services.ts";
import { useSimulation } from "./simulation/use-simulation.ts";
import { useView } from "./view.ts";

interface SignedInPageProps {
  readonly token: string;
  readonly onSignedOut: (cause: SignedOutCause) => void;
}

/** What is common to all views of one token: the live connection, the header, and the view that the address names. */
export function SignedInPage({ token, onSignedOut }: SignedInPageProps) {
  const { t } = useTranslation();
  const view = useView();
  const api = useMemo(() => createApi(token), [token]);
  const { state, connection } = useLive(token, onSignedOut);
  const simulation = useSimulation(api);
  const { clock } = useServices();
  const [openedAt] = useState(() => clock.wall());
  const rate = simulation.world?.wall_rate ?? 1;
  return (
    <>
      <PageHeader
        connection={connection}
        view={view}
        actions={<Button onClick={() => onSignedOut("asked")}>{t("page.sign_out")}</Button>}
      />
      <main id="content" tabIndex={-1} className="flex flex-col gap-4 p-3 outline-none sm:p-4">
        <ConnectionNotice connection={connection} />
        {state.unreadable > 0 && <Notice tone="warn">{t("page.unreadable", { count: state.unreadable })}</Notice>}
        {view === "operations" && <OperationsView state={state} api={api} simulation={simulation} rate={rate} />}
        {view === "devices" && <DevicesView api={api} cloudTime={{ at: state.cloudAt ?? openedAt, rate }} />}
      </main>
    </>
  );
}

function ConnectionNotice({ connection }: { readonly connection: Connection }) {
  const { t, i18n } = useTranslation();
  if (connection.kind !== "reconnecting") return null;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const time = formatTime(connection.since, "time_seconds", { locale: i18n.language, zone });
  return <Notice tone="warn">{t("connection.reconnecting_since", { time, attempt: connection.attempt })}</Notice>;
}

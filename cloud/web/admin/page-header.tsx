import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Badge } from "../ui/badge.tsx";
import type { Tone } from "../ui/tone.ts";
import type { Connection } from "./live/connection.ts";
import { Preferences } from "./preferences.tsx";
import { addressOf, VIEWS, type View } from "./view.ts";

const TONES: Readonly<Record<Connection["kind"], Tone>> = {
  signed_out: "quiet",
  connecting: "quiet",
  live: "good",
  reconnecting: "warn",
};

interface PageHeaderProps {
  readonly connection: Connection;
  /** The view that is shown; without one there are no links to views. */
  readonly view?: View;
  readonly actions?: ReactNode;
}

export function PageHeader({ connection, view, actions }: PageHeaderProps) {
  const { t } = useTranslation();
  return (
    <header className="sm:sticky sm:top-0 z-10 border-line border-b bg-panel">
      <a
        href="#content"
        className="sr-only rounded-md bg-accent px-3 py-2 font-medium text-on-accent focus:not-sr-only focus:absolute focus:top-2 focus:left-2"
      >
        {t("page.skip")}
      </a>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-2">
        <p className="font-semibold tracking-tight">Gatehouse</p>
        {view && <ViewLinks shown={view} />}
        {/* The word alone is announced, when it changes; the details beside it are not. */}
        <span role="status">
          <Badge tone={TONES[connection.kind]}>{t(`connection.${connection.kind}`)}</Badge>
        </span>
        <div className="ml-auto flex flex-wrap items-center gap-2">
          <Preferences />
          {actions}
        </div>
      </div>
    </header>
  );
}

function ViewLinks({ shown }: { readonly shown: View }) {
  const { t } = useTranslation();
  return (
    <nav aria-label={t("page.views")} className="flex gap-1 text-sm">
      {VIEWS.map((view) => (
        <a
          key={view}
          href={addressOf(view)}
          aria-current={view === shown ? "page" : undefined}
          className={`rounded-md px-2 py-1 ${view === shown ? "bg-raised font-medium text-ink" : "text-accent underline underline-offset-4"}`}
        >
          {t(`${view}.view`)}
        </a>
      ))}
    </nav>
  );
}

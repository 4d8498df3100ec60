import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Badge } from "../ui/badge.tsx";
import type { Tone } from "../ui/tone.ts";
import type { Connection } from "./live/connection.ts";
import { Preferences } from "./preferences.tsx";

const TONES: Readonly<Record<Connection["kind"], Tone>> = {
  signed_out: "quiet",
  connecting: "quiet",
  live: "good",
  reconnecting: "warn",
};

interface PageHeaderProps {
  readonly connection: Connection;
  /** Links to the parts of the page. */
  readonly jumps?: ReactNode;
  readonly actions?: ReactNode;
}

export function PageHeader({ connection, jumps, actions }: PageHeaderProps) {
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
        <p className="flex items-baseline gap-2">
          <span className="font-semibold tracking-tight">Gatehouse</span>
          <span className="text-muted text-sm">{t("page.subtitle")}</span>
        </p>
        {/* The word alone is announced, when it changes; the details beside it are not. */}
        <span role="status">
          <Badge tone={TONES[connection.kind]}>{t(`connection.${connection.kind}`)}</Badge>
        </span>
        {jumps}
        <div className="ml-auto flex flex-wrap items-center gap-2">
          <Preferences />
          {actions}
        </div>
      </div>
    </header>
  );
}

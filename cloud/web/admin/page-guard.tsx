import { Component, type ReactNode } from "react";
import { Translation } from "react-i18next";
import { Button } from "../ui/button.tsx";
import { Notice } from "../ui/notice.tsx";

/** Shows what to do when drawing the page fails, in place of a blank one. */
export class PageGuard extends Component<{ children: ReactNode }, { hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError(): { hasFailed: boolean } {
    return { hasFailed: true };
  }

  override render(): ReactNode {
    if (!this.state.hasFailed) return this.props.children;
    return (
      <Translation>
        {(t) => (
          <main className="mx-auto flex max-w-xl flex-col gap-4 p-6">
            <h1 className="font-semibold text-xl">{t("page.failed_title")}</h1>
            <Notice tone="bad">{t("page.failed")}</Notice>
            <Button onClick={() => location.reload()}>{t("page.reload")}</Button>
          </main>
        )}
      </Translation>
    );
  }
}

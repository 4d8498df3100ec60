import { useSyncExternalStore } from "react";

/** The views of a signed-in page, in the order of their links. */
export const VIEWS = ["operations", "devices"] as const;
export type View = (typeof VIEWS)[number];

/** The address of a view within the page. A fragment such as `#lots` is a place in the first view, not a view. */
export function addressOf(view: View): string {
  return `#/${view}`;
}

/** The view that the address names; the first one when it names none. */
export function useView(): View {
  return useSyncExternalStore(listen, () => viewOf(location.hash));
}

/** The view that a fragment of an address names. */
export function viewOf(fragment: string): View {
  return VIEWS.find((view) => fragment === addressOf(view)) ?? "operations";
}

function listen(onChange: () => void): () => void {
  window.addEventListener("hashchange", onChange);
  return () => window.removeEventListener("hashchange", onChange);
}

import { type ReactNode, useEffect, useRef } from "react";

/**
 * A part of the page that scrolls by itself. It takes the keyboard's focus, or nobody could scroll it without a mouse
 * (WCAG 2.1, 2.1.1); where it is drawn at full height it is no stop.
 */
export function ScrollRegion({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  const region = useRef<HTMLElement>(null);
  useEffect(() => {
    const element = region.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      element.tabIndex = element.scrollHeight > element.clientHeight ? 0 : -1;
    });
    observer.observe(element);
    for (const child of element.children) observer.observe(child);
    return () => observer.disconnect();
  }, []);
  return (
    <section ref={region} aria-label={label} className="relative min-h-0 overflow-y-auto">
      {children}
    </section>
  );
}

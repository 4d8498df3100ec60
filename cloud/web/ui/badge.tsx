import type { ReactNode } from "react";
import { type Tone, toneClasses } from "./tone.ts";

/** A few words with the colour of their meaning. */
export function Badge({ tone, children }: { readonly tone: Tone; readonly children: ReactNode }) {
  return (
    <span
      className={`inline-block shrink-0 whitespace-nowrap rounded-sm border px-1.5 font-medium text-xs leading-5 ${toneClasses[tone]}`}
    >
      {children}
    </span>
  );
}

import type { ReactNode } from "react";
import { type Tone, toneClasses } from "./tone.ts";

interface NoticeProps {
  readonly tone: Tone;
  /** `alert` interrupts a screen reader, `status` waits; without one nothing is announced. */
  readonly role?: "alert" | "status";
  readonly children: ReactNode;
}

export function Notice({ tone, role, children }: NoticeProps) {
  return (
    <p role={role} className={`break-words rounded-md border px-3 py-2 text-sm ${toneClasses[tone]}`}>
      {children}
    </p>
  );
}

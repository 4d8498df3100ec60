/** What a colour means here; the words beside it always say the same. */
export type Tone = "good" | "warn" | "bad" | "quiet";

export const toneClasses: Readonly<Record<Tone, string>> = {
  good: "bg-good-soft text-good border-good/40",
  warn: "bg-warn-soft text-warn border-warn/40",
  bad: "bg-bad-soft text-bad border-bad/40",
  quiet: "bg-raised text-muted border-line",
};

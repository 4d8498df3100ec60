export const LOOPS = ["arming", "safety", "closing"] as const;
export type LoopName = (typeof LOOPS)[number];
export type LoopReading = "occupied" | "clear" | "unknown";

/** What a loop's word in the telemetry means; only words that are known to mean clear do (SAFE-03 holds for eyes too). */
export function loopReading(word: string): LoopReading {
  switch (word) {
    case "occupied":
    case "active":
      return "occupied";
    case "clear":
    case "quiet":
      return "clear";
    default:
      return "unknown";
  }
}

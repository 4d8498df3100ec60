import type { Finding } from "../contract.ts";

/** A finding that all is well. */
export function fine(id: string, message: string): Finding {
  return { id, level: "ok", message, advice: null };
}

/** A finding that will need somebody; `advice` says what to do. */
export function warning(id: string, message: string, advice: string): Finding {
  return { id, level: "warning", message, advice };
}

/** A finding that needs somebody now: `gate doctor` ends with exit code 1. */
export function fault(id: string, message: string, advice: string): Finding {
  return { id, level: "fault", message, advice };
}

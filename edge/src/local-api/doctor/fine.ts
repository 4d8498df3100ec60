import type { Finding } from "../contract.ts";

/** A finding that all is well. */
export function fine(id: string, message: string): Finding {
  return { id, level: "ok", message, advice: null };
}

export function warning(id: string, message: string, advice: string): Finding {
  return { id, level: "warning", message, advice };
}

export function fault(id: string, message: string, advice: string): Finding {
  return { id, level: "fault", message, advice };
}

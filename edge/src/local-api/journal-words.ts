import type { JournalView } from "./contract.ts";

/** A journal row in one line that a technician can read; `--json` has all of it. */
export function journalWords({ kind, data }: Pick<JournalView, "kind" | "data">): string {
  if (kind !== "lane.step" || !isRecord(data)) return flat(data);
  const effects = Array.isArray(data.effects) ? data.effects.map(effectWords) : [];
  return `${eventWords(data.event)} -> ${String(data.state)}${effects.length > 0 ? `: ${effects.join(", ")}` : ""}`;
}

function eventWords(event: unknown): string {
  if (!isRecord(event)) return flat(event);
  if (isRecord(event.report))
    return isRecord(event.report.inputs) ? inputWords(event.report.inputs) : String(event.report.kind);
  if (isRecord(event.credential)) return `read ${String(event.credential.value)}`;
  if (isRecord(event.decision)) return `decided ${String(event.decision.outcome)} (${flat(event.decision.reasons)})`;
  if (isRecord(event.command)) return `command ${String(event.command.action)}`;
  return String(event.kind);
}

function inputWords(inputs: Readonly<Record<string, unknown>>): string {
  const on = ["arming", "safety", "closing"]
    .filter((loop) => inputs[loop] !== "clear")
    .map((loop) => `${loop} ${String(inputs[loop])}`);
  const hazard = inputs.hazard === null ? [] : [`hazard ${String(inputs.hazard)}`];
  return [on.length > 0 ? on.join(", ") : "loops clear", `arm ${String(inputs.position)}`, ...hazard].join(", ");
}

function effectWords(effect: unknown): string {
  if (!isRecord(effect)) return flat(effect);
  const inner = isRecord(effect.command) ? effect.command.kind : (effect.outcome ?? effect.code);
  return [effect.kind, inner].filter((word) => word !== undefined).join(" ");
}

/** Plain data as `key=value` words. */
function flat(data: unknown): string {
  if (Array.isArray(data)) return data.map(flat).join(" ");
  if (!isRecord(data)) return String(data);
  return Object.entries(data)
    .filter(([, value]) => value !== null)
    .map(([key, value]) => `${key}=${isRecord(value) ? JSON.stringify(value) : flat(value)}`)
    .join(" ");
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

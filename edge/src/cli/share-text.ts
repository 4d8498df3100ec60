import type { AgentStatus } from "../local-api/contract.ts";
import { bytes } from "./format.ts";

const LEVELS: Readonly<Record<AgentStatus["store_share"]["level"], string>> = {
  normal: "",
  shed: ", telemetry is not kept",
  refuse_entries: ", NO NEW VEHICLE IS LET IN",
};

/** How the store fills what it may take of its disk. */
export function shareText({ level, used_bytes, room_bytes }: AgentStatus["store_share"]): string {
  if (room_bytes === null) return "its share is not measured yet";
  return `${bytes(used_bytes)} of the ${bytes(room_bytes)} that it may take${LEVELS[level]}`;
}

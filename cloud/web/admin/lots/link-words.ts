import type { LotLink } from "@gatehouse/shared/contracts/http/operations.ts";
import type { LinkState } from "@gatehouse/shared/contracts/primitives.ts";
import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import type { Tone } from "../../ui/tone.ts";

/** The state to tell: a lot that last said `online` and then fell silent is not. */
export function toldState(link: LotLink): LinkState | "not_connected" {
  return link.connected || link.state !== "online" ? link.state : "not_connected";
}

/** The colour for a told state. */
export function linkTone(state: LinkState | "not_connected"): Tone {
  switch (state) {
    case "online":
      return "good";
    case "degraded":
    case "gateway_down":
      return "warn";
    case "cloud_down":
    case "network_down":
    case "not_connected":
      return "bad";
    default:
      return assertNever(state);
  }
}

/** How many versions of the lot's data the edge lacks; null when it hasn't told. */
export function replicaLag(link: LotLink): number | null {
  if (link.replica_version_at_edge === null) return null;
  return Math.max(0, link.replica_version - link.replica_version_at_edge);
}

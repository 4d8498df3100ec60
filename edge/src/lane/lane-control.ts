import type { CredentialKind, ReadEvidence } from "@gatehouse/shared/contracts/mqtt/events.ts";
import type { TelemetryLane } from "@gatehouse/shared/contracts/mqtt/link.ts";
import type { Direction } from "@gatehouse/shared/contracts/primitives.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";

/** A credential that a camera or reader offers to a lane. */
export interface OfferedCredential {
  readonly laneId: Uuid;
  readonly kind: CredentialKind;
  readonly value: string;
  readonly read: ReadEvidence | null;
  /** Direction of travel that the camera saw, null when it does not tell. */
  readonly direction: Direction | null;
}

/** What became of an offered credential; a camera is answered 200 in every case but `queue_full`. */
export type OfferAnswer =
  | "accepted"
  | "duplicate"
  | "wrong_direction"
  | "lane_not_ready"
  | "queue_full"
  | "unknown_lane";

export type LaneAction =
  | "open"
  | "close"
  | "hold"
  | "lock"
  | "automatic"
  | "reset"
  /** Nothing moves until `maintenance_off` at the lot, also over restarts (SAFE-22). */
  | "maintenance_on"
  | "maintenance_off"
  /** Of a reversible lane, while nobody is in it. */
  | "direction_entry"
  | "direction_exit"
  /** The driver at the exit has lost the ticket: found by plate, else the fixed fee. */
  | "lost_ticket";

export interface LaneCommand {
  readonly laneId: Uuid;
  readonly action: LaneAction;
  /** Who: `uid:1000` from the local socket, an operator's name from the cloud. */
  readonly actor: string;
  readonly reason: string;
  readonly commandId: Uuid | null;
  readonly origin: "local" | "remote";
}

export type LaneCommandAnswer =
  | { readonly ok: true; readonly message: string }
  | {
      readonly ok: false;
      readonly refusal:
        | "unknown_lane"
        | "refused_by_safety"
        | "refused_by_mode"
        | "not_allowed_remotely"
        | "rate_limited"
        | "store_failed";
      readonly message: string;
    };

/** A lane as it is at this moment, in the words of the telemetry message. */
export type LaneSnapshot = TelemetryLane;

/** How the rest of the agent reaches the lanes; the lanes know nothing of HTTP or MQTT. */
export interface LaneControl {
  offer(credential: OfferedCredential): OfferAnswer;
  command(command: LaneCommand): Promise<LaneCommandAnswer>;
  snapshot(): readonly LaneSnapshot[];
  /** Calls back after each change of any lane; returns what ends it. */
  onChange(listener: () => void): () => void;
}

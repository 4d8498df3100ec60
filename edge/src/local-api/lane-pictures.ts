import type { SiteLane } from "@gatehouse/shared/contracts/config/site/site.ts";
import { pointsOf } from "@gatehouse/shared/contracts/config/site/wired-points.ts";
import type { TelemetryLane } from "@gatehouse/shared/contracts/mqtt/link.ts";
import type { LaneInspection } from "../lane/lane-runner.ts";
import type { AgentView } from "./agent-view.ts";
import type { LanePicture, WatchFrame } from "./contract.ts";
import { LastPassages } from "./last-passages.ts";

/** Makes the picture of all lanes, for `gate watch` and the page; keeps what it has read of the journal. */
export function lanePictures(view: AgentView): () => WatchFrame {
  const past = new LastPassages(view.queries.journal);
  const lanes = new Map(view.site.lanes.map((lane) => [lane.id, { site: lane, points: wiredPoints(lane) }]));
  return () => {
    past.catchUp();
    const { state, detail } = view.link();
    return {
      at: view.clock.wall(),
      lot: view.site.name,
      time_zone: view.site.time_zone,
      link: state,
      link_detail: detail,
      outbox_pending: view.queries.outbox().pending,
      lanes: view.lanes.snapshot().map((lane) => {
        const { read, decision } = past.of(lane.lane_id);
        const inside = view.inspect(lane.lane_id);
        return { ...pictureOf(lane, inside, lanes.get(lane.lane_id)), last_read: read, last_decision: decision };
      }),
    };
  };
}

function pictureOf(
  lane: TelemetryLane,
  inside: LaneInspection | null,
  known: { readonly site: SiteLane; readonly points: LanePicture["points"] } | undefined,
): Omit<LanePicture, "last_read" | "last_decision"> {
  const fixed = known?.site.direction === "exit" ? "exit" : "entry";
  const points = known?.points ?? [];
  if (inside === null)
    return {
      ...lane,
      direction_now: fixed,
      light: "red",
      fire: false,
      hazard: null,
      signals: {},
      relays: { up: false, down: false },
      points,
      last_press: null,
      mode_by: null,
    };
  const { state, signals, lastPress } = inside;
  return {
    ...lane,
    direction_now: state.direction,
    light: state.green && state.sensed.position === "up" ? "green" : "red",
    fire: state.sensed.fire,
    hazard: state.sensed.hazard,
    signals: signals?.inputs ?? {},
    relays: signals?.relays ?? { up: false, down: false },
    points,
    last_press: lastPress,
    mode_by: "reason" in state.mode ? { actor: state.mode.actor, reason: state.mode.reason } : null,
  };
}

function wiredPoints({ wiring }: SiteLane): LanePicture["points"] {
  if (wiring.driver !== "wired") return [];
  return pointsOf(wiring).map(({ kind, path, point: { board, channel } }) => ({
    ...{ kind, name: path.join("."), board, channel: String(channel) },
  }));
}

import { type AgentView, statusOf } from "./agent-view.ts";
import type { Finding } from "./contract.ts";
import { boardFindings, cameraFindings, peripheralFindings } from "./doctor/device-findings.ts";
import { hostFindings } from "./doctor/host-findings.ts";
import { laneFindings } from "./doctor/lane-findings.ts";
import {
  backlogFinding,
  certificateFinding,
  clockFinding,
  diskFinding,
  linkFinding,
  replicaFinding,
  shareFinding,
  storeFinding,
} from "./doctor/lot-findings.ts";

/** Looks the running agent over; each finding says what it saw and what to do. */
export function examine(view: AgentView): readonly Finding[] {
  const status = statusOf(view);
  return [
    linkFinding(status, view),
    backlogFinding(status),
    replicaFinding(status),
    clockFinding(status),
    storeFinding(view),
    diskFinding(status),
    shareFinding(status),
    certificateFinding(view),
    ...hostFindings(
      view.host(),
      view.site.boards.some(({ driver }) => driver === "gpio"),
    ),
    ...boardFindings(view.boards()),
    ...status.lanes.flatMap((lane) => laneFindings(lane, view.inspect(lane.lane_id))),
    ...cameraFindings(view),
    ...peripheralFindings(view.peripherals()),
  ];
}

import type { LanePicture, WatchFrame } from "../local-api/contract.ts";
import { lotTime } from "../local-api/lot-time.ts";
import type { Paint } from "./colour.ts";
import { clip, pad, width } from "./table.ts";

export interface WatchView {
  /** Index of the chosen lane. */
  readonly chosen: number;
  readonly isDetail: boolean;
}

export interface ScreenSize {
  readonly rows: number;
  readonly columns: number;
}

const HEADER_ROWS = 2;
const FOOTER_ROWS = 1;
const DETAIL_ROWS = 17;

/** The whole screen as lines, none longer and not more than the terminal has. */
export function watchScreen(frame: WatchFrame, view: WatchView, size: ScreenSize, colours: Paint): string[] {
  const body = size.rows - HEADER_ROWS - FOOTER_ROWS;
  const lane = frame.lanes[Math.min(view.chosen, frame.lanes.length - 1)];
  const isDetail = view.isDetail || frame.lanes.length === 1;
  const lines = !lane
    ? ["This lot has no lanes."]
    : isDetail
      ? laneDetail(lane, frame.time_zone, size.columns, colours)
      : laneList(frame, view.chosen, { rows: body, columns: size.columns }, colours);
  const shown = lines.slice(0, Math.max(1, body));
  const keys =
    isDetail && frame.lanes.length > 1
      ? "←→ lane  esc list  q end"
      : frame.lanes.length > 1
        ? "↑↓ choose  enter detail  q end"
        : "q end";
  return [
    ...header(frame, size.columns, colours),
    ...shown,
    ...Array<string>(Math.max(0, body - shown.length)).fill(""),
    colours.dim(clip(keys, size.columns)),
  ];
}

function header(
  { lot, link, link_detail, at, time_zone, outbox_pending }: WatchFrame,
  columns: number,
  colours: Paint,
): string[] {
  const time = lotTime(at, time_zone).slice(11);
  const state = `link ${link}${outbox_pending > 0 ? `, ${outbox_pending} to send` : ""}`;
  const left = clip(lot, Math.max(8, columns - width(state) - width(time) - 6));
  const paintLink = link === "online" ? colours.good : colours.warn;
  const gap = " ".repeat(Math.max(1, columns - width(left) - width(state) - width(time) - 3));
  return [
    `${colours.strong(left)}   ${paintLink(clip(state, columns - width(left) - 3))}${gap}${time}`.trimEnd(),
    colours.dim(clip(link === "online" ? "" : link_detail, columns)),
  ];
}

const HEADINGS = "  LANE          MODE           ARM       A S C  PLATE       DECISION / ALARM";

/** A row a lane; scrolls so that the chosen one is seen. */
function laneList({ lanes }: WatchFrame, chosen: number, { rows, columns }: ScreenSize, colours: Paint): string[] {
  const room = Math.max(1, rows - 2);
  const first = Math.max(0, Math.min(chosen - Math.floor(room / 2), lanes.length - room));
  const shown = lanes.slice(first, first + room);
  const hidden = lanes.length - shown.length;
  return [
    colours.dim(clip(HEADINGS, columns)),
    ...shown.map((lane, at) => listRow(lane, first + at === chosen, columns, colours)),
    hidden > 0
      ? colours.dim(clip(`${lanes.length} lanes, ${first + 1} to ${first + shown.length} shown`, columns))
      : "",
  ];
}

const LOOP_SIGNS: Readonly<Record<string, string>> = { occupied: "■", clear: "·", unknown: "?", fault: "!" };

function listRow(lane: LanePicture, isChosen: boolean, columns: number, colours: Paint): string {
  const { arming, safety, closing } = lane.loops;
  const signs = [arming, safety, closing].map((signal) => LOOP_SIGNS[signal] ?? "?").join(" ");
  const mode = lane.mode === "automatic" ? lane.state : lane.mode;
  const what = lane.alarms.length > 0 ? `! ${lane.alarms.join(", ")}` : decisionText(lane);
  const text = `${isChosen ? ">" : " "} ${pad(clip(lane.code, 12), 12)}  ${pad(clip(mode.replaceAll("_", " "), 13), 13)}  ${pad(lane.barrier, 8)}  ${signs}  ${pad(clip(lane.plate ?? "-", 10), 10)}  ${what}`;
  const line = clip(text, columns);
  if (isChosen) return colours.chosen(pad(line, columns));
  return lane.alarms.length > 0 ? colours.bad(line) : line;
}

/** One lane seen from the side, with all that is known of it. */
export function laneDetail(lane: LanePicture, timeZone: string, columns: number, colours: Paint): string[] {
  const by = lane.mode_by === null ? "" : `: ${lane.mode_by.reason} (${lane.mode_by.actor})`;
  const read = lane.last_read;
  const sure = read?.confidence == null ? "" : ` ${Math.round(read.confidence * 100)} %`;
  const clear = lane.hazard === null;
  const lines = [
    `${colours.strong(lane.code)}  ${lane.direction_now}   ${lane.state.replaceAll("_", " ")}, ${modeText(lane, colours)}${by}`,
    "",
    ...picture(lane, colours),
    "",
    `  display   ${lane.display}`,
    `  light     ${lane.light === "green" ? colours.good("● green") : colours.bad("● red")}`,
    `  lowering  ${clear ? "inputs are clear" : colours.warn(`forbidden by ${lane.hazard ?? ""}`)}`,
    `  read      ${read === null ? "-" : `${read.value}${sure}  ${lotTime(read.at, timeZone).slice(11)}  ${read.source ?? ""}`}`,
    `  decision  ${decisionText(lane)}`,
    `  inputs    ${inputsText(lane)}`,
    ...(lane.fire ? [colours.bad("  FIRE      the fire input is active")] : []),
    ...(lane.alarms.length > 0 ? [colours.bad(`  ALARM     ${lane.alarms.join(", ")}`)] : []),
  ];
  return lines.slice(0, DETAIL_ROWS).map((line) => clip(line, columns));
}

/** Quiet inputs are what is normal, so only the others are named. */
function inputsText({ signals }: LanePicture): string {
  const named = (wanted: string): string =>
    Object.keys(signals)
      .filter((name) => signals[name] === wanted)
      .join(", ");
  if (Object.keys(signals).length === 0) return "not told yet";
  const [active, unknown] = [named("active"), named("unknown")];
  return `active: ${active || "none"}${unknown === "" ? "" : `; no signal: ${unknown}`}`;
}

function modeText({ mode }: LanePicture, colours: Paint): string {
  const text = mode.replaceAll("_", " ");
  return mode === "automatic" ? text : colours.warn(text);
}

const VEHICLE = ["  ▄██▄  ", "▐██████▌"] as const;
const NO_VEHICLE = ["        ", "        "] as const;

/** The arm over its post and the three loops with what stands on them: five lines, 56 columns. */
function picture(lane: LanePicture, colours: Paint): string[] {
  const { arming, safety, closing } = lane.loops;
  const cars = [arming, safety, closing].map((signal) => (signal === "occupied" ? VEHICLE : NO_VEHICLE));
  const ground = [arming, safety, closing].map((signal) => loopLine(signal, colours));
  const arm = ARMS[lane.barrier];
  const paintArm = lane.barrier === "up" ? colours.good : lane.barrier === "down" ? colours.bad : colours.warn;
  const row = (at: 0 | 1): string =>
    `   ${cars[0]?.[at]}      ${paintArm(pad(arm[at + 1] ?? "", 2))}${cars[1]?.[at]}      ${cars[2]?.[at]}`;
  return [
    `                 ${paintArm(arm[0] ?? "")}  ${paintArm(lane.barrier)}`,
    row(0).trimEnd(),
    row(1).trimEnd(),
    ` ──${ground[0]}────────${ground[1]}──────${ground[2]}──`,
    "    arming          safety        closing",
  ];
}

const ARMS: Readonly<Record<LanePicture["barrier"], readonly [string, string, string]>> = {
  up: ["│", "│", "┃"],
  raising: ["  ╱", "╱", "┃"],
  lowering: ["  ╲", "╲", "┃"],
  down: ["", "══", "┃"],
  stopped: ["  ╱", "╱", "┃"],
  unknown: ["?", "?", "┃"],
};

function loopLine(signal: string, colours: Paint): string {
  switch (signal) {
    case "occupied":
      return colours.strong("━━━━━━━━");
    case "clear":
      return "┄┄┄┄┄┄┄┄";
    default:
      return colours.bad("?? ?? ??");
  }
}

function decisionText({ last_decision: decision }: LanePicture): string {
  if (decision === null) return "-";
  return `${decision.outcome.replaceAll("_", " ")} (${decision.reasons.join(", ").replaceAll("_", " ")})`;
}

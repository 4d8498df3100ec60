import { html } from "hono/html";
import type { LanePicture } from "../contract.ts";
import { lotTime } from "../lot-time.ts";
import type { Html } from "./layout.ts";

/** Angle of the arm in the drawing, degrees up from level. */
const ARM_ANGLES: Readonly<Record<LanePicture["barrier"], number>> = {
  up: 78,
  raising: 45,
  lowering: 35,
  down: 0,
  stopped: 55,
  unknown: 25,
};

const LOOP_NAMES = ["arming", "safety", "closing"] as const;
const LOOP_X: Readonly<Record<(typeof LOOP_NAMES)[number], number>> = { arming: 10, safety: 122, closing: 234 };

/** The part of a lane's card that changes by itself; sent anew with each change. */
export function liveLane(lane: LanePicture, timeZone: string): Html {
  return html`${alarms(lane)}
<div class="scene">${drawing(lane)}</div>
<p class="display"><span class="visually-hidden">Display says: </span>${lane.display}</p>
<dl class="facts">
  <div><dt>State</dt><dd>${words(lane.state)}${lane.plate === null ? "" : html`, <b>${lane.plate}</b>`}</dd></div>
  <div><dt>Barrier</dt><dd>${words(lane.barrier)}</dd></div>
  <div><dt>Light</dt><dd><span class="lamp ${lane.light}" aria-hidden="true"></span>${lane.light}</dd></div>
  <div><dt>Mode</dt><dd>${words(lane.mode)}${
    lane.mode_by === null ? "" : html`<br><small>${lane.mode_by.reason}, ${lane.mode_by.actor}</small>`
  }</dd></div>
  <div><dt>Lowering</dt><dd>${lane.hazard === null ? "inputs clear" : html`<b>forbidden: ${words(lane.hazard)}</b>`}</dd></div>
  <div><dt>Last read</dt><dd>${lastRead(lane, timeZone)}</dd></div>
  <div class="wide"><dt>Last decision</dt><dd>${lastDecision(lane, timeZone)}</dd></div>
</dl>
${inputs(lane)}`;
}

function alarms({ alarms, fire }: LanePicture): Html | "" {
  const shown = [...(fire ? ["fire input active"] : []), ...alarms];
  if (shown.length === 0) return "";
  return html`<div class="alarms" role="alert"><ul>${shown.map((alarm) => html`<li>${words(alarm)}</li>`)}</ul></div>`;
}

function drawing(lane: LanePicture): Html {
  const angle = ARM_ANGLES[lane.barrier];
  const label = `Barrier ${words(lane.barrier)}; ${LOOP_NAMES.map((name) => `${name} loop ${lane.loops[name]}`).join(", ")}`;
  return html`<svg viewBox="0 0 340 120" role="img" aria-label="${label}" class="lane-drawing">
    <line x1="0" y1="92" x2="340" y2="92" class="road"/>
    ${LOOP_NAMES.map((name) => loopDrawing(lane, name))}
    <rect x="109" y="50" width="10" height="42" rx="2" class="post"/>
    <g transform="rotate(${-angle} 114 54)"><rect x="114" y="50" width="106" height="7" rx="3.5" class="arm ${lane.barrier}"/></g>
    <circle cx="114" cy="40" r="6" class="lamp-drawing ${lane.light}"/>
  </svg>`;
}

function loopDrawing(lane: LanePicture, name: (typeof LOOP_NAMES)[number]): Html {
  const signal = lane.loops[name];
  const x = LOOP_X[name];
  const vehicle = html`<rect x="${x + 14}" y="74" width="68" height="14" rx="5" class="vehicle"/>
    <rect x="${x + 28}" y="63" width="36" height="14" rx="5" class="vehicle"/>`;
  const trouble =
    signal === "occupied" || signal === "clear" ? "" : html`<text x="${x + 48}" y="84" class="trouble">?</text>`;
  return html`<rect x="${x}" y="90" width="96" height="5" rx="2.5" class="loop ${signal}"/>
    ${signal === "occupied" ? vehicle : trouble}
    <text x="${x + 48}" y="112" class="loop-name">${name}${signal === "clear" ? "" : html` ${signal}`}</text>`;
}

function lastRead({ last_read: read }: LanePicture, timeZone: string): Html | string {
  if (read === null) return "none yet";
  const sure = read.confidence === null ? "" : `, ${Math.round(read.confidence * 100)} %`;
  return html`<b>${read.value}</b>${sure}<br><small>${lotTime(read.at, timeZone)}${read.source === null ? "" : `, ${read.source}`}</small>`;
}

function lastDecision({ last_decision: decision }: LanePicture, timeZone: string): Html | string {
  if (decision === null) return "none yet";
  return html`<b>${words(decision.outcome)}</b>: ${decision.reasons.map(words).join(", ")}<br><small>${lotTime(decision.at, timeZone)}</small>`;
}

function inputs({ signals }: LanePicture): Html | "" {
  const rows = Object.entries(signals);
  if (rows.length === 0) return "";
  return html`<ul class="signals">${rows.map(([name, signal]) => html`<li class="${signal}">${words(name)} <b>${signal}</b></li>`)}</ul>`;
}

/** A name of the contracts as a person reads it: `photo_eye` is "photo eye". */
export function words(name: string): string {
  return name.replaceAll("_", " ");
}

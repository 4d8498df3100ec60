import { html } from "hono/html";
import type { LanePicture } from "../../local-api/contract.ts";
import { lotTime } from "../../local-api/lot-time.ts";
import type { StepResult, StepVerdict } from "./step.ts";

export interface ReportFacts {
  readonly lot: { readonly code: string; readonly name: string; readonly timeZone: string };
  readonly lane: { readonly code: string; readonly direction: string };
  readonly serial: string;
  readonly agentVersion: string;
  readonly devices: readonly { readonly kind: string; readonly id: string; readonly detail: string | null }[];
  readonly cameras: readonly string[];
  /** Every input and output of the lane, and what became of the step that tests it; null when it was not reached. */
  readonly points: readonly (LanePicture["points"][number] & { readonly verdict: StepVerdict | null })[];
  readonly tester: string;
  readonly beganAt: number;
  readonly endedAt: number;
  readonly results: readonly StepResult[];
}

/** The report of a commissioning as one page that needs nothing else, fit for printing on A4. */
export async function reportHtml(facts: ReportFacts): Promise<string> {
  const { lot, lane, results } = facts;
  const failures = results.filter(({ verdict }) => verdict === "failed").length;
  const left = results.filter(({ verdict }) => verdict === "skipped").length;
  const verdict =
    failures > 0
      ? `NOT PASSED: ${failures} of ${results.length} steps failed`
      : `PASSED: ${results.length - left} steps${left > 0 ? `, ${left} not applicable or left out` : ""}`;
  const time = (at: number): string => lotTime(at, lot.timeZone);
  return String(
    await html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Commissioning of ${lane.code}, ${lot.name}</title>
<style>${STYLE}</style>
</head>
<body>
<header><p>Commissioning report</p><h1>Lane ${lane.code}, ${lot.name}</h1></header>
<p class="verdict ${failures > 0 ? "failed" : "passed"}">${verdict}</p>
<table class="facts">
<tr><th>Lot</th><td>${lot.name} (${lot.code})</td><th>Lane</th><td>${lane.code}, ${lane.direction}</td></tr>
<tr><th>Computer</th><td>serial ${facts.serial}</td><th>Software</th><td>agent ${facts.agentVersion}</td></tr>
<tr><th>Began</th><td>${time(facts.beganAt)} ${lot.timeZone}</td><th>Ended</th><td>${time(facts.endedAt)}</td></tr>
<tr><th>Tested by</th><td>${facts.tester}</td><th>Cameras</th><td>${facts.cameras.join(", ") || "none"}</td></tr>
<tr><th>Devices</th><td colspan="3">${facts.devices.map(({ kind, id, detail }) => `${kind} ${id}${detail === null ? "" : ` (${detail})`}`).join("; ") || "none beside the barrier"}</td></tr>
</table>
<table class="steps">
<thead><tr><th>#</th><th>Step</th><th>Result</th><th>What was seen</th><th>Measured</th><th>Time</th></tr></thead>
<tbody>
${results.map(
  (
    step,
    at,
  ) => html`<tr class="${step.verdict}"><td>${at + 1}</td><td>${step.title}</td><td><b>${step.verdict}</b></td><td>${step.finding}</td>
<td>${step.measures.map(({ name, value }) => html`${name} ${value}<br>`)}</td><td>${time(step.at).slice(11)}</td></tr>`,
)}
</tbody>
</table>
${pointsTable(facts.points)}
<p class="note">Times are measured at the agent's inputs and outputs, to about 50 ms. Forces, the barrier's own reversal and its distances to people (EN 12453, EN 13241) are not part of this test: enter them below.</p>
<table class="hand"><tr><th>Closing force measured (N)</th><td></td><th>Instrument, serial</th><td></td></tr></table>
<section class="signatures">
<div><span></span><p>Place, date</p></div><div><span></span><p>Installer</p></div><div><span></span><p>Operator</p></div>
</section>
</body>
</html>
`,
  );
}

function pointsTable(points: ReportFacts["points"]) {
  if (points.length === 0) return html`<p class="note">The lane's inputs and outputs are simulated.</p>`;
  return html`<table class="steps">
<thead><tr><th>Input or output</th><th>Board, channel</th><th>Tested</th></tr></thead>
<tbody>
${points.map(
  ({ kind, name, board, channel, verdict }) =>
    html`<tr class="${verdict ?? "skipped"}"><td>${kind} ${name}</td><td>${board}, ${channel}</td><td><b>${verdict ?? "not reached"}</b></td></tr>`,
)}
</tbody>
</table>`;
}

const STYLE = `
@page { size: A4; margin: 15mm; }
body { font: 14px/1.4 system-ui, "Segoe UI", Roboto, sans-serif; color: #16201a; background: #fff; max-width: 900px; margin: 24px auto; padding: 0 16px; }
header p { margin: 0; color: #55615a; letter-spacing: .04em; text-transform: uppercase; font-size: 12px; }
h1 { margin: 0 0 12px; font-size: 24px; }
table { width: 100%; border-collapse: collapse; margin: 12px 0; }
th, td { text-align: left; vertical-align: top; padding: 6px 8px; border: 1px solid #c4cbc6; overflow-wrap: anywhere; }
th { background: #f0f3f1; font-weight: 600; }
.facts th { width: 12%; } .facts td { width: 38%; }
.verdict { font-size: 18px; font-weight: 700; padding: 10px 14px; border: 2px solid; border-radius: 6px; }
.verdict.passed { color: #14532d; } .verdict.failed { color: #b42318; }
tr.failed b { color: #b42318; } tr.passed b { color: #14532d; } tr.skipped { color: #55615a; }
tr { break-inside: avoid; }
.hand td { width: 25%; height: 32px; }
.note { color: #55615a; font-size: 13px; }
.signatures { display: flex; gap: 24px; margin-top: 56px; break-inside: avoid; }
.signatures div { flex: 1; } .signatures span { display: block; border-bottom: 1px solid #16201a; height: 32px; } .signatures p { margin: 4px 0; font-size: 12px; color: #55615a; }
`;

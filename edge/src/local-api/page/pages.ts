import { html } from "hono/html";
import type { JournalView, LanePicture, WatchFrame } from "../contract.ts";
import { journalWords } from "../journal-words.ts";
import { lotTime } from "../lot-time.ts";
import { liveLane, words } from "./lane-card.ts";
import type { Html } from "./layout.ts";

/** What the page may ask of a lane; no reset and no maintenance, which need a person who has looked at the lane. */
export const PAGE_ACTIONS = ["open", "hold", "lock", "automatic"] as const;

const ACTION_TEXTS: Readonly<Record<(typeof PAGE_ACTIONS)[number], string>> = {
  open: "Open once",
  hold: "Hold open",
  lock: "Lock",
  automatic: "Automatic",
};

export interface LanesPage {
  readonly frame: WatchFrame;
  readonly formToken: string;
  readonly said: { readonly ok: boolean; readonly message: string } | null;
  /** Cameras with a picture, by the lane's code. */
  readonly cameras: ReadonlyMap<string, readonly string[]>;
}

/** Link and lanes, a card each. */
export function lanesPage({ frame, formToken, said, cameras }: LanesPage): Html {
  return html`<h1 class="visually-hidden">Lanes</h1>
<p id="link" class="link ${frame.link}">${linkText(frame)}</p>
<p id="said" class="said ${said?.ok === false ? "refused" : ""}" role="status">${said?.message ?? ""}</p>
<noscript><p class="said">This page does not follow the lanes without its script: load it anew to see more.</p></noscript>
<div class="lanes" data-live>
${frame.lanes.map((lane) => laneCard(lane, { timeZone: frame.time_zone, formToken, cameras: cameras.get(lane.code) ?? [] }))}
</div>`;
}

/** The link in a sentence, with how many events wait for the cloud. */
export function linkText({ link, link_detail, outbox_pending }: WatchFrame): string {
  const waiting = outbox_pending === 0 ? "" : `; ${outbox_pending} events wait`;
  return `Link ${words(link)}: ${link_detail.replace(/\.$/, "")}${waiting}`;
}

function laneCard(
  lane: LanePicture,
  { timeZone, formToken, cameras }: { timeZone: string; formToken: string; cameras: readonly string[] },
): Html {
  return html`<section class="card" aria-labelledby="lane-${lane.code}">
  <h2 id="lane-${lane.code}">${lane.code} <small>${lane.direction_now}${lane.direction === "reversible" ? ", reversible" : ""}</small></h2>
  <div id="live-${lane.code}">${liveLane(lane, timeZone)}</div>
  ${cameras.map(
    (camera) => html`<details class="picture"><summary>Picture of ${camera}</summary>
      <img data-src="/technician/live/${camera}" alt="Live picture of ${camera}">
      <canvas hidden aria-label="Moving picture of ${camera}" role="img"></canvas>
      <button type="button" class="smooth" data-camera="${camera}" aria-pressed="false">Smooth picture</button>
      <noscript><img src="/technician/live/${camera}/snapshot" alt="Picture of ${camera}"></noscript></details>`,
  )}
  <form method="post" action="/technician/lanes/${lane.code}/command" class="orders">
    <input type="hidden" name="form_token" value="${formToken}">
    <label for="reason-${lane.code}">Reason</label>
    <input id="reason-${lane.code}" name="reason" required minlength="3" maxlength="256" autocomplete="off" placeholder="why, for the journal">
    <div class="buttons">
      ${PAGE_ACTIONS.map((action) => html`<button name="action" value="${action}" class="${action}">${ACTION_TEXTS[action]}</button>`)}
    </div>
  </form>
</section>`;
}

export interface JournalPage {
  readonly rows: readonly JournalView[];
  readonly lanes: readonly { readonly id: string; readonly code: string }[];
  readonly timeZone: string;
  readonly filter: { readonly lane: string; readonly kind: string; readonly until: string };
  /** What was wrong with the filter. */
  readonly fault: string | null;
}

const KINDS = ["", "lane.step", "lane.alarm", "lane.command", "guard.", "technician."] as const;

/** What happened, the latest first. */
export function journalPage({ rows, lanes, timeZone, filter, fault }: JournalPage): Html {
  const codes = new Map(lanes.map(({ id, code }) => [id, code]));
  const option = (value: string, text: string, chosen: string): Html =>
    value === chosen
      ? html`<option value="${value}" selected>${text}</option>`
      : html`<option value="${value}">${text}</option>`;
  return html`<h1>Journal</h1>
<form method="get" class="filter">
  <label>Lane <select name="lane">${[html`${option("", "all", filter.lane)}`, ...lanes.map(({ code }) => option(code, code, filter.lane))]}</select></label>
  <label>Kind <select name="kind">${KINDS.map((kind) => option(kind, kind === "" ? "all" : kind.replace(/\.$/, ", all"), filter.kind))}</select></label>
  <label>Until <input name="until" value="${filter.until}" placeholder="14:05 or -2h" size="18"></label>
  <button>Show</button>
</form>
${fault === null ? "" : html`<p class="said refused" role="alert">${fault}</p>`}
${rows.length === 0 ? html`<p>Nothing was found.</p>` : html`<ol class="journal">${[...rows].reverse().map((row) => journalRow(row, codes, timeZone))}</ol>`}
${older(rows, filter, timeZone)}`;
}

function older(rows: readonly JournalView[], filter: JournalPage["filter"], timeZone: string): Html | "" {
  const [first] = rows;
  if (!first) return "";
  const query = new URLSearchParams({ lane: filter.lane, kind: filter.kind, until: lotTime(first.at, timeZone) });
  return html`<p><a href="/technician/journal?${query.toString()}">Older</a></p>`;
}

function journalRow(row: JournalView, codes: ReadonlyMap<string, string>, timeZone: string): Html {
  const lane = row.lane_id === null ? "lot" : (codes.get(row.lane_id) ?? row.lane_id);
  return html`<li><time>${lotTime(row.at, timeZone)}</time> <b>${lane}</b> <span class="kind">${row.kind}</span> <span>${journalWords(row)}</span></li>`;
}

/** The login, or how to set a password where there is none. */
export function signInPage({ hasPassword, fault }: { hasPassword: boolean; fault: string | null }): Html {
  if (!hasPassword)
    return html`<h1>No password is set</h1>
<p>This page has no account of its own. Set its password at the lot's computer, then come back:</p>
<pre>gate page password</pre>`;
  return html`<h1>Log in</h1>
${fault === null ? "" : html`<p class="said refused" role="alert">${fault}</p>`}
<form method="post" action="/technician/sign-in" class="sign-in">
  <label for="password">The page's password</label>
  <input id="password" name="password" type="password" autocomplete="current-password" required autofocus>
  <button class="open">Log in</button>
</form>
<p><small>Forgotten? Set a new one at the lot's computer: <code>gate page password</code></small></p>`;
}

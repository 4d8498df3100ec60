import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Socket } from "node:net";
import { pathToFileURL } from "node:url";
import type { Context, Next } from "hono";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { streamSSE } from "hono/streaming";
import { z } from "zod";
import { type AgentView, journalView } from "../agent-view.ts";
import { plainText } from "../contract.ts";
import { laneIdOf } from "../known-lanes.ts";
import { lanePictures } from "../lane-pictures.ts";
import { livePictures } from "../live-pictures.ts";
import { readLotTime } from "../lot-time.ts";
import { liveLane } from "./lane-card.ts";
import { type Html, page } from "./layout.ts";
import { journalPage, lanesPage, linkText, PAGE_ACTIONS, signInPage } from "./pages.ts";
import { isFormToken, SESSION_MS, type Session, SignIn } from "./sign-in.ts";
import { MANY_WRONG, WRONG_WITHIN_MS, WrongLogins } from "./wrong-logins.ts";

const COOKIE = "gatehouse_session";
const FORM_MAX_BYTES = 4_096;
const JOURNAL_ROWS = 100;
/** Pages that follow the lanes at a time. */
const MAX_FOLLOWERS = 8;
const FOLLOW_PERIOD_MS = 1_000;
/** Changes closer together than this are sent as one. */
const FOLLOW_PAUSE_MS = 100;

const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

interface PageEnv {
  Bindings: { incoming?: { socket: Socket } };
  Variables: { session: Session };
}

const order = z.object({
  form_token: z.string(),
  action: z.enum(PAGE_ACTIONS),
  reason: plainText.trim().min(3, "give a reason of at least 3 characters").max(256),
});

/** The technician's page on the lot's network, at `/technician`: behind a login, nothing from another server. */
export function technicianPage(view: AgentView): Hono<PageEnv> {
  const signIn = new SignIn({ clock: view.clock, random: view.random, dataDir: view.dataDir });
  const wrongLogins = new WrongLogins();
  const app = new Hono<PageEnv>();
  app.use("*", headers);
  app.use("*", bodyLimit({ maxSize: FORM_MAX_BYTES, onError: (context) => context.text("Too long.", 413) }));
  assets(app);
  app.get("/sign-in", async (context) => showSignIn(context, view, { signIn, fault: null }));
  app.post("/sign-in", (context) => takeSignIn(context, view, { signIn, wrongLogins }));
  app.use("*", async (context, next) => demandSession(context, next, signIn));
  app.post("*", demandOwnForm);
  app.post("/sign-out", (context) => {
    signIn.signOut(getCookie(context, COOKIE));
    deleteCookie(context, COOKIE, { path: "/technician" });
    return context.redirect("/technician/sign-in", 303);
  });
  const pictures = lanePictures(view);
  app.get("/", (context) => showLanes(context, view, pictures));
  app.get("/journal", (context) => showJournal(context, view));
  app.post("/lanes/:lane/command", (context) => obey(context, view));
  app.get("/events", follower(view, { pictures, signIn }));
  app.route("/live", livePictures(view.video));
  return app;
}

async function headers(context: Context<PageEnv>, next: Next): Promise<void> {
  await next();
  context.header("content-security-policy", CSP);
  context.header("x-content-type-options", "nosniff");
  // `no-referrer` would have browsers send "null" as the origin of our own forms (Fetch standard, 3.2).
  context.header("referrer-policy", "same-origin");
  context.header("cross-origin-resource-policy", "same-origin");
  if (!context.res.headers.has("cache-control")) context.header("cache-control", "no-store");
}

/** JSMpeg for browsers lies beside what the package gives to Node. */
const PLAYER = new URL(
  "./jsmpeg-player.umd.min.js",
  pathToFileURL(createRequire(import.meta.url).resolve("@cycjimmy/jsmpeg-player")),
).href;
const SCRIPT = "text/javascript; charset=utf-8";
const ASSETS = [
  ["style.css", "text/css; charset=utf-8", "./assets/style.css"],
  ["page.js", SCRIPT, "./assets/page.js"],
  ["icon.svg", "image/svg+xml", "./assets/icon.svg"],
  ["player.js", SCRIPT, PLAYER],
] as const;

function assets(app: Hono<PageEnv>): void {
  for (const [name, type, file] of ASSETS) {
    const text = readFileSync(new URL(file, import.meta.url), "utf8");
    app.get(`/${name}`, (context) => context.body(text, 200, { "content-type": type, "cache-control": "no-cache" }));
  }
}

interface SignInView {
  readonly signIn: SignIn;
  readonly fault: string | null;
}

async function showSignIn(
  context: Context<PageEnv>,
  view: AgentView,
  { signIn, fault }: SignInView,
): Promise<Response> {
  const body = signInPage({ hasPassword: await signIn.hasPassword(), fault });
  const frame = page({ title: "Log in", lot: view.site.name, formToken: null, here: "sign_in", body });
  return context.html(frame, fault === null ? 200 : 403);
}

const FAULTS = {
  wrong: "That is not the page's password.",
  busy: "Another login is being checked; try again in a few seconds.",
  no_password: "No password is set.",
} as const;

async function takeSignIn(
  context: Context<PageEnv>,
  view: AgentView,
  { signIn, wrongLogins }: { readonly signIn: SignIn; readonly wrongLogins: WrongLogins },
): Promise<Response> {
  if (!isOwnOrigin(context)) return context.text("This form came from another site.", 403);
  const form = await context.req.parseBody();
  const address = addressOf(context);
  const answer = await signIn.signIn(address, typeof form.password === "string" ? form.password : "");
  view.journal.note({ laneId: null, kind: "technician.sign_in", data: { address, ok: answer.ok } });
  if (!answer.ok && answer.why === "wrong" && wrongLogins.oneMore(view.clock.mono())) tellManyWrong(view, address);
  if (!answer.ok) return showSignIn(context, view, { signIn, fault: FAULTS[answer.why] });
  setCookie(context, COOKIE, answer.token, {
    path: "/technician",
    httpOnly: true,
    sameSite: "Strict",
    maxAge: SESSION_MS / 1_000,
  });
  return context.redirect("/technician", 303);
}

/** What can't be told is in the journal all the same, which has each try. */
function tellManyWrong({ report, journal }: AgentView, address: string): void {
  const detail = `${MANY_WRONG} wrong logins at the technician's page within ${WRONG_WITHIN_MS / 60_000} minutes, the last from ${address}. See: gate journal --kind technician.sign_in`;
  report({ type: "alarm.raised", code: "many_wrong_logins", lane_id: null, detail }).catch(() =>
    journal.note({ laneId: null, kind: "technician.many_wrong_logins", data: { address } }),
  );
}

async function demandSession(context: Context<PageEnv>, next: Next, signIn: SignIn): Promise<Response | undefined> {
  const session = await signIn.session(getCookie(context, COOKIE));
  if (session) {
    context.set("session", session);
    await next();
    return undefined;
  }
  const isPage = context.req.method === "GET" && (context.req.header("accept") ?? "").includes("text/html");
  return isPage ? context.redirect("/technician/sign-in", 303) : context.text("Log in first.", 401);
}

/** Another site's form has neither our origin nor the session's token (CSRF). */
async function demandOwnForm(context: Context<PageEnv>, next: Next): Promise<Response | undefined> {
  const form = await context.req.parseBody();
  const token = typeof form.form_token === "string" ? form.form_token : "";
  if (!isOwnOrigin(context) || !isFormToken(context.get("session"), token))
    return context.text("This form is not from this page, or too old: load the page anew.", 403);
  await next();
  return undefined;
}

function isOwnOrigin(context: Context<PageEnv>): boolean {
  const origin = context.req.header("origin");
  return origin === undefined || URL.parse(origin)?.host === context.req.header("host");
}

function addressOf(context: Context<PageEnv>): string {
  return context.env?.incoming?.socket.remoteAddress ?? "unknown";
}

function showLanes(
  context: Context<PageEnv>,
  view: AgentView,
  pictures: ReturnType<typeof lanePictures>,
): Response | Promise<Response> {
  const session = context.get("session");
  const { said, formToken } = session;
  session.said = null;
  const cameras = new Map(
    view.site.lanes.map(({ code, cameras: all }) => [
      code,
      all.map(({ id }) => id).filter((id) => view.video.cameras.includes(id)),
    ]),
  );
  const body = lanesPage({ frame: pictures(), formToken, said, cameras });
  return context.html(page({ title: "Lanes", lot: view.site.name, formToken, here: "lanes", body }));
}

function showJournal(context: Context<PageEnv>, view: AgentView): Response | Promise<Response> {
  const { lane = "", kind = "", until = "" } = context.req.query();
  const { time_zone: timeZone, lanes, name } = view.site;
  const laneId = lane === "" ? null : laneIdOf(view, lane);
  const toAt = until.trim() === "" ? null : readLotTime(until.trim(), { now: view.clock.wall(), timeZone });
  const fault =
    lane !== "" && laneId === null
      ? "There is no such lane."
      : until.trim() !== "" && toAt === null
        ? "Write the time like 14:05, 2026-11-22 14:05 or -2h."
        : null;
  const found = { laneId, sinceId: null, limit: JOURNAL_ROWS, kind: kind === "" ? null : kind, toAt };
  const rows = fault === null ? view.queries.journal(found).map(journalView) : [];
  const body = journalPage({ rows, lanes, timeZone, filter: { lane, kind, until }, fault });
  const { formToken } = context.get("session");
  return context.html(page({ title: "Journal", lot: name, formToken, here: "journal", body }));
}

async function obey(context: Context<PageEnv>, view: AgentView): Promise<Response> {
  const session = context.get("session");
  const isScript = (context.req.header("accept") ?? "").includes("application/json");
  const answer = await orderOf(context, view);
  if (isScript) return context.json(answer, answer.ok ? 200 : 409);
  session.said = answer;
  return context.redirect("/technician", 303);
}

async function orderOf(context: Context<PageEnv>, view: AgentView): Promise<{ ok: boolean; message: string }> {
  const parsed = order.safeParse(await context.req.parseBody());
  const code = context.req.param("lane") ?? "";
  const laneId = laneIdOf(view, code);
  if (laneId === null) return { ok: false, message: `There is no lane "${code}".` };
  if (!parsed.success) return { ok: false, message: `Not done: ${parsed.error.issues[0]?.message ?? "bad form"}.` };
  const { action, reason } = parsed.data;
  const actor = `technician's page (${context.get("session").from})`;
  const answer = await view.lanes.command({ laneId, action, reason, actor, commandId: null, origin: "local" });
  return { ok: answer.ok, message: `${code}: ${answer.message}` };
}

/** Server-sent events: the changing part of each lane as it would be in the page, on each change. */
function follower(
  view: AgentView,
  { pictures, signIn }: { pictures: ReturnType<typeof lanePictures>; signIn: SignIn },
): (context: Context<PageEnv>) => Response {
  let followers = 0;
  return (context) => {
    if (followers >= MAX_FOLLOWERS) return context.text("Too many pages follow the lanes; close one.", 503);
    followers++;
    const token = getCookie(context, COOKIE);
    return streamSSE(context, async (stream) => {
      let wake = (): void => {};
      const stopListening = view.lanes.onChange(() => wake());
      stream.onAbort(() => wake());
      try {
        while (!stream.aborted && (await signIn.session(token)) !== null) {
          const woken = new Promise<void>((resolve) => {
            wake = resolve;
          });
          await stream.writeSSE({ data: await frameText(pictures()) });
          await wait(view, FOLLOW_PAUSE_MS);
          const timer = view.clock.after(FOLLOW_PERIOD_MS, () => wake());
          await woken;
          timer.cancel();
        }
        await stream.writeSSE({ event: "ended", data: "" });
      } finally {
        stopListening();
        followers--;
      }
    });
  };
}

async function frameText(frame: ReturnType<ReturnType<typeof lanePictures>>): Promise<string> {
  const lanes = await Promise.all(
    frame.lanes.map(async (lane) => [lane.code, String(await asText(liveLane(lane, frame.time_zone)))] as const),
  );
  return JSON.stringify({ link: frame.link, link_text: linkText(frame), lanes: Object.fromEntries(lanes) });
}

async function asText(part: Html): Promise<string> {
  return String(await part);
}

function wait(view: AgentView, ms: number): Promise<void> {
  return new Promise((resolve) => void view.clock.after(ms, resolve));
}

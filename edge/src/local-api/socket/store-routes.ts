import { createReadStream } from "node:fs";
import { rm } from "node:fs/promises";
import { Readable } from "node:stream";
import type { Json } from "@gatehouse/shared/kit/canonical-json.ts";
import { wallMs } from "@gatehouse/shared/kit/clock.ts";
import { parseJson } from "@gatehouse/shared/kit/json.ts";
import { type Context, Hono } from "hono";
import { z } from "zod";
import { type AgentView, journalView, sessionView, statusOf } from "../agent-view.ts";
import { laneIdOf, unknownLane } from "../known-lanes.ts";
import { problem } from "../problem.ts";
import { readBody } from "../read-body.ts";
import { withoutSecrets } from "../redact.ts";
import type { NodeEnv, WhoAsks } from "../who-asks.ts";
import { backupFile } from "./backup-files.ts";

const MOST_ROWS = 1_000;

/** What lies in the store: sessions, outbox, replica, journal, and a copy of all of it. */
export function storeRoutes(view: AgentView, who: WhoAsks): Hono<NodeEnv> {
  const app = new Hono<NodeEnv>();
  app.get("/sessions", (context) => {
    const filter = {
      openOnly: context.req.query("all") !== "true",
      plate: context.req.query("plate") ?? null,
      limit: limitOf(context),
    };
    return context.json(view.queries.sessions(filter).map(sessionView));
  });
  app.get("/outbox", (context) => context.json(statusOf(view).outbox));
  app.get("/journal", (context) => journal(context, view));
  app.get("/replica", (context) => replica(context, view));
  app.post("/backup", (context) => backup(context, view, who));
  return app;
}

function journal(context: Context, view: AgentView): Response {
  const lane = context.req.query("lane");
  const laneId = lane === undefined ? null : laneIdOf(view, lane);
  if (lane !== undefined && laneId === null) return unknownLane(context, view, lane);
  const numbers = ["since", "from", "to"].map((name) => numberOf(context.req.query(name)));
  if (numbers.some(Number.isNaN))
    return problem(context, 400, "bad_request", "since, from and to must be whole numbers.");
  const [sinceId = null, from = null, to = null] = numbers;
  const filter = {
    laneId,
    sinceId,
    limit: limitOf(context),
    kind: context.req.query("kind") ?? null,
    fromAt: from === null ? null : wallMs(from),
    toAt: to === null ? null : wallMs(to),
  };
  return context.json(view.queries.journal(filter).map(journalView));
}

function replica(context: Context, view: AgentView): Response {
  const { version, checksum } = view.queries.replica();
  const collection = context.req.query("collection");
  const found = collection === undefined ? [] : view.replica.items({ collection, limit: limitOf(context) });
  return context.json({
    version,
    checksum,
    computed: context.req.query("check") === "true" ? view.replica.recomputeChecksum() : null,
    items: found.map(({ collection: name, key, value }) => ({ collection: name, key, value: shownValue(value) })),
  });
}

/** An item without what opens something: the keys that sign tickets are not for eyes. */
function shownValue(text: string): Json {
  return withoutSecrets(z.json().catch(null).parse(parseJson(text)));
}

/** A copy of the store as of one moment, as bytes; the temporary file of it is gone when the answer has ended. */
async function backup(context: Context<NodeEnv>, view: AgentView, who: WhoAsks): Promise<Response> {
  const body = await readBody(context, z.strictObject({ actor: z.string().max(128) }));
  if (!body.success) return problem(context, 400, "bad_request", body.message);
  const actor = who(context, body.data.actor);
  const file = backupFile(view.dataDir, view.clock.wall());
  const remove = (): Promise<void> => rm(file, { force: true });
  try {
    await view.journal.append({ laneId: null, kind: "technician.backup", data: { actor } });
    await view.copyStore(file);
  } catch (error) {
    await remove();
    throw error;
  }
  const stream = createReadStream(file);
  stream.once("close", () => void remove());
  return new Response(Readable.toWeb(stream) as ReadableStream<Uint8Array>, {
    headers: { "content-type": "application/octet-stream" },
  });
}

/** Null when it is left out, NaN when it is no whole number. */
function numberOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : Number.NaN;
}

function limitOf(context: Context): number {
  const asked = Number(context.req.query("limit") ?? 50);
  return Number.isSafeInteger(asked) ? Math.min(Math.max(asked, 1), MOST_ROWS) : 50;
}

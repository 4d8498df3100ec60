import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { type Context, Hono } from "hono";
import type { KnownPushCamera, SiteCameras } from "../cameras/site-cameras.ts";
import { CameraLoad } from "./camera-load.ts";
import { isProven, plainAddress, type ShownProof } from "./camera-proof.ts";
import { problem } from "./problem.ts";

/** Largest message of a camera: a few pictures in full HD. */
export const CAMERA_BODY_MAX_BYTES = 8 * 1_048_576;
/** Most parts of an address after the camera's name. */
const MAX_PATH_PARTS = 4;
/** Where cameras send whose firmware fixes the address; they are known by the address that they send from. */
const FIXED_PATHS = "/NotificationInfo/*";

export interface LprEndpointOptions {
  readonly cameras: Pick<SiteCameras, "pushed">;
  readonly clock: Clock;
  /** Told of a sender that is no camera of this lot. */
  readonly unknownCamera: () => void;
}

interface Sent {
  readonly known: KnownPushCamera;
  readonly topic: string | undefined;
}

/**
 * Where cameras send their reads, in their own formats: `POST /lpr/{camera}` with HTTP Basic (user: the camera's id),
 * `POST /lpr/{camera}/{secret}` for what can only call an address, either with more parts behind that the vendor's
 * firmware adds; and the vendor's own addresses for cameras that are known by theirs.
 *
 * A camera is answered 200 whenever its message was understood, whatever the lane makes of it, since anything else makes
 * it send the same again. Nobody's body is read who isn't a camera of this lot.
 */
export function lprEndpoint({ cameras, clock, unknownCamera }: LprEndpointOptions): Hono {
  const loads = new Map([...cameras.pushed.keys()].map((id) => [id, new CameraLoad(clock)]));
  const app = new Hono();

  async function take(context: Context, { known, topic }: Sent): Promise<Response> {
    const load = loads.get(known.camera.id);
    if (!load?.begin()) return problem(context, 429, "too_many_messages", "The camera sends more than can be taken.");
    try {
      const body = await readBody(context.req.raw);
      if (body === null)
        return problem(context, 413, "body_too_large", `Send at most ${CAMERA_BODY_MAX_BYTES} bytes a message.`);
      const contentType = context.req.header("content-type") ?? "";
      const answer = await known.port.receive({ contentType, body, ...(topic === undefined ? {} : { topic }) });
      if (answer.status === 200) return context.json(answer.body);
      return problem(context, answer.status, String(answer.body.code), String(answer.body.message));
    } finally {
      load.end();
    }
  }

  function refuse(context: Context, known: KnownPushCamera | undefined): Response {
    if (known) known.unauthorised();
    else unknownCamera();
    context.header("WWW-Authenticate", 'Basic realm="gatehouse camera"');
    return problem(
      context,
      401,
      "unauthorised",
      "No such camera, or its secret is wrong; see cameras in the site file.",
    );
  }

  app.post("/lpr/:camera/*", (context) => {
    const [, , id = "", ...rest] = context.req.path.split("/", MAX_PATH_PARTS + 3);
    const known = cameras.pushed.get(id);
    if (!known || !isProven(known.camera, proofOf(context, rest[0]))) return refuse(context, known);
    const after = known.camera.trust === "path" ? rest.slice(1) : rest;
    return take(context, { known, topic: after.at(-1) });
  });

  app.post(FIXED_PATHS, (context) => {
    const shown = proofOf(context, undefined);
    const known = [...cameras.pushed.values()].find(
      ({ camera }) => camera.format === "dahua" && camera.trust === "address" && isProven(camera, shown),
    );
    if (!known) return refuse(context, undefined);
    return take(context, { known, topic: context.req.path.split("/").at(-1) });
  });
  return app;
}

function proofOf(context: Context, pathSecret: string | undefined): ShownProof {
  return { authorization: context.req.header("authorization"), pathSecret, address: peerAddress(context) };
}

/** Where a request comes from, as the server's socket knows it; no header is believed. */
function peerAddress({ env }: Context): string | null {
  const bindings = env as { readonly incoming?: { readonly socket?: { readonly remoteAddress?: string } } } | undefined;
  const address = bindings?.incoming?.socket?.remoteAddress;
  return address === undefined ? null : plainAddress(address);
}

/** The body, or null when it is larger than a camera's may be; then no more of it is read. */
async function readBody(request: Request): Promise<Uint8Array | null> {
  if (Number(request.headers.get("content-length") ?? 0) > CAMERA_BODY_MAX_BYTES) return null;
  if (request.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body) {
    bytes += chunk.length;
    if (bytes > CAMERA_BODY_MAX_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

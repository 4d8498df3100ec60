import type { IncomingMessage } from "node:http";
import { err, ok, type Result } from "@gatehouse/shared/kit/result.ts";
import type { TokenActor } from "../api/api-env.ts";
import { type Authenticate, bearerOf } from "../api/http/authenticate.ts";
import { may } from "../services/access.ts";

export type Feed = "availability" | "operations";

const FEEDS: ReadonlyMap<string, Feed> = new Map([
  ["/api/v1/real-time/parking-availability", "availability"],
  ["/api/v1/real-time/operations", "operations"],
]);

export const SUBPROTOCOL = "gatehouse.v1";
const BEARER_PREFIX = "bearer.";
/** A client that may see a feed. */
export interface Admitted {
  readonly feed: Feed;
  readonly token: string;
  readonly actor: TokenActor;
}

/** Who asks for a WebSocket at which address, or why they don't get one. */
export async function judgeUpgrade(
  request: IncomingMessage,
  authenticate: Authenticate,
): Promise<Result<Admitted, { readonly status: 401 | 403 | 404; readonly text: string }>> {
  const feed = FEEDS.get((request.url ?? "").split("?")[0] ?? "");
  if (feed === undefined) return err({ status: 404, text: "There is no WebSocket at this address." });
  const token = tokenOf(request);
  const actor = token === null ? null : await authenticate(token);
  if (!actor || token === null)
    return err({ status: 401, text: "Offer the subprotocols gatehouse.v1 and bearer.<token>." });
  if (!may(actor, feed === "operations" ? "sessions.read" : "lots.read"))
    return err({ status: 403, text: "Your role doesn't see this." });
  return ok({ feed, token, actor });
}

/** Browsers can't set headers on a WebSocket, so the token comes as a subprotocol; others may send the header. */
function tokenOf({ headers }: IncomingMessage): string | null {
  const offered = headers["sec-websocket-protocol"]?.split(",").map((one) => one.trim()) ?? [];
  const bearer = offered.find((one) => one.startsWith(BEARER_PREFIX));
  return bearer ? bearer.slice(BEARER_PREFIX.length) : bearerOf(headers.authorization);
}

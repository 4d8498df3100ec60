import type { Socket } from "node:net";
import type { Context } from "hono";
import { type AskPeer, actorText } from "./peer.ts";

/** What `@hono/node-server` hands to the routes beside the request. */
export interface NodeEnv {
  Bindings: { incoming?: { socket: Socket } };
}

/** Tells who asks, of a request on the local socket. */
export type WhoAsks = (context: Context<NodeEnv>, said: string) => string;

/** The kernel's word on the peer where it can be had, else what the peer says of itself. */
export function whoAsks(askPeer: AskPeer): WhoAsks {
  return (context, said) => {
    const socket = context.env?.incoming?.socket;
    return actorText(socket ? askPeer(socket) : null, said);
  };
}

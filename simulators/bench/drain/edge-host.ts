import { join } from "node:path";
import { type AskedProcess, startAskedProcess } from "../edges/asked-process.ts";
import type { Answer, Order } from "./messages.ts";

/** A process with edges in it, as seen by the bench. */
export interface EdgeHost extends Pick<AskedProcess<Order, Answer>, "ask"> {
  stop(): Promise<void>;
}

export function startEdgeHost(): EdgeHost {
  const host = startAskedProcess<Order, Answer>(join(import.meta.dirname, "edge-process.ts"));
  return { ask: host.ask, stop: () => host.stop({ kind: "stop" }) };
}

import { request } from "node:http";

/** How an operator at the lot orders a lane to charge for a lost ticket. Resolves with whether the lane took it. */
export type ChargeLostTicket = (lane: string) => Promise<boolean>;

const ANSWER_MAX_MS = 5_000;
const ORDER = { action: "lost_ticket", actor: "operator of the demo", reason: "the driver calls: ticket lost" };

/** An operator at the agent's local socket, as `gate lost-ticket` is. An agent that isn't there takes no order. */
export function gateDesk(socketPath: string): ChargeLostTicket {
  return (lane) =>
    new Promise((resolve) => {
      const outgoing = request(
        {
          socketPath,
          method: "POST",
          path: `/lanes/${encodeURIComponent(lane)}/command`,
          headers: { "content-type": "application/json" },
          timeout: ANSWER_MAX_MS,
        },
        (incoming) => {
          incoming.resume();
          resolve(incoming.statusCode === 200);
        },
      );
      outgoing.on("timeout", () => outgoing.destroy());
      outgoing.on("error", () => resolve(false));
      outgoing.on("close", () => resolve(false));
      outgoing.end(JSON.stringify(ORDER));
    });
}

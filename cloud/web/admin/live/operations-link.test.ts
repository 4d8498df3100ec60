import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { seededRandom } from "@gatehouse/shared/kit/random.ts";
import { describe, expect, it } from "vitest";
import { sampleSnapshot } from "../../e2e/testing/sample-lots.ts";
import type { Connection } from "./connection.ts";
import { OperationsLink, SILENCE_MS, type Socket, type TokenVerdict } from "./operations-link.ts";
import type { Arrival } from "./state.ts";

/** A network whose sockets the test speaks through. */
function linkOnTestNetwork(verdict: TokenVerdict = "good") {
  const clock = new ManualClock();
  const sockets: Parameters<Socket["listen"]>[0][] = [];
  const arrivals: Arrival[] = [];
  const connections: Connection[] = [];
  const link = new OperationsLink({
    clock,
    random: seededRandom(1),
    openSocket: () => ({ listen: (listener) => sockets.push(listener), close: () => undefined }),
    checkToken: async () => verdict,
    onArrival: (arrival) => arrivals.push(arrival),
    onConnection: (connection) => connections.push(connection),
  });
  link.start();
  const snapshot = (): void => sockets.at(-1)?.onMessage(JSON.stringify(sampleSnapshot(1, 0)));
  return { clock, sockets, arrivals, connections, link, snapshot };
}

describe("link to the cloud", () => {
  it("is live with the snapshot, not with the socket", () => {
    const { connections, snapshot } = linkOnTestNetwork();
    expect(connections.map(({ kind }) => kind)).toEqual(["connecting"]);
    snapshot();
    expect(connections.at(-1)).toEqual({ kind: "live" });
  });

  it("tries again with growing waits of at most 15 s, and tells since when", () => {
    const { clock, sockets, connections } = linkOnTestNetwork();
    for (let attempt = 1; attempt <= 12; attempt++) {
      sockets.at(-1)?.onClose();
      expect(connections.at(-1)).toEqual({ kind: "reconnecting", attempt, since: 0 });
      clock.advance(15_000);
      expect(sockets).toHaveLength(attempt + 1);
    }
  });

  it("gives up a socket that is silent for too long", () => {
    const { clock, connections, snapshot } = linkOnTestNetwork();
    snapshot();
    clock.advance(SILENCE_MS - 2_000);
    expect(connections.at(-1)?.kind).toBe("live");
    clock.advance(5_000);
    expect(connections.at(-1)?.kind).toBe("reconnecting");
  });

  it("ends when the cloud says that the token is no good", async () => {
    const { clock, sockets, connections } = linkOnTestNetwork("wrong_token");
    sockets[0]?.onClose();
    await Promise.resolve();
    await Promise.resolve();
    expect(connections.at(-1)).toEqual({ kind: "signed_out", cause: "wrong_token" });
    clock.advance(60_000);
    expect(sockets).toHaveLength(1);
  });

  it("connects at once when woken", () => {
    const { sockets, link } = linkOnTestNetwork();
    sockets[0]?.onClose();
    link.wake();
    expect(sockets).toHaveLength(2);
  });

  it("tells of messages that it can't read", () => {
    const { sockets, arrivals } = linkOnTestNetwork();
    for (const data of ["{", '{"kind":"news"}', 7]) sockets[0]?.onMessage(data);
    expect(arrivals).toEqual([{ kind: "unreadable" }, { kind: "unreadable" }, { kind: "unreadable" }]);
  });
});

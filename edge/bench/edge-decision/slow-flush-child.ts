import { openDecisionLot } from "./decision-lot.ts";
import { eventsPerSecond, paced, timed, timedDecision } from "./measures.ts";
import { openPeers } from "./peers.ts";
import type { SlowFlushFigures } from "./slow-flush.ts";

/** Vehicles at the lanes at the same moment, as at a lot of many lanes. */
const AT_ONCE = 32;

const [forMs = 1_000, permits = 1_000] = process.argv.slice(2).map(Number);
const lot = await openDecisionLot(permits);
const peers = openPeers();
const bareMs: number[] = [];
for (let at = 0; at < 20; at++) bareMs.push(await timed(peers.bareCommit));
const figures: SlowFlushFigures = {
  bareMs,
  eventsPerSecond: await eventsPerSecond(lot, { atOnce: AT_ONCE, forMs }),
  pacedMs: await paced(() => timedDecision(lot), { everyMs: 10, forMs }),
};
peers.close();
await lot.close();
process.stdout.write(JSON.stringify(figures));

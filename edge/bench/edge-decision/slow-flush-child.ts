import { interleave } from "../../../scripts/bench/statistics.ts";
import { openDecisionLot } from "./decision-lot.ts";
import { decisionBytes, eventsPerSecond, pacedSinceDue, timed, timedDecision } from "./measures.ts";
import { openPeers } from "./peers.ts";
import { PACE_MS } from "./size.ts";
import type { SlowFlushFigures } from "./slow-flush.ts";

/** Vehicles at the lanes at the same moment, as at a lot of many lanes. */
const AT_ONCE = 32;

const [rounds = 5, forMs = 1_000, permits = 1_000] = process.argv.slice(2).map(Number);
const lot = await openDecisionLot(permits);
const peers = openPeers(await decisionBytes(lot));
const pace = { everyMs: PACE_MS, times: Math.ceil(forMs / PACE_MS) };
const times = await interleave(rounds, {
  commit: () => pacedSinceDue(() => timed(peers.bareCommit), pace),
  desk: () => pacedSinceDue(() => timedDecision(lot), pace),
});
const rates = await interleave(rounds, { events: () => eventsPerSecond(lot, { atOnce: AT_ONCE, forMs }) });
const figures: SlowFlushFigures = { ...times, eventsPerSecond: rates.events };
peers.close();
await lot.close();
process.stdout.write(JSON.stringify(figures));

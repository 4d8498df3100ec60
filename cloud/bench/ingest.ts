import type { Report } from "../../scripts/bench/report.ts";
import { interleave, median } from "../../scripts/bench/statistics.ts";
import { type Lane, openLane } from "./ingest/lane.ts";
import { type PeerRows, readPeerRows, writeByCopy, writeByUnnest } from "./ingest/peers.ts";
import { type BenchRig, startBenchRig } from "./ingest/rig.ts";

export const description =
  "events from an edge's outbox through broker and hub into Postgres, against bare inserts and COPY of the same rows";

const STAYS = { full: 3_000, short: 300 };
const ROUNDS = { full: 5, short: 1 };
/** Shares of the speed of bare inserts and of COPY, and how many times as fast as the first time a replay is. */
const GOALS = { unnest: 0.7, copy: 0.5, replay: 1.8 };

interface Round {
  readonly rows: number;
  readonly events: number;
  readonly ms: number;
}

/** Each contestant writes to the same tables, with their indexes, and commits with Postgres' default durability. */
export async function bench(report: Report): Promise<void> {
  const stays = report.short ? STAYS.short : STAYS.full;
  const rounds = report.short ? ROUNDS.short : ROUNDS.full;
  const rig = await startBenchRig();
  try {
    report.progress(`warming up; ${stays} stays a round, ${rounds} rounds`);
    const { rows } = await runHub(rig, Math.ceil(stays / 4));
    const sample = await sampleRows(rig, stays);
    report.progress(`rows a round: ${sample.count} (the warm-up wrote ${rows})`);
    const wire: number[] = [];
    const replays: number[] = [];
    let extraRows = 0;
    const results = await interleave(rounds, {
      hub: async () => {
        const run = await runHub(rig, stays);
        wire.push(run.bytesPerEvent);
        replays.push(run.replayMs);
        extraRows += run.extraRows;
        return run;
      },
      unnest: () => timed(sample, () => writeByUnnest(rig, sample)),
      copy: () => timed(sample, () => writeByCopy(rig, sample)),
    });
    const rate = (list: readonly Round[], of: "rows" | "events"): number =>
      median(list.map((round) => (round[of] * 1_000) / round.ms));
    const hub = rate(results.hub, "rows");
    const unnest = rate(results.unnest, "rows");
    const copy = rate(results.copy, "rows");
    const fresh = rate(results.hub, "events");
    const replay = median(replays.map((ms) => ((results.hub[0]?.events ?? 0) * 1_000) / ms));
    report.figure({ name: "unnest-rows", value: unnest, unit: "rows/s", ok: true });
    report.figure({ name: "copy-rows", value: copy, unit: "rows/s", ok: true });
    goal(report, {
      name: "ingest-rows-to-unnest",
      value: hub,
      unit: "rows/s",
      ratio: hub / unnest,
      least: GOALS.unnest,
    });
    goal(report, { name: "ingest-rows-to-copy", value: hub, unit: "rows/s", ratio: hub / copy, least: GOALS.copy });
    report.figure({ name: "ingest-events", value: fresh, unit: "events/s", ok: true });
    report.figure({ name: "wire-bytes", value: median(wire), unit: "bytes/event", ok: true });
    goal(report, {
      name: "replay-events",
      value: replay,
      unit: "events/s",
      ratio: replay / fresh,
      least: GOALS.replay,
    });
    report.figure({ name: "replay-extra-rows", value: extraRows, unit: "rows", goal: "=0", ok: extraRows === 0 });
  } finally {
    await rig.stop();
  }
}

interface Wanted {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly ratio: number;
  readonly least: number;
}

function goal(report: Report, { least, ...figure }: Wanted): void {
  report.figure({ ...figure, goal: `>=${least}`, ok: figure.ratio >= least });
}

interface HubRun extends Round {
  readonly bytesPerEvent: number;
  readonly replayMs: number;
  readonly extraRows: number;
}

/** A new lot's backlog, and then the same once more from the start. */
async function runHub(rig: BenchRig, stays: number): Promise<HubRun> {
  const lane = await openLane(rig, stays);
  try {
    const ms = await lane.drain();
    const bytesPerEvent = lane.bytesSent() / lane.events;
    const rows = await rig.countRows(lane.lotId, lane.deviceId);
    const replayMs = await lane.drain();
    const extraRows = (await rig.countRows(lane.lotId, lane.deviceId)) - rows;
    return { rows, events: lane.events, ms, bytesPerEvent, replayMs, extraRows };
  } finally {
    await lane.close();
  }
}

async function sampleRows(rig: BenchRig, stays: number): Promise<PeerRows> {
  const lane: Lane = await openLane(rig, stays);
  try {
    await lane.drain();
    return await readPeerRows(rig, { lotId: lane.lotId, deviceId: lane.deviceId, events: lane.events });
  } finally {
    await lane.close();
  }
}

async function timed(rows: PeerRows, write: () => Promise<number>): Promise<Round> {
  const ms = await write();
  return { rows: rows.count, events: rows.events, ms };
}

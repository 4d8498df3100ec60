import { sleep } from "@gatehouse/shared/kit/clock.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { type BenchRig, startBenchRig } from "../../../cloud/bench/ingest/rig.ts";
import { obey } from "../edges/asked-process.ts";
import type { HubAnswer, HubOrder } from "./messages.ts";

// Broker, hub and database of the bench, in a process of their own: what it holds in memory, and whether it lives, is theirs.
const rig: BenchRig = await startBenchRig();
const clock = systemClock();
/** Devices that are enrolled at the same time. */
const ENROL_AT_ONCE = 8;

obey<HubOrder, HubAnswer>(async (order) => {
  switch (order.kind) {
    case "enrol":
      return { identities: await enrol(order.devices), events: 0 };
    case "stall":
      await stall(order.ms);
      return { identities: [], events: 0 };
    case "count":
      return { identities: [], events: await countEvents() };
    case "stop":
      await rig.stop();
      return { identities: [], events: 0 };
  }
});

async function enrol(devices: number): Promise<HubAnswer["identities"]> {
  const identities: HubAnswer["identities"][number][] = [];
  const work = Array.from({ length: ENROL_AT_ONCE }, async () => {
    while (identities.length < devices) {
      const { identity } = await rig.newEdge();
      if (identities.length < devices) identities.push(identity);
    }
  });
  await Promise.all(work);
  return identities;
}

/** Every transaction that takes events waits for a row of this table. */
async function stall(ms: number): Promise<void> {
  const client = await rig.pool.connect();
  try {
    await client.query("BEGIN");
    // The pool ends transactions that stand still, as this one is meant to.
    await client.query("SET LOCAL idle_in_transaction_session_timeout = 0");
    await client.query("LOCK TABLE device_streams IN ACCESS EXCLUSIVE MODE");
    await sleep(clock, ms);
    await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND wait_event_type = 'Lock'`,
    );
    await client.query("COMMIT");
  } finally {
    client.release();
  }
}

async function countEvents(): Promise<number> {
  const { rows } = await rig.pool.query<{ count: number }>(
    "SELECT (SELECT count(*) FROM edge_events)::int + (SELECT count(*) FROM dead_letters)::int AS count",
  );
  return rows[0]?.count ?? 0;
}

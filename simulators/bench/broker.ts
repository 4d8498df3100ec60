import { join } from "node:path";
import type { Report } from "../../scripts/bench/report.ts";
import type { HubAnswer, HubOrder, LoadAnswer, LoadOrder } from "./broker/messages.ts";
import { type AskedProcess, startAskedProcess } from "./edges/asked-process.ts";
import { residentPeak, startOver } from "./edges/resident-peak.ts";

export const description = "the built-in broker under devices that keep no window, and while nothing can be taken";

/** Devices, how long they publish without pause, how long the database then stands still, and how often all of it is done. */
const FULL = { devices: 1_000, overloadMs: 30_000, stallMs: 60_000, runs: 10 };
const SHORT = { devices: 60, overloadMs: 5_000, stallMs: 14_000, runs: 1 };
type Size = typeof FULL;

/** Sending again ends after this, whatever is missing. */
const SETTLE_MAX_MS = 180_000;
const MIB = 1_048_576;
/** More than the hub may queue unread (128 MiB, `IntakeBudget`), four times that unpacked, and what 1,000 connections take. */
const GROWTH_MAX_MIB = 768;

/** Real TLS connections of real devices, the real broker, hub and Postgres. */
export async function bench(report: Report): Promise<void> {
  const size = report.short ? SHORT : FULL;
  const total = { crashes: 0, lost: 0, cut: 0 };
  for (let run = 1; run <= size.runs; run++) {
    const { crashed, lost, cut } = await oneRun(report, { size, run });
    total.crashes += crashed ? 1 : 0;
    total.lost += lost;
    total.cut += cut;
  }
  const none = (name: string, value: number, unit: string): void =>
    report.figure({ name, value, unit, goal: "<=0", ok: value === 0 });
  none("broker-crashes", total.crashes, `of-${size.runs}-runs`);
  none("broker-lost", total.lost, "events");
  none("broker-cuts", total.cut, "connections");
}

interface Outcome {
  readonly crashed: boolean;
  readonly lost: number;
  readonly cut: number;
}

async function oneRun(report: Report, { size, run }: { readonly size: Size; readonly run: number }): Promise<Outcome> {
  const folder = join(import.meta.dirname, "broker");
  const hub = startAskedProcess<HubOrder, HubAnswer>(join(folder, "hub-process.ts"));
  const load = startAskedProcess<LoadOrder, LoadAnswer>(join(folder, "load-process.ts"));
  try {
    report.progress(`run ${run}: ${size.devices} devices connect`);
    const { identities } = await hub.ask({ kind: "enrol", devices: size.devices });
    await load.ask({ kind: "connect", identities });
    const before = residentPeak(hub.pid);
    startOver(hub.pid);
    report.progress(`run ${run}: each publishes as fast as it is acknowledged`);
    const began = performance.now();
    const busy = await load.ask({ kind: "publish", ms: size.overloadMs });
    const seconds = (performance.now() - began) / 1_000;
    const taken = (await hub.ask({ kind: "count" })).events;
    report.figure({ name: "broker-acknowledged", value: busy.acknowledged / seconds, unit: "messages/s", ok: true });
    report.figure({ name: "broker-committed", value: taken / seconds, unit: "events/s", ok: true });
    figureOfMemory(report, "broker-overload-memory", residentPeak(hub.pid) - before);

    report.progress(`run ${run}: the database stands still for ${size.stallMs / 1_000} s, and its connections are cut`);
    startOver(hub.pid);
    await Promise.all([
      hub.ask({ kind: "stall", ms: size.stallMs }),
      load.ask({ kind: "publish", ms: size.stallMs + size.overloadMs / 2 }),
    ]);
    figureOfMemory(report, "broker-stall-memory", residentPeak(hub.pid) - before);
    const settled = await load.ask({ kind: "settle", ms: SETTLE_MAX_MS });
    const committed = (await hub.ask({ kind: "count" })).events;
    const lost = settled.made - Math.min(committed, settled.confirmed);
    report.progress(`run ${run}: ${settled.made} events made, ${committed} committed, ${settled.confirmed} confirmed`);
    return { crashed: false, lost, cut: settled.cut };
  } catch (error) {
    if (hub.isAlive()) throw error;
    return { crashed: true, lost: 0, cut: 0 };
  } finally {
    await stopAll(hub, load);
  }
}

async function stopAll(
  hub: AskedProcess<HubOrder, HubAnswer>,
  load: AskedProcess<LoadOrder, LoadAnswer>,
): Promise<void> {
  await load.stop({ kind: "stop" });
  await hub.stop({ kind: "stop" });
}

function figureOfMemory(report: Report, name: string, bytes: number): void {
  const value = bytes / MIB;
  const ratio = value / GROWTH_MAX_MIB;
  report.figure({ name, value, unit: "MiB-more", ratio, goal: "<=1", ok: ratio <= 1 });
}

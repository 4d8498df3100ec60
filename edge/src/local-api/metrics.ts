import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { CountedOutcome } from "../cameras/camera-intake.ts";
import type { AgentView } from "./agent-view.ts";

const LINK_STATES = ["online", "cloud_down", "network_down", "gateway_down", "degraded"] as const;

export interface AgentMetrics {
  readonly registry: Registry;
  countRead(outcome: CountedOutcome, cameraId: string): void;
}

/** Prometheus metrics of the agent. No label holds a plate. */
export function agentMetrics(view: AgentView): AgentMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const reads = new Counter({
    name: "gatehouse_camera_reads_total",
    help: "Reads that cameras sent, by what became of them",
    labelNames: ["outcome", "camera"],
    registers: [registry],
  });
  gauge(
    registry,
    "gatehouse_outbox_pending",
    "Events that the cloud has not confirmed",
    () => view.queries.outbox().pending,
  );
  gauge(registry, "gatehouse_outbox_last_n", "Highest sequence number written", () => view.queries.outbox().lastN);
  gauge(registry, "gatehouse_replica_version", "Version of the replica in force", () => view.queries.replica().version);
  gauge(registry, "gatehouse_store_bytes", "Size of the store on disk", () => view.queries.disk().usedBytes);
  gauge(registry, "gatehouse_disk_free_bytes", "Free bytes on the store's volume", () => view.queries.disk().freeBytes);
  new Gauge({
    name: "gatehouse_link_state",
    help: "1 for the present state of the link",
    labelNames: ["state"],
    registers: [registry],
    collect() {
      const now = view.link().state;
      for (const state of LINK_STATES) this.set({ state }, state === now ? 1 : 0);
    },
  });
  cameraGauges(registry, view);
  new Gauge({
    name: "gatehouse_lane_alarms",
    help: "Alarms that stand on a lane",
    labelNames: ["lane"],
    registers: [registry],
    collect() {
      for (const lane of view.lanes.snapshot()) this.set({ lane: lane.code }, lane.alarms.length);
    },
  });
  return { registry, countRead: (outcome, camera) => reads.inc({ outcome, camera }) };
}

function cameraGauges(registry: Registry, view: AgentView): void {
  new Gauge({
    name: "gatehouse_camera_up",
    help: "0 while a camera can't be reached or refuses us",
    labelNames: ["camera"],
    registers: [registry],
    collect() {
      for (const { cameraId, link } of view.cameras.health())
        this.set({ camera: cameraId }, link.state === "down" ? 0 : 1);
    },
  });
  new Gauge({
    name: "gatehouse_camera_last_message_seconds",
    help: "When a camera last said something, as Unix time",
    labelNames: ["camera"],
    registers: [registry],
    collect() {
      for (const { cameraId, lastMessageAt } of view.cameras.health())
        if (lastMessageAt !== null) this.set({ camera: cameraId }, lastMessageAt / 1_000);
    },
  });
}

function gauge(registry: Registry, name: string, help: string, read: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}

import type { LiveLot, LiveMovement, OperationsMessage } from "@gatehouse/shared/contracts/http/operations.ts";
import type { TelemetryLane } from "@gatehouse/shared/contracts/mqtt/link.ts";

export const START = Date.UTC(2026, 5, 15, 8, 30);
const LONG = "Parkhaus-Donaudampfschifffahrtsgesellschaftskapitaensgarage ".repeat(3).slice(0, 120);

/** A UUID that tells what it numbers. */
export function id(kind: number, index: number): string {
  return `${kind.toString(16).padStart(8, "0")}-0000-7000-8000-${index.toString(16).padStart(12, "0")}`;
}

export function sampleLane(lot: number, index: number, over: Partial<TelemetryLane> = {}): TelemetryLane {
  const direction = index % 2 === 0 ? "entry" : "exit";
  return {
    lane_id: id(2, lot * 10 + index),
    code: `${direction}-${Math.floor(index / 2) + 1}`,
    direction,
    mode: "automatic",
    state: "idle",
    barrier: "down",
    loops: { arming: "clear", safety: "clear", closing: "clear" },
    plate: null,
    display: "Welcome",
    alarms: [],
    ...over,
  };
}

const BUSY: Partial<TelemetryLane> = {
  barrier: "up",
  state: "passing",
  plate: "WI-123AB",
  display: "Please drive on",
  loops: { arming: "clear", safety: "occupied", closing: "clear" },
};
const BROKEN: Partial<TelemetryLane> = {
  barrier: "stopped",
  mode: "fault",
  alarms: ["arm_moved", "some_new_alarm"],
  loops: { arming: "occupied", safety: "unknown", closing: "clear" },
};

export function sampleLot(index: number, over: Partial<LiveLot> = {}): LiveLot {
  const used = (index * 7) % 40;
  return {
    lot_id: id(1, index),
    code: `lot-${index}`,
    name: index === 1 ? LONG : `Lot ${String(index).padStart(2, "0")} Harbour`,
    time_zone: index % 2 === 0 ? "Europe/Vienna" : "America/New_York",
    currency: index % 2 === 0 ? "EUR" : "USD",
    spots: [
      { type: "standard", total: 60, available: 60 - used - 3, occupied: used, reserved: 2, out_of_service: 1 },
      { type: "disabled", total: 4, available: 0, occupied: 4, reserved: 0, out_of_service: 0 },
      { type: "ev", total: 8, available: 5, occupied: 3, reserved: 0, out_of_service: 0 },
    ],
    open_sessions: used + 7,
    link: {
      state: "online",
      connected: true,
      since: START - 3_600_000,
      cursor: 12_345,
      outbox_pending: 0,
      replica_version: 88,
      replica_version_at_edge: 88,
    },
    lanes: [
      sampleLane(index, 0, BUSY),
      sampleLane(index, 1),
      ...(index === 1 ? [sampleLane(index, 2, { barrier: "unknown" }), sampleLane(index, 3, BROKEN)] : []),
    ],
    ...over,
  };
}

/** A lot whose edge was cut off and holds events. */
export const cutOff: Partial<LiveLot> = {
  link: {
    state: "network_down",
    connected: false,
    since: START - 600_000,
    cursor: 12_345,
    outbox_pending: 1_234,
    replica_version: 88,
    replica_version_at_edge: 85,
  },
};

export function sampleMovement(index: number, over: Partial<LiveMovement> = {}): LiveMovement {
  const isExit = index % 3 === 0;
  const at = START - index * 20_000;
  return {
    movement_id: id(3, index),
    lot_id: id(1, index % 2),
    lane_id: id(2, 0),
    lane_code: isExit ? "exit-1" : "entry-1",
    direction: isExit ? "exit" : "entry",
    plate: index % 7 === 5 ? null : `W-${10_000 + index}X`,
    decision: index % 7 === 5 ? "refuse" : "admit",
    reasons: index % 7 === 5 ? ["no_plate"] : isExit ? ["session_found", "brand_new_code"] : ["permit_valid"],
    outcome: index === 1 ? null : "passed",
    fee_minor: isExit ? 450 + index : null,
    currency: isExit ? "EUR" : null,
    at,
    received_at: at + (index % 5 === 4 ? 1_500_000 : 200),
    ...over,
  };
}

export function sampleSnapshot(lots: number, movements: number): Extract<OperationsMessage, { kind: "snapshot" }> {
  return {
    kind: "snapshot",
    at: START,
    lots: Array.from({ length: lots }, (_, index) => sampleLot(index)),
    movements: Array.from({ length: movements }, (_, index) => sampleMovement(index)),
  };
}

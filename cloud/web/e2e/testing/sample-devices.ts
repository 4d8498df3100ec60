import type { deadLetterView, deviceView } from "@gatehouse/shared/contracts/http/devices.ts";
import type { z } from "zod";
import { id, START } from "./sample-lots.ts";

type Device = z.infer<typeof deviceView>;

const MINUTE_MS = 60_000;
const iso = (ms: number): string => new Date(ms).toISOString();

/** A device that stands well with the cloud, with what differs. */
export function sampleDevice(index: number, over: Partial<Device> = {}): Device {
  return {
    id: id(5, index),
    parking_lot_id: id(1, index),
    lot_name: `Lot ${String(index).padStart(2, "0")} Harbour`,
    time_zone: "Europe/Berlin",
    serial: `edge-${index}`,
    connected: true,
    since: iso(START - 3_600_000),
    last_seen_at: iso(START - 2_000),
    link_state: "online",
    epoch: 1,
    cursor: 81_234,
    hash: "9f2c41d07a55e3b86c0d1e2f3a4b5c6d7e8f90123456789abcdef0123456789a",
    stream_changed_at: iso(START - 4_000),
    forked_at: null,
    stopped_for: null,
    epoch_due: false,
    dead_letters: 0,
    outbox_pending: 0,
    standing: {
      oldest_pending_at: null,
      replica_confirmed_at: START - 20_000,
      clock_quality: "synced",
      disk_used_bytes: 48_000_000,
      disk_free_bytes: 21_500_000_000,
    },
    standing_at: iso(START - 2_000),
    replica_version: 412,
    replica_head: 412,
    agent_version: "0.1.0",
    certificate_not_after: iso(START + 80 * 86_400_000),
    renewal_asked_at: null,
    revoked_at: null,
    ...over,
  };
}

/** One of each state that a device can be in. */
export function sampleDevices(): Device[] {
  const late = { oldest_pending_at: START - 95 * MINUTE_MS, replica_confirmed_at: START - 40 * MINUTE_MS };
  return [
    sampleDevice(0),
    sampleDevice(1, {
      lot_name: "Harborside Evening Parking at the Old Ferry Terminal, Pier 17 North, Levels 0 to 2",
      stopped_for: "rolled_back",
      forked_at: iso(START - MINUTE_MS),
      dead_letters: 2,
    }),
    sampleDevice(2, {
      ...{ outbox_pending: 184_223, replica_version: 400, link_state: "degraded" },
      standing: { ...late, clock_quality: "unknown", disk_used_bytes: 900_000_000, disk_free_bytes: 90_000_000 },
    }),
    sampleDevice(3, { connected: false, outbox_pending: null, standing: null, standing_at: null, agent_version: null }),
    sampleDevice(4, { revoked_at: iso(START - 86_400_000), connected: false }),
    sampleDevice(5, { stopped_for: "clone", forked_at: iso(START), certificate_not_after: iso(START + 86_400_000) }),
    sampleDevice(7, {
      ...{ connected: false, renewal_asked_at: iso(START), certificate_not_after: iso(START - 86_400_000) },
    }),
    sampleDevice(6, { epoch_due: true, epoch: 4, cursor: 0 }),
  ];
}

export function sampleLetter(index: number): z.infer<typeof deadLetterView> {
  return {
    device_id: id(5, 1),
    epoch: 1,
    n: 500 + index,
    parking_lot_id: id(1, 1),
    code: "unknown_lane",
    message: "The event names a lane that this lot doesn't have.",
    received_at: iso(START - MINUTE_MS),
    settled_at: null,
    settled_as: null,
    settled_by: null,
    body: JSON.stringify({ n: 500 + index, body: { type: "session.opened", lane_id: id(2, 9), plate: "B-AB 123" } }),
  };
}

import { describe, expect, it } from "vitest";
import { sampleDevice, sampleDevices } from "../../e2e/testing/sample-devices.ts";
import { START } from "../../e2e/testing/sample-lots.ts";
import { concernsOf, inOrderOfNeed, oldestPendingMs, replicaAgeMs, replicaLag } from "./device-health.ts";

const standing = {
  oldest_pending_at: START - 5_000,
  replica_confirmed_at: START - 9_000,
  clock_quality: "synced",
  disk_used_bytes: 1,
  disk_free_bytes: 10_000_000_000,
} as const;
const at = new Date(START).toISOString();

describe("what somebody should know of a device", () => {
  it("is nothing while all is well", () => {
    expect(concernsOf(sampleDevice(0), START)).toEqual([]);
  });

  it.each([
    ["clone", { stopped_for: "clone" }],
    ["fork", { stopped_for: "fork" }],
    ["rolled_back", { stopped_for: "rolled_back" }],
    ["dead_letters", { dead_letters: 1 }],
    ["epoch_due", { epoch_due: true }],
    ["not_connected", { connected: false }],
    ["renewal_asked", { certificate_not_after: at, renewal_asked_at: at }],
    ["certificate_over", { certificate_not_after: at }],
    ["certificate_ends", { certificate_not_after: new Date(START + 13 * 86_400_000).toISOString() }],
    ["backlog_late", { standing: { ...standing, oldest_pending_at: START - 601_000 }, standing_at: at }],
    ["replica_late", { standing: { ...standing, replica_confirmed_at: START - 601_000 }, standing_at: at }],
    ["clock_unknown", { standing: { ...standing, clock_quality: "unknown" }, standing_at: at }],
    ["disk_low", { standing: { ...standing, disk_free_bytes: 400_000_000 }, standing_at: at }],
  ] as const)("is %s", (concern, over) => {
    expect(concernsOf(sampleDevice(0, over), START)).toEqual([concern]);
    expect(concernsOf(sampleDevice(0, { ...over, revoked_at: at }), START)).toEqual([]);
  });

  it("doesn't judge by what a device said before it was cut off", () => {
    const old = { ...standing, oldest_pending_at: START - 601_000, clock_quality: "unknown" } as const;
    expect(concernsOf(sampleDevice(0, { connected: false, standing: old, standing_at: at }), START)).toEqual([
      "not_connected",
    ]);
  });
});

it("a simulated lot's time runs faster, so its limits are as many times longer", () => {
  const late = sampleDevice(0, { standing: { ...standing, replica_confirmed_at: START - 601_000 }, standing_at: at });
  expect(concernsOf(late, START, 20)).toEqual([]);
});

it("the gravest come first and revoked ones last", () => {
  const order = inOrderOfNeed(sampleDevices(), START).map(({ serial }) => serial);
  expect(order).toEqual(["edge-5", "edge-1", "edge-7", "edge-6", "edge-3", "edge-2", "edge-0", "edge-4"]);
});

it("ages are by the edge's own clock until it spoke and by the cloud's since, and unknown where it told nothing", () => {
  const told = sampleDevice(0, { standing, standing_at: at, replica_version: 4, replica_head: 9 });
  expect([oldestPendingMs(told, START + 1_000), replicaAgeMs(told, START + 1_000), replicaLag(told)]).toEqual([
    8_000, 12_000, 5,
  ]);
  const silent = sampleDevice(0, { standing: null, standing_at: null, replica_version: null });
  expect([oldestPendingMs(silent, START), replicaAgeMs(silent, START), replicaLag(silent)]).toEqual([null, null, null]);
});

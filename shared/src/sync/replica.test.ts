import { describe, expect, it } from "vitest";
import type { ReplicaDelta, ReplicaSnapshot } from "../contracts/mqtt/replica.ts";
import { judgeReplica, REPLICA_ANSWER_TIMEOUT_MS, shouldAsk } from "./replica.ts";

const OURS = "aa".repeat(32);
const THEIRS = "bb".repeat(32);
const held = { version: 7, checksum: OURS, isConfirmed: true };
const delta = (from: number, to: number, checksum = THEIRS): ReplicaDelta => ({
  v: 1,
  kind: "delta",
  from,
  to,
  checksum,
  changes: [],
});
const snapshot = (version: number, checksum = THEIRS): ReplicaSnapshot => ({
  v: 1,
  kind: "snapshot",
  version,
  checksum,
  item_count: 0,
  part: 0,
  parts: 1,
  items: [],
});

describe("Verifies: SYNC-09: judgeReplica", () => {
  it("applies a delta that starts at the version in force, and asks for the way to any other", () => {
    expect(judgeReplica(held, delta(7, 8))).toEqual({ kind: "apply" });
    expect(judgeReplica(held, delta(8, 9))).toEqual({ kind: "ask", want: "deltas" });
    expect(judgeReplica(held, delta(6, 8))).toEqual({ kind: "ask", want: "deltas" });
  });

  it("leaves what is older than the version in force", () => {
    expect(judgeReplica(held, delta(5, 6))).toEqual({ kind: "known" });
    expect(judgeReplica(held, snapshot(6))).toEqual({ kind: "known" });
  });

  it("follows a cloud that was restored to an earlier version, as long as it has not named ours on this connection", () => {
    const unconfirmed = { ...held, isConfirmed: false };
    expect(judgeReplica(unconfirmed, snapshot(6))).toEqual({ kind: "apply" });
    expect(judgeReplica(unconfirmed, delta(5, 6))).toEqual({ kind: "ask", want: "snapshot" });
  });

  it("takes the same version for current only when its content is the same", () => {
    expect(judgeReplica(held, delta(7, 7, OURS))).toEqual({ kind: "current" });
    expect(judgeReplica(held, snapshot(7, OURS))).toEqual({ kind: "current" });
    expect(judgeReplica(held, delta(7, 7, THEIRS))).toEqual({ kind: "ask", want: "snapshot" });
  });

  it("applies a newer snapshot", () => {
    expect(judgeReplica(held, snapshot(8))).toEqual({ kind: "apply" });
  });
});

describe("shouldAsk", () => {
  it("asks once, until that has gone quiet", () => {
    expect(shouldAsk(null, "deltas", 0)).toBe(true);
    const asking = { want: "deltas", since: 100 } as const;
    expect(shouldAsk(asking, "deltas", 101)).toBe(false);
    expect(shouldAsk(asking, "deltas", 100 + REPLICA_ANSWER_TIMEOUT_MS)).toBe(true);
  });

  it("asks for a whole one although changes are under way, but not the reverse", () => {
    expect(shouldAsk({ want: "deltas", since: 0 }, "snapshot", 1)).toBe(true);
    expect(shouldAsk({ want: "snapshot", since: 0 }, "deltas", 1)).toBe(false);
  });
});

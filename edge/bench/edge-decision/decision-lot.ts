import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ReplicaItem } from "@gatehouse/shared/contracts/mqtt/replica.ts";
import { uuidv7Source } from "@gatehouse/shared/kit/ids.ts";
import { systemRandom } from "@gatehouse/shared/kit/random.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import type { LaneDecision } from "../../src/decision/decision-desk.ts";
import { createDecisionDesk } from "../../src/decision/desk.ts";
import {
  ENTRY_LANE,
  LOT_ID,
  loadReplica,
  lotItem,
  permitItem,
  samplePermit,
  samplePolicy,
  tariffItem,
} from "../../src/decision/testing/lot-sample.ts";
import { openStore } from "../../src/store/open-store.ts";
import type { EdgeStore } from "../../src/store/store-port.ts";

/** A lot with many permits whose vehicles come in one after another. */
export interface DecisionLot {
  readonly store: EdgeStore;
  /**
   * The measured path: a parsed read in, the durable decision out. The lane system goes in front of it when it can be
   * driven without a barrier's travel time: from `LaneControl.offer` to the relay command on the simulated socket.
   */
  decideNext(): Promise<LaneDecision>;
  /** The vehicle has passed. */
  pass(decision: LaneDecision): Promise<void>;
  close(): Promise<void>;
}

/** Opens a store in a new directory and puts `permits` permits in force. */
export async function openDecisionLot(permits: number): Promise<DecisionLot> {
  const directory = mkdtempSync(join(tmpdir(), "gatehouse-bench-"));
  const clock = systemClock();
  const newId = uuidv7Source(clock, systemRandom);
  const quiet = (): void => {};
  const log = { info: quiet, warn: quiet, error: quiet };
  const store = openStore({ directory, clock, newId, clockQuality: () => "synced", log });
  await loadReplica(store, [lotItem(samplePolicy()), tariffItem(), ...permitItems(permits)]);
  const desk = createDecisionDesk({
    store,
    site: { lot_id: LOT_ID },
    newId,
    clock,
    log,
    clockQuality: () => "synced",
    linkState: () => "online",
  });
  let next = 0;
  return {
    store,
    decideNext: () => {
      const plate = plateOf((next++ * 7_919) % permits);
      return desk.decide({
        laneId: ENTRY_LANE,
        direction: "entry",
        credential: { kind: "plate", value: plate },
        read: {
          raw: plate,
          normalised: plate,
          matched: null,
          confidence: 0.97,
          source: "cam-1",
          vendor_event_id: "00000000-1111",
          captured_at: clock.wall(),
          received_at: clock.wall(),
        },
        override: null,
      });
    },
    pass: ({ movementId }) => desk.finish({ movementId, outcome: "passed", endedAt: clock.wall() }),
    close: async () => {
      await store.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function permitItems(count: number): ReplicaItem[] {
  return Array.from({ length: count }, (_, at) =>
    permitItem(samplePermit(`P${at}`, plateOf(at), { max_concurrent: 1_000 })),
  );
}

function plateOf(at: number): string {
  return `KAX${100_000 + at}`;
}

import { tempStore } from "@gatehouse/edge/store/testing/temp-store.ts";
import { seededRandom } from "@gatehouse/shared/kit/random.ts";
import { checksumOf } from "@gatehouse/shared/sync/replica-checksum.ts";
import { expect, it } from "vitest";
import { NO_FAULTS } from "./bad-carrier.ts";
import { ReplicaLot } from "./replica-lot.ts";

const BAD = { lost: 0.2, repeated: 0.2, heldBack: 0.3, heldBackMs: 15_000 };
const PLATES = Array.from({ length: 40 }, (_, index) => `B-X ${index}`);
const STEPS = 120;
const STEP_MS = 1_000;
/** A question that was lost is asked again after 10 s, a minute later at the latest. */
const CONVERGED_WITHIN_MS = 90_000;

/** Lets what waits for the disk happen: SQLite commits in turns of their own, not by the clock. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

it.each([1, 2, 3])(
  "Verifies: SYNC-09, SYNC-17: over a link that loses, repeats, reorders and cuts a replica is never half, and ends equal (seed %i)",
  async (seed) => {
    const random = seededRandom(seed);
    const temp = tempStore();
    const { replica } = temp.store;
    const lot = new ReplicaLot({ clock: temp.clock, random, store: replica });
    const advance = async (ms: number): Promise<void> => {
      for (let done = 0; done < ms; done += 250) {
        temp.clock.advance(250);
        await settle();
        const { version, checksum } = replica.status();
        expect(checksum, `version ${version}`).toBe(lot.cloud.history.get(version));
      }
    };
    lot.down.badness = BAD;
    lot.up.badness = BAD;
    lot.connect();
    for (let step = 0; step < STEPS; step++) {
      const plate = PLATES[Math.floor(random.next() * PLATES.length)] ?? "";
      if (random.next() < 0.5) lot.change(plate, random.next() < 0.3 ? null : `step ${step}`);
      if (random.next() < 0.03) lot.cut();
      if (!lot.isLinked || random.next() < 0.03) lot.connect();
      await advance(STEP_MS);
    }
    expect(Math.min(...Object.values(lot.down.done))).toBeGreaterThan(0);
    // The last change is lost as well, on a connection that stays: nothing but the edge's own questions can find it.
    lot.down.badness = NO_FAULTS;
    lot.connect();
    await advance(STEP_MS);
    lot.down.badness = { ...NO_FAULTS, lost: 1 };
    lot.change("B-X 0", "the last word");
    await advance(STEP_MS);
    lot.down.badness = NO_FAULTS;
    lot.up.badness = NO_FAULTS;
    expect(replica.status().version).toBeLessThan(lot.cloud.head.version);
    await advance(CONVERGED_WITHIN_MS);
    expect(replica.status()).toMatchObject({ version: lot.cloud.head.version, checksum: lot.cloud.head.checksum });
    expect(replica.recomputeChecksum()).toBe(checksumOf(lot.cloud.items.values()));
    expect(replica.ageMs()).toBeLessThan(90_000);
    await temp.remove();
  },
  60_000,
);

import fc from "fast-check";
import { expect, it } from "vitest";
import type { Batch } from "./batch.ts";
import { judgeBatch, judgeHello, type StreamPosition, startOfEpoch } from "./cursor.ts";
import { chainHashes, ZERO_HASH } from "./hash-chain.ts";

interface Card {
  epoch: number;
  log: string[];
  wantsEpoch: boolean;
}

const hashOf = (log: readonly string[]): string => chainHashes(ZERO_HASH, log).at(-1) ?? ZERO_HASH;

/** One card, copies of it from before; the transport is the order of the actions. */
class World {
  card: Card = { epoch: 1, log: [], wantsEpoch: false };
  readonly copies: Card[] = [];
  position: StreamPosition = startOfEpoch(1);
  isEpochDue = false;
  isStopped = false;
  /** What the cloud has applied, by epoch. */
  readonly applied = new Map<number, string[]>();
  #written = 0;

  write(): void {
    this.card.log.push(`{"event":${this.#written++}}`);
  }

  copy(): void {
    this.copies.push(structuredClone(this.card));
  }

  /** An old card is put in; `isRestore`: by `gate restore`, which asks for an epoch. */
  putIn(at: number, isRestore: boolean): void {
    const old = this.copies[at % Math.max(1, this.copies.length)];
    if (old) this.card = { ...structuredClone(old), wantsEpoch: isRestore };
  }

  hello(): void {
    if (this.isStopped) return;
    const { epoch, log, wantsEpoch } = this.card;
    const sender = { epoch, lastN: log.length, lastHash: hashOf(log), wantsEpoch, takesEpoch: true };
    const verdict = judgeHello({ ...this.position, isEpochDue: this.isEpochDue }, sender);
    if (verdict.kind === "edge_behind" || verdict.kind === "fork") this.isStopped = true;
    if (verdict.kind === "ok") this.isEpochDue = false;
    if (verdict.kind === "new_epoch") {
      expect(verdict.position.epoch).toBeGreaterThan(epoch);
      this.position = verdict.position;
      this.isEpochDue = true;
      this.card = { epoch: verdict.position.epoch, log, wantsEpoch: false };
    }
  }

  send(from: number): void {
    if (this.isStopped) return;
    const { epoch, log } = this.card;
    const first = 1 + (from % Math.max(1, log.length));
    const lines = log.slice(first - 1);
    if (lines.length === 0) return;
    const header = {
      v: 3,
      device_id: "d",
      epoch,
      first,
      count: lines.length,
      previous_hash: hashOf(log.slice(0, first - 1)),
    };
    this.#take({ header, lines });
  }

  /** A person lets the device go on. */
  release(): void {
    if (!this.isStopped) return;
    this.position = startOfEpoch(this.position.epoch + 1);
    this.isEpochDue = true;
    this.isStopped = false;
  }

  #take(batch: Batch): void {
    const before = this.position;
    const verdict = judgeBatch(before, batch, null);
    if (verdict.kind === "fork") this.isStopped = true;
    if (batch.header.epoch < before.epoch) expect(verdict.kind).toBe("stale_epoch");
    if (verdict.kind !== "apply") return;
    this.position = verdict.position;
    this.isEpochDue = false;
    const log = verdict.position.epoch > before.epoch ? [] : (this.applied.get(before.epoch) ?? []);
    this.applied.set(verdict.position.epoch, [...log, ...verdict.lines]);
  }
}

const action = fc.oneof(
  fc.constant((world: World) => world.write()),
  fc.constant((world: World) => world.copy()),
  fc.constant((world: World) => world.hello()),
  fc.constant((world: World) => world.release()),
  fc.nat(20).map((from) => (world: World) => world.send(from)),
  fc.tuple(fc.nat(5), fc.boolean()).map(
    ([at, isRestore]) =>
      (world: World) =>
        world.putIn(at, isRestore),
  ),
);

it("Verifies: SYNC-07, SYNC-08: whatever cards are put in, an epoch holds one history, its hash says which, and none comes back", () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60, size: "max" }), (steps) => {
      const world = new World();
      for (const step of steps) {
        const before = world.position.epoch;
        step(world);
        expect(world.position.epoch).toBeGreaterThanOrEqual(before);
        const log = world.applied.get(world.position.epoch) ?? [];
        expect(log).toHaveLength(world.position.cursor);
        expect(new Set(log).size).toBe(log.length);
        expect(hashOf(log)).toBe(world.position.hash);
      }
    }),
    { numRuns: 300 },
  );
});

it("Verifies: SYNC-08: after a release and a hello, whatever card is in, all that it holds arrives", () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60, size: "max" }), (steps) => {
      const world = new World();
      for (const step of steps) step(world);
      // The first hello may show why it has to stop, a batch too; after each a person releases it.
      for (let round = 0; round < 3; round++) {
        world.hello();
        world.send(0);
        world.release();
      }
      const isEnded = world.card.epoch < world.position.epoch;
      if (!isEnded) expect(world.applied.get(world.card.epoch) ?? []).toEqual(world.card.log);
    }),
    { numRuns: 300 },
  );
});

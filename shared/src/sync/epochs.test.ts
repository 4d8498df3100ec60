import fc from "fast-check";
import { expect, it } from "vitest";
import {
  beginningOf,
  judgeBatch,
  judgeHello,
  type Mark,
  type ReceiverPosition,
  type StreamPosition,
  startOfEpoch,
} from "./cursor.ts";
import { chainHashes, ZERO_HASH } from "./hash-chain.ts";

/** A card holds all that its store has written; of numbers up to `keptN` it has deleted the lines. */
interface Card {
  epoch: number;
  log: string[];
  wantsEpoch: boolean;
  confirmedN: number;
  keptN: number;
}

interface Row {
  readonly epoch: number;
  readonly n: number;
  readonly line: string;
  readonly hash: string;
  readonly isNew: boolean;
}

interface Cloud {
  position: ReceiverPosition;
  isStopped: boolean;
  rows: Row[];
}

const BATCH_MAX = 4;

/** One card, copies of it from before, and a cloud that can come back from a backup; the transport is the order of the actions. */
class World {
  card: Card = { epoch: 1, log: [], wantsEpoch: false, confirmedN: 0, keptN: 0 };
  readonly copies: Card[] = [];
  cloud: Cloud = { position: { ...startOfEpoch(1), startN: 0 }, isStopped: false, rows: [] };
  /** Backups that are younger than the keep window: of what they lack nothing has been deleted. */
  backups: Cloud[] = [];
  /** The card in place has heard from the cloud as it is; only then the edge deletes what is confirmed. */
  #isHeard = false;
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
    if (!old) return;
    this.card = { ...structuredClone(old), wantsEpoch: isRestore };
    this.#isHeard = false;
  }

  /** The keep window passes: what is confirmed goes, and so do backups that lack it. */
  prune(upTo: number): void {
    if (!this.#isHeard) return;
    this.card.keptN = Math.max(this.card.keptN, Math.min(this.card.confirmedN, upTo));
    for (const card of [this.card, ...this.copies])
      this.backups = this.backups.filter((backup) => holds(backup.rows, markAt(card.log, card.keptN)));
  }

  backUp(): void {
    this.backups.push(structuredClone(this.cloud));
  }

  restoreCloud(at: number): void {
    const backup = this.backups[at % Math.max(1, this.backups.length)];
    if (!backup) return;
    this.cloud = structuredClone(backup);
    this.#isHeard = false;
  }

  hello(): void {
    if (this.cloud.isStopped) return;
    const { epoch, log, wantsEpoch, confirmedN, keptN } = this.card;
    const sender = {
      epoch,
      lastN: log.length,
      lastHash: markAt(log, log.length).hash,
      wantsEpoch,
      confirmed: markAt(log, confirmedN),
      kept: markAt(log, keptN),
    };
    const verdict = judgeHello(this.cloud.position, sender);
    switch (verdict.kind) {
      case "edge_behind":
      case "fork":
        this.cloud.isStopped = true;
        return;
      case "new_epoch":
        expect(verdict.position.epoch).toBeGreaterThan(epoch);
        this.cloud.position = { ...verdict.position, startN: 0, isEpochDue: true };
        this.card.epoch = verdict.position.epoch;
        this.card.wantsEpoch = false;
        return;
      case "begin": {
        const position = beginningOf(sender, holds(this.cloud.rows, sender.confirmed));
        this.cloud.position = { ...position, startN: position.cursor };
        this.#confirmed(position);
        return;
      }
      case "ok":
        this.cloud.position = { ...this.cloud.position, isEpochDue: false };
        this.#confirmed(verdict.position);
        return;
      case "stale_epoch":
        return;
    }
  }

  send(from: number): void {
    const { epoch, log, keptN } = this.card;
    if (this.cloud.isStopped || log.length === keptN) return;
    const first = keptN + 1 + (from % (log.length - keptN));
    const lines = log.slice(first - 1, first - 1 + BATCH_MAX);
    const previous_hash = markAt(log, first - 1).hash;
    this.#take({ header: { v: 5, device_id: "d", epoch, first, count: lines.length, previous_hash }, lines });
  }

  /** A person lets the device go on. */
  release(): void {
    if (!this.cloud.isStopped) return;
    this.cloud.position = { ...startOfEpoch(this.cloud.position.epoch + 1), startN: 0, isEpochDue: true };
    this.cloud.isStopped = false;
  }

  /** Faults have ended: hellos, sending and help until nothing moves any more. */
  heal(): void {
    for (let round = 0; round < 6; round++) {
      this.release();
      this.hello();
      for (let sends = 0; sends <= this.card.log.length; sends++) {
        const next = this.cloud.position.cursor - this.card.keptN;
        if (next >= 0 && this.cloud.position.cursor < this.card.log.length) this.send(next);
      }
    }
  }

  /** Where the hash is another one, the edge stops, and shows by its next batch that there is a fork. */
  #confirmed({ cursor: n, hash }: StreamPosition): void {
    if (n > this.card.log.length || markAt(this.card.log, n).hash !== hash) return;
    this.card.confirmedN = n;
    this.#isHeard = true;
  }

  #take(batch: Parameters<typeof judgeBatch>[1]): void {
    const before = this.cloud.position;
    const verdict = judgeBatch(before, batch, null);
    if (verdict.kind === "fork") this.cloud.isStopped = true;
    if (batch.header.epoch < before.epoch) expect(verdict.kind).toBe("stale_epoch");
    if (verdict.kind !== "apply") return;
    const { epoch } = verdict.position;
    const startN = epoch > before.epoch ? 0 : (before.startN ?? 0);
    this.cloud.position = { ...verdict.position, startN, isEpochDue: false };
    for (const [i, line] of verdict.lines.entries()) {
      const at = { n: verdict.first + i, hash: verdict.hashes[i] ?? "" };
      this.cloud.rows.push({ epoch, ...at, line, isNew: !holds(this.cloud.rows, at) });
    }
  }
}

function markAt(log: readonly string[], n: number): Mark {
  return { n, hash: chainHashes(ZERO_HASH, log.slice(0, n)).at(-1) ?? ZERO_HASH };
}

function holds(rows: readonly Row[], { n, hash }: Mark): boolean {
  return n === 0 || rows.some((row) => row.n === n && row.hash === hash);
}

type Action = (world: World) => void;
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Action>((world) => world.write()) },
  { weight: 2, arbitrary: fc.constant<Action>((world) => world.hello()) },
  { weight: 3, arbitrary: fc.nat(20).map<Action>((from) => (world) => world.send(from)) },
  fc.constant<Action>((world) => world.copy()),
  fc.constant<Action>((world) => world.release()),
  fc.constant<Action>((world) => world.backUp()),
  fc.nat(20).map<Action>((upTo) => (world) => world.prune(upTo)),
  fc.nat(5).map<Action>((at) => (world) => world.restoreCloud(at)),
  fc.tuple(fc.nat(5), fc.boolean()).map<Action>(
    ([at, isRestore]) =>
      (world) =>
        world.putIn(at, isRestore),
  ),
);
const actions = fc.array(action, { maxLength: 80, size: "max" });

it("Verifies: SYNC-07, SYNC-08: whatever cards are put in, an epoch holds one history, its hash says which, and none comes back", () => {
  fc.assert(
    fc.property(actions, (steps) => {
      const world = new World();
      for (const step of steps) {
        const before = world.cloud;
        const { epoch } = before.position;
        step(world);
        const { position, rows } = world.cloud;
        if (world.cloud === before) expect(position.epoch).toBeGreaterThanOrEqual(epoch);
        const ofEpoch = rows.filter((row) => row.epoch === position.epoch);
        expect(ofEpoch.map(({ n }) => n)).toEqual(ofEpoch.map((_, i) => (position.startN ?? 0) + i + 1));
        if (ofEpoch.length > 0) expect(ofEpoch.at(-1)).toMatchObject({ n: position.cursor, hash: position.hash });
      }
    }),
    { numRuns: 500 },
  );
});

it("Verifies: SYNC-06, SYNC-08: whatever card is in and however far the cloud was set back, all that the card wrote is there, once", () => {
  fc.assert(
    fc.property(actions, (steps) => {
      const world = new World();
      for (const step of steps) step(world);
      world.heal();
      const { rows } = world.cloud;
      if (world.card.epoch < world.cloud.position.epoch) return;
      const counts = world.card.log.map((line) => rows.filter((row) => row.line === line && row.isNew).length);
      expect(counts).toEqual(world.card.log.map(() => 1));
    }),
    { numRuns: 500 },
  );
});

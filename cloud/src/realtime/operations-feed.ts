import type { OperationsMessage } from "@gatehouse/shared/contracts/http/operations.ts";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { Database } from "../db/database.ts";
import { readLanes, readLiveLots } from "../services/live/read-lots.ts";
import { readLatestMovements, readMovements } from "../services/live/read-movements.ts";
import { listLots } from "../services/lots/list.ts";
import { type Client, frameOf } from "./client.ts";
import { coalesce } from "./coalesce.ts";

export interface FeedOptions {
  readonly db: Database;
  /** Wall time of the lots' world. */
  readonly clock: Pick<Clock, "wall">;
  readonly realClock: Clock;
  readonly onError: (error: unknown) => void;
}

/** What the live pages of operators show; read from the tables when something says that they changed. */
export interface OperationsFeed {
  /** Sends a snapshot and then what changes, until `leave`. */
  join(client: Client): Promise<void>;
  leave(client: Client): void;
  lotChanged(lotId: Uuid): void;
  lanesChanged(lotId: Uuid): void;
  movementsChanged(lotId: Uuid, ids: readonly Uuid[]): void;
  /** Changes may have been missed: everything is read again. */
  everythingMayHaveChanged(): void;
}

/** Shortest time between two pictures of one lot. */
const LOT_PERIOD_MS = 250;
const LANES_PERIOD_MS = 100;
const MOVEMENTS_PERIOD_MS = 50;
const MAX_LOTS = 1_000;
/** Movements of each lot in a snapshot. */
const SNAPSHOT_MOVEMENTS = 30;
/** Movements told in one go; of a larger backlog the newest are shown, and the rest is in the tables. */
const MAX_MOVEMENTS_AT_ONCE = 200;

interface LotWatch {
  readonly clients: Set<Client>;
  /** Movements that changed since the last run; the newest ones, at most `MAX_MOVEMENTS_AT_ONCE`. */
  pending: Set<Uuid>;
  readonly refreshLot: () => void;
  readonly refreshLanes: () => void;
  readonly refreshMovements: () => void;
}

/** The live picture for staff: a snapshot on joining, then lots, lanes and movements as they change. */
export function createOperationsFeed({ db, clock, realClock, onError }: FeedOptions): OperationsFeed {
  const watches = new Map<Uuid, LotWatch>();

  function broadcast(lotId: Uuid, message: OperationsMessage): void {
    const frame = frameOf(message);
    for (const client of watches.get(lotId)?.clients ?? []) client.send(frame);
  }

  async function sendLot(lotId: Uuid): Promise<void> {
    const [lot] = await readLiveLots(db, [lotId]);
    if (lot) broadcast(lotId, { kind: "lot", lot });
  }

  async function sendLanes(lotId: Uuid): Promise<void> {
    const lanes = await readLanes(db, lotId);
    const frame = frameOf({ kind: "lanes", lot_id: lotId, lanes: [...lanes] } satisfies OperationsMessage);
    for (const client of watches.get(lotId)?.clients ?? []) client.sendTransient(frame);
  }

  async function sendMovements(lotId: Uuid): Promise<void> {
    const watch = watches.get(lotId);
    if (!watch || watch.pending.size === 0) return;
    const ids = [...watch.pending];
    watch.pending = new Set();
    for (const movement of await readMovements(db, { lotId, ids, limit: MAX_MOVEMENTS_AT_ONCE }))
      broadcast(lotId, { kind: "movement", movement });
  }

  function watch(lotId: Uuid): LotWatch {
    const known = watches.get(lotId);
    if (known) return known;
    const every = (periodMs: number, work: () => Promise<void>) =>
      coalesce({ clock: realClock, periodMs, work, onError });
    const made: LotWatch = {
      clients: new Set(),
      pending: new Set(),
      refreshLot: every(LOT_PERIOD_MS, () => sendLot(lotId)),
      refreshLanes: every(LANES_PERIOD_MS, () => sendLanes(lotId)),
      refreshMovements: every(MOVEMENTS_PERIOD_MS, () => sendMovements(lotId)),
    };
    watches.set(lotId, made);
    return made;
  }

  function leave(client: Client): void {
    for (const [lotId, { clients }] of watches) {
      clients.delete(client);
      if (clients.size === 0) watches.delete(lotId);
    }
  }

  async function join(client: Client): Promise<void> {
    const context = { db, clock, newId: () => "", actor: client.actor, requestId: null };
    const lotIds = (await listLots(context, { limit: MAX_LOTS, after: null })).map(({ id }) => id);
    const [lots, movements] = await Promise.all([
      readLiveLots(db, lotIds),
      readLatestMovements(db, { lotIds, limit: SNAPSHOT_MOVEMENTS }),
    ]);
    const snapshot: OperationsMessage = {
      kind: "snapshot",
      at: clock.wall(),
      lots: [...lots],
      movements: [...movements],
    };
    client.send(frameOf(snapshot));
    for (const lotId of lotIds) {
      const { clients, refreshLot } = watch(lotId);
      clients.add(client);
      // For what changed while the snapshot was read.
      refreshLot();
    }
  }

  return {
    join,
    leave,
    lotChanged: (lotId) => watches.get(lotId)?.refreshLot(),
    lanesChanged: (lotId) => watches.get(lotId)?.refreshLanes(),
    movementsChanged: (lotId, ids) => {
      const watched = watches.get(lotId);
      if (!watched) return;
      for (const id of ids) watched.pending.add(id);
      if (watched.pending.size > MAX_MOVEMENTS_AT_ONCE)
        watched.pending = new Set([...watched.pending].slice(-MAX_MOVEMENTS_AT_ONCE));
      watched.refreshMovements();
      watched.refreshLot();
    },
    everythingMayHaveChanged: () => {
      for (const { refreshLot, refreshLanes } of watches.values()) {
        refreshLot();
        refreshLanes();
      }
    },
  };
}

import { busTopics } from "@gatehouse/shared/contracts/events/topics.ts";
import type {
  Availability,
  AvailabilityMessage,
  AvailabilityRequest,
} from "@gatehouse/shared/contracts/http/operations.ts";
import type { SpotType } from "@gatehouse/shared/contracts/primitives.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { readStream } from "../events/postgres/read-stream.ts";
import { lotAvailability } from "../services/lots/availability.ts";
import { ServiceError } from "../services/service-error.ts";
import { readSpotTypes } from "../services/spots/read-types.ts";
import { type Client, frameOf } from "./client.ts";
import { applyChange, changeMessage, replayMessages, type SpotChangeAt } from "./lot-counts.ts";
import type { FeedOptions } from "./operations-feed.ts";

/** Availability for apps and signs: a snapshot of each lot, then each change with its version. */
export interface AvailabilityFeed {
  subscribe(client: Client, request: AvailabilityRequest): Promise<void>;
  leave(client: Client): void;
  /** The lot's stream has grown. */
  lotChanged(lotId: Uuid): void;
  everythingMayHaveChanged(): void;
}

/** Lots of one client, so that one can't make us watch everything many times. */
export const MAX_LOTS_A_CLIENT = 100;
/** Events read in one go. */
const READ_AT_ONCE = 500;
/** A client that is further behind gets a snapshot instead of the changes that it missed. */
const MAX_RESUME_EVENTS = 2_000;

interface WatchedLot {
  counts: Availability;
  readonly types: Map<Uuid, SpotType>;
  readonly clients: Set<Client>;
}

/** Free spots of lots: a snapshot on subscribing, or what was missed since a version, then each change in order. */
export function createAvailabilityFeed({ db, clock, onError }: FeedOptions): AvailabilityFeed {
  const lots = new Map<Uuid, WatchedLot>();
  /** What is done for a lot is done one after the other: a client joins between two changes, never within. */
  const queues = new Map<Uuid, Promise<void>>();

  function inTurn(lotId: Uuid, work: () => Promise<void>): Promise<void> {
    const turn = (queues.get(lotId) ?? Promise.resolve()).then(work);
    const kept = turn
      .catch(() => undefined)
      .finally(() => {
        if (queues.get(lotId) === kept) queues.delete(lotId);
      });
    queues.set(lotId, kept);
    return turn;
  }

  /** Reads what the stream has beyond the counts, applies it, and tells the clients. */
  async function catchUp(lotId: Uuid): Promise<void> {
    const lot = lots.get(lotId);
    if (!lot) return;
    for (;;) {
      const { changes, last, isFull } = await readChanges(lotId, lot, lot.counts.version);
      for (const change of changes) {
        lot.counts = applyChange(lot.counts, change);
        const frame = frameOf(changeMessage(change, lot.counts.available_spots));
        for (const client of lot.clients) client.send(frame);
      }
      lot.counts = { ...lot.counts, version: last };
      if (!isFull) return;
    }
  }

  async function readChanges(lotId: Uuid, { types }: WatchedLot, after: number) {
    const rows = await readStream(db, { lotId, after, limit: READ_AT_ONCE });
    const parsed = rows
      .filter(({ topic }) => topic === "spot.status.changes")
      .map(({ position, payload }) => ({ version: position, change: busTopics["spot.status.changes"].parse(payload) }));
    await learnTypes(
      lotId,
      types,
      parsed.map(({ change }) => change.spot_id),
    );
    const changes = parsed.map(
      (one): SpotChangeAt => ({ ...one, spotType: types.get(one.change.spot_id) ?? "standard" }),
    );
    return { changes, last: rows.at(-1)?.position ?? after, isFull: rows.length === READ_AT_ONCE };
  }

  async function learnTypes(lotId: Uuid, types: Map<Uuid, SpotType>, spotIds: readonly Uuid[]): Promise<void> {
    const unknown = spotIds.filter((id) => !types.has(id));
    if (unknown.length === 0) return;
    for (const [id, type] of await readSpotTypes(db, { lotId, spotIds: unknown })) types.set(id, type);
  }

  async function joinLot(client: Client, lotId: Uuid, since: number | undefined): Promise<void> {
    const context = { db, clock, newId: () => "", actor: client.actor, requestId: null };
    // Also checks that the client may see it.
    const counts = await lotAvailability(context, lotId);
    const lot = lots.get(lotId) ?? { counts, types: new Map(), clients: new Set() };
    lots.set(lotId, lot);
    await catchUp(lotId);
    const missed = since === undefined ? null : await missedSince(lotId, lot, since);
    if (missed) for (const message of replayMessages(missed, lot.counts.available_spots)) client.send(frameOf(message));
    else client.send(frameOf({ kind: "snapshot", lots: [lot.counts] } satisfies AvailabilityMessage));
    lot.clients.add(client);
  }

  /** The changes after a version; null when the stream no longer reaches back, or too far, or not yet. */
  async function missedSince(lotId: Uuid, lot: WatchedLot, since: number): Promise<readonly SpotChangeAt[] | null> {
    const behind = lot.counts.version - since;
    if (behind < 0 || behind > MAX_RESUME_EVENTS) return null;
    const missed: SpotChangeAt[] = [];
    let position = since;
    while (position < lot.counts.version) {
      const rows = await readStream(db, { lotId, after: position, limit: 1 });
      if (rows[0]?.position !== position + 1) return null;
      const { changes, last } = await readChanges(lotId, lot, position);
      missed.push(...changes.filter(({ version }) => version <= lot.counts.version));
      position = last;
    }
    return missed;
  }

  return {
    subscribe: async (client, { lots: wanted }) => {
      for (const { parking_lot_id, version } of wanted.slice(0, MAX_LOTS_A_CLIENT)) {
        await inTurn(parking_lot_id, () => joinLot(client, parking_lot_id, version)).catch((error: unknown) => {
          if (!(error instanceof ServiceError)) throw error;
          client.send(
            frameOf({ kind: "error", code: error.code, message: error.message } satisfies AvailabilityMessage),
          );
        });
      }
    },
    leave: (client) => {
      for (const [lotId, { clients }] of lots) {
        clients.delete(client);
        if (clients.size === 0) lots.delete(lotId);
      }
    },
    lotChanged: (lotId) => {
      if (lots.has(lotId)) inTurn(lotId, () => catchUp(lotId)).catch(onError);
    },
    everythingMayHaveChanged: () => {
      for (const lotId of lots.keys()) inTurn(lotId, () => catchUp(lotId)).catch(onError);
    },
  };
}

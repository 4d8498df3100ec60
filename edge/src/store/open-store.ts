import { SECOND_MS } from "@gatehouse/shared/kit/durations.ts";
import type { Database } from "better-sqlite3";
import { type AgentLock, lockStore } from "./agent-lock.ts";
import { createCheckpointThread } from "./checkpoint-thread.ts";
import { createCommandLog } from "./command-log.ts";
import { diskSpaceOf, prepareDiskMeasure } from "./disk-measure.ts";
import { DiskShare } from "./disk-share.ts";
import { GroupCommit } from "./group-commit.ts";
import { createIntegrityThread } from "./integrity-thread.ts";
import { createJournal } from "./journal-store.ts";
import { prepareMoneyRows } from "./money-rows.ts";
import { prepareMovementRows } from "./movement-rows.ts";
import { createOccupancy } from "./occupancy.ts";
import { databasePath, makeDirectory, openDatabase } from "./open-database.ts";
import { createOutbox, KEEP_CONFIRMED_MS, type OutboxOptions } from "./outbox.ts";
import { holdHead, readHead } from "./outbox-append.ts";
import { openQueries } from "./queries.ts";
import { prepareReplicaFacts } from "./replica-facts.ts";
import { holdGeneration } from "./replica-generations.ts";
import { createReplicaStore } from "./replica-store.ts";
import { prepareRetention } from "./retention.ts";
import { prepareSessionRows } from "./session-rows.ts";
import { createStampClock } from "./stamp-clock.ts";
import { damageFound, toStoreError } from "./store-errors.ts";
import type { EdgeStore, OpenStoreOptions } from "./store-port.ts";
import { prepareTicketSecrets } from "./ticket-keys.ts";
import { prepareValidationRows } from "./validation-rows.ts";

/** How often old rows are looked for; a step deletes few, and goes on at once while there are more. */
const RETENTION_EVERY_MS = 10 * SECOND_MS;

/**
 * Opens the agent's store, alone: made new when it is not there, checked and brought up to date when it is.
 * Throws `store_locked`, `store_unreadable`, `store_corrupt` or `store_failed`.
 */
export function openStore(options: OpenStoreOptions): EdgeStore {
  makeDirectory(options.directory);
  const lock = lockStore(options.directory, process.pid);
  let db: Database | undefined;
  try {
    db = openDatabase(options.directory, options.maxBytes);
    return assemble(db, options, lock);
  } catch (error) {
    db?.close();
    lock.release();
    throw toStoreError(error);
  }
}

function assemble(db: Database, options: OpenStoreOptions, lock: AgentLock): EdgeStore {
  const { directory, clock, newId, clockQuality, log, keepConfirmedMs = KEEP_CONFIRMED_MS } = options;
  const boot = newId();
  const stamps = createStampClock({ db, clock, clockQuality, boot });
  const { stamp } = stamps;
  const head = holdHead(readHead(db));
  const generation = holdGeneration(db);
  const sessions = prepareSessionRows(db);
  const occupancy = createOccupancy(db, sessions);
  const replicaFacts = prepareReplicaFacts(db, generation, log);
  const journal = createJournal({ db, stamp, commit: () => commit });
  const commit: GroupCommit = new GroupCommit({
    db,
    clock,
    log,
    mirrored: [head, generation, occupancy, journal, { save: () => share.save() }],
    onCommit: (requests) => {
      checkpoints.committed(requests);
      share.committed();
      stamps.keepFloor(commit);
      outboxParts.announce();
    },
  });
  const drops: OutboxOptions["drops"] = (type, at) => share.drops(type, at);
  let damage: string | null = null;
  function onDamage(what: string): void {
    if (damage !== null) return;
    damage = damageFound(what);
    retention.end();
    log.error({ what }, damage);
    const alarm = { type: "alarm.raised", code: "store_damaged", lane_id: null, detail: damage } as const;
    outboxParts.outbox.append(alarm).catch(() => {});
  }
  const outboxParts = createOutbox({ db, holder: head, commit, clock, stamp, keepConfirmedMs, drops, onDamage });
  const { replica, clearStep } = createReplicaStore({ db, commit, clock, stamp, holder: generation });
  const queries = openQueries(directory);
  const checkpoints = createCheckpointThread(databasePath(directory), log);
  const retention = prepareRetention({ db, commit, stamp, log, clearStep, outbox: outboxParts.outbox });
  const retentionTimer = clock.every(RETENTION_EVERY_MS, () => void retention.run());
  const share = new DiskShare({
    db,
    clock,
    log,
    commit: () => commit,
    share: options.share ?? null,
    measure: prepareDiskMeasure(db, options.diskSpace ?? (() => diskSpaceOf(directory))),
    writtenBytes: () => head.get().endOffset,
    makeRoom: retention.run,
    stamp,
    emit: outboxParts.append,
    note: journal.write,
  });
  share.start();

  const integrity = createIntegrityThread({ path: databasePath(directory), clock, log, onDamage });

  let closing: Promise<void> | null = null;
  async function close(): Promise<void> {
    retentionTimer.cancel();
    share.stop();
    commit.close();
    queries.close();
    await Promise.all([integrity.stop(), checkpoints.stop()]);
    db.close();
    lock.release();
  }

  return {
    boot,
    outbox: outboxParts.outbox,
    replica,
    commands: createCommandLog(db, commit, stamp),
    journal: journal.journal,
    queries: { ...queries, share: () => share.status() },
    records: {
      validations: prepareValidationRows(db),
      ticketSecrets: prepareTicketSecrets(db, replicaFacts),
      sessions,
      movements: prepareMovementRows(db),
      money: prepareMoneyRows(db),
      occupancy,
      replica: replicaFacts,
    },
    stamp,
    timeFloor: stamps.floor,
    transact: (work, wish) =>
      commit.transact(() => {
        const now = stamp();
        return work({
          stamp: now,
          emit: (body) => outboxParts.append(body, now),
          journal: (entry) => journal.write(entry, now),
        });
      }, wish),
    health: () => {
      const health = commit.health();
      return health.ok && damage !== null ? { ok: false, message: damage } : health;
    },
    pressure: () => share.level(),
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

import { faultsOf, type PlantedFault } from "./planted-fault.ts";

const store = faultsOf("edge/src/store/replica-store.ts");
const follower = faultsOf("edge/src/uplink/replica-follower.ts");
const judge = faultsOf("shared/src/sync/replica.ts");
const session = faultsOf("cloud/src/hub/edge-session.ts");
const feed = faultsOf("cloud/src/hub/replica/replica-feed.ts");

/** Faults on the way of what gates decide by. */
export const replicaFaults: readonly PlantedFault[] = [
  store(
    "SYNC-09",
    "delta-checksum-is-not-compared",
    "if (after.checksum !== checksum) throw new ChecksumMismatch(after.checksum);",
    "",
  ),
  store(
    "SYNC-09",
    "snapshot-checksum-is-not-compared",
    "if (filled.checksum !== part.checksum || filled.items !== part.item_count) {",
    "if (filled.version !== part.version) {",
  ),
  store(
    "SYNC-09",
    "snapshot-fills-the-version-in-force",
    "items.put(staged.generation, item, digest)",
    "items.put(holder.get().generation, item, digest)",
  ),
  store("SYNC-09", "version-is-not-stored", "rows.update(next);", ""),
  store("SYNC-10", "replica-never-ages", "Math.floor(clock.mono() - confirmedMono)", "0"),
  follower(
    "SYNC-09",
    "lost-update-is-not-asked-for",
    'else if (clock.mono() - quietSince >= REPLICA_REFRESH_MS) ask("deltas");',
    "",
  ),
  judge(
    "SYNC-09",
    "late-snapshot-comes-into-force",
    'message.version < held.version && held.isConfirmed ? { kind: "known" } : { kind: "apply" }',
    '{ kind: "apply" }',
  ),
  session("SYNC-10", "change-is-not-pushed", "this.#replica.push();", ""),
  feed("SYNC-10", "current-version-is-not-told", "const isNews = isAsked || !isCurrent;", "const isNews = !isCurrent;"),
];

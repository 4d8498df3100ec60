import { faultsOf, type PlantedFault } from "./planted-fault.ts";

const cursor = faultsOf("shared/src/sync/cursor.ts");
const boots = faultsOf("shared/src/sync/boots.ts");
const session = faultsOf("cloud/src/hub/edge-session.ts");
const switchboard = faultsOf("cloud/src/hub/switchboard.ts");
const commands = faultsOf("cloud/src/hub/commands/send-commands.ts");
const confirmation = faultsOf("cloud/src/hub/confirmation.ts");

const GAP = 'if (header.first > position.cursor + 1) return { kind: "gap", expect: position.cursor + 1 };';

/** Faults in what the hub does. */
export const hubFaults: readonly PlantedFault[] = [
  cursor("SYNC-04", "gap-is-ignored", GAP, GAP.replace('"gap", expect: position.cursor + 1', '"duplicate"')),
  cursor(
    "SYNC-04",
    "batch-is-applied-over-a-gap",
    GAP,
    GAP.replace(
      /return .*/,
      'return { kind: "apply", first: header.first, lines, hashes: chainHashes(header.previous_hash, lines), position: { epoch: header.epoch, cursor: header.first + lines.length - 1, hash: chainHashes(header.previous_hash, lines).at(-1) ?? "" } };',
    ),
  ),
  cursor(
    "SYNC-04",
    "fork-is-not-seen",
    'if (committed !== null && offered !== committed) return { kind: "fork", at: known };',
    "",
  ),
  cursor(
    "SYNC-06",
    "restored-cloud-begins-after-what-it-lacks",
    "isConfirmedHeld ? sender.confirmed : sender.kept",
    "sender.confirmed",
  ),
  cursor(
    "SYNC-07",
    "hello-of-stale-epoch-is-taken",
    "if (sender.epoch < held.epoch) return judgeOlder(held, sender);",
    "",
  ),
  cursor(
    "SYNC-07",
    "new-card-gets-no-epoch",
    "if (sender.wantsEpoch && !isUnheard)",
    "if (sender.wantsEpoch && held.cursor > 1_000_000)",
  ),
  cursor("SYNC-08", "edge-behind-is-not-seen", 'if (sender.lastN < held.cursor) return { kind: "edge_behind" };', ""),
  boots("SYNC-07", "clone-is-not-seen", 'return isSuperseded ? "clone" : "next";', 'return "next";'),
  session(
    "SYNC-05",
    "confirmed-before-the-commit",
    "commit: (batches) => context.ledger.ingest(connection, batches),",
    'commit: async (batches) => { void context.ledger.ingest(connection, batches).catch(() => undefined); const last = batches.at(-1)?.header; return { status: "ok", message: null, applied: 0, position: { epoch: last?.epoch ?? 1, cursor: (last?.first ?? 1) + (last?.count ?? 1) - 1, hash: last?.previous_hash ?? "" } }; },',
  ),
  session(
    "SYNC-17",
    "batch-is-never-answered",
    "onCommitted: (answer) => this.#confirm(answer, null),",
    "onCommitted: () => undefined,",
  ),
  switchboard(
    "SYNC-17",
    "hub-misses-a-disconnect",
    "const closing = session.closed().finally(() => this.#closing.delete(closing));\n    this.#closing.add(closing);",
    "",
  ),
  commands(
    "SYNC-11",
    "hub-gives-a-command-a-longer-life",
    "not_after: issuedAt + leftMs,",
    "not_after: issuedAt + 30_000,",
  ),
  confirmation("SYNC-08", "hello-is-not-echoed", "echo_mono: echoMono,", "echo_mono: null,"),
  confirmation(
    "SYNC-05",
    "confirmation-without-our-hash",
    "hash: answer.position.hash,",
    'hash: answer.position.hash.replace(/^./, "0"),',
  ),
];

import { addCommand, type Gate, GROUPS, lazy, rowCount } from "./shape.ts";
import { DATA_DIR_HELP } from "./test-commands.ts";

const backup = lazy(async () => (await import("../commands/backup.ts")).backup);
const enroll = lazy(async () => (await import("../commands/enroll.ts")).enroll);
const outbox = lazy(async () => (await import("../commands/outbox.ts")).outbox);
const replicaShow = lazy(async () => (await import("../commands/replica.ts")).replicaShow);
const restore = lazy(async () => (await import("../commands/restore.ts")).restore);
const syncStatus = lazy(async () => (await import("../commands/sync.ts")).syncStatus);

const PASSPHRASE_HELP = "file with the passphrase in its first line; asked for when left out";

export interface CloudCommandsOptions extends Gate {
  readonly defaultDataDir: string;
}

/** What goes to the cloud, what came from it, and copies of both. */
export function addCloudCommands({ defaultDataDir, ...gate }: CloudCommandsOptions): void {
  addOutboxAndSync(gate);
  addReplica(gate);
  addEnroll(gate);
  addBackup(gate);
  addRestore({ ...gate, defaultDataDir });
}

const group = GROUPS.cloud;

function addOutboxAndSync({ program, context }: Gate): void {
  addCommand(program, "outbox", {
    group,
    about: "what the cloud has not confirmed yet",
    examples: ["gate outbox"],
  }).action(() => outbox(context()));
  const sync = addCommand(program, "sync", {
    group,
    about: "where this edge stands with the cloud: gate sync status",
    examples: ["gate sync status"],
  });
  addCommand(sync, "status", {
    group,
    about: "link, events up, replica down, certificate",
    examples: ["gate sync status", "gate sync status --json"],
  }).action(() => syncStatus(context()));
}

function addReplica({ program, context }: Gate): void {
  const replica = addCommand(program, "replica", {
    group,
    about: "what this edge decides by: gate replica show",
    examples: ["gate replica show permits"],
  });
  addCommand(replica, "show", {
    group,
    about: "permits, tariffs, policy as the cloud sent them",
    examples: ["gate replica show", "gate replica show permits --limit 5", "gate replica show --check"],
  })
    .argument("[collection]", "only this collection's items")
    .option("--limit <n>", "most items, 1 to 1000", rowCount, 50)
    .option("--check", "compute the checksum anew and compare", false)
    .action((collection: string | undefined, { limit, check }: { limit: number; check: boolean }) =>
      replicaShow(context(), { collection: collection ?? null, limit, check }),
    );
}

function addEnroll({ program, context }: Gate): void {
  addCommand(program, "enroll", {
    group,
    about: "give this edge its identity with a token of the cloud",
    examples: ["gate enroll --url https://cloud.example:8443", "gate enroll --token-file token.txt"],
  })
    .option("--url <url>", "the cloud's address; that of the agent's configuration when left out")
    .option("--token-file <file>", "file with the token; asked for when left out")
    .action(({ url, tokenFile }: { url?: string; tokenFile?: string }) =>
      enroll(context(), { url: url ?? null, tokenFile: tokenFile ?? null }),
    );
}

function addBackup({ program, context }: Gate): void {
  addCommand(program, "backup", {
    group,
    about: "an encrypted copy of the running agent's store, without the device's key",
    examples: ["gate backup mitte.gatebackup", "gate backup mitte.gatebackup --passphrase-file /root/passphrase"],
  })
    .argument("<file>", "where it goes")
    .option("--passphrase-file <file>", PASSPHRASE_HELP)
    .action((file: string, { passphraseFile }: { passphraseFile?: string }) =>
      backup(context(), file, passphraseFile ?? null),
    );
}

function addRestore({ program, context, defaultDataDir }: CloudCommandsOptions): void {
  addCommand(program, "restore", {
    group,
    about: "put a backup in the place of the store of a stopped agent, in a new epoch",
    examples: ["systemctl stop gatehouse; gate restore mitte.gatebackup"],
  })
    .argument("<file>", "the backup")
    .option("--passphrase-file <file>", PASSPHRASE_HELP)
    .option("--data-dir <dir>", DATA_DIR_HELP, defaultDataDir)
    .option("--yes", "do not ask", false)
    .action(
      (file: string, { passphraseFile, dataDir, yes }: { passphraseFile?: string; dataDir: string; yes: boolean }) =>
        restore(context(), file, { dataDir, passphraseFile: passphraseFile ?? null, isConfirmed: yes }),
    );
}

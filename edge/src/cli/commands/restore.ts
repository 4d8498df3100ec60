import { readFile } from "node:fs/promises";
import { toIso } from "@gatehouse/shared/kit/clock.ts";
import { errorCode, errorMessage, GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import { open, readHeader } from "../../backup/envelope.ts";
import { type Restored, restoreStore } from "../../backup/restore-store.ts";
import { type CommandContext, show } from "../command-context.ts";
import { CommandFailure, EXIT } from "../exit-codes.ts";
import { readSecret } from "../passphrase.ts";

export interface RestoreOptions {
  readonly dataDir: string;
  readonly passphraseFile: string | null;
  /** The person was asked already, or a script knows what it does. */
  readonly isConfirmed: boolean;
}

/** `gate restore FILE`: puts a backup in the place of the store of an agent that is stopped, in a new epoch. */
export async function restore(context: CommandContext, file: string, options: RestoreOptions): Promise<void> {
  const sealed = await readFile(file).catch((error: unknown) => {
    throw new CommandFailure(EXIT.usage, `${file} can't be read: ${errorMessage(error)}.`);
  });
  try {
    const { about } = readHeader(sealed);
    if (!options.isConfirmed)
      await demandConsent(context, `the backup of lot ${about.lot} of ${about.made_at}`, about.lot);
    const source = { file: options.passphraseFile, question: "Passphrase of the backup", isNew: false, least: 0 };
    const { plain } = await open(sealed, await readSecret(context, source));
    const asideSuffix = `aside-${toIso(context.clock.wall()).replaceAll(":", "-")}`;
    const restored = restoreStore({ directory: options.dataDir, database: plain, asideSuffix });
    show(context, { ...restored, lot: about.lot, made_at: about.made_at }, (told) =>
      restoredText(told, options.dataDir),
    );
  } catch (error) {
    if (!(error instanceof GatehouseError)) throw error;
    throw new CommandFailure(EXIT.failed, adviceFor(error));
  }
}

async function demandConsent({ terminal }: CommandContext, what: string, lot: string): Promise<void> {
  const typed = await terminal
    .ask(`Put ${what} in the place of this computer's store? Type the lot's code to go on: `)
    .catch(() => "");
  if (typed.trim() !== lot) throw new CommandFailure(EXIT.usage, "Nothing was changed. Scripts say --yes.");
}

function restoredText({ epoch, unconfirmed, aside, lostSight }: Restored, dataDir: string): string {
  return [
    `The store in ${dataDir} is the backup's now, in epoch ${epoch}.`,
    `${unconfirmed} events that the cloud had not confirmed then are sent again; what it has already changes nothing.`,
    ...(aside === null ? [] : [`What was here is in ${aside}.`]),
    ...(lostSight > 0
      ? [`${lostSight} events in it were never confirmed by the cloud: keep that file and tell the operator.`]
      : []),
    "Start the agent. Permits and prices come again from the cloud. On a new computer, enrol it: gate enroll",
  ].join("\n");
}

function adviceFor(error: GatehouseError): string {
  switch (errorCode(error)) {
    case "store_locked":
      return `${error.message} (systemctl stop gatehouse), then restore. Nothing was changed.`;
    default:
      return error.message;
  }
}

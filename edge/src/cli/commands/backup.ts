import { constants, createWriteStream } from "node:fs";
import { access, open as openFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import { toIso } from "@gatehouse/shared/kit/clock.ts";
import { errorCode, errorMessage } from "@gatehouse/shared/kit/errors.ts";
import { PASSPHRASE_MIN, seal } from "../../backup/envelope.ts";
import { agentStatus } from "../../local-api/contract.ts";
import { actorName, type CommandContext, show } from "../command-context.ts";
import { CommandFailure, EXIT } from "../exit-codes.ts";
import { bytes } from "../format.ts";
import { readSecret } from "../passphrase.ts";

/** `gate backup FILE`: a consistent copy of the running agent's store, encrypted; the device's key is never in it. */
export async function backup(context: CommandContext, file: string, passphraseFile: string | null): Promise<void> {
  const { lot, agent } = await context.agent.get("/status", agentStatus);
  await demandFolder(file);
  const source = { file: passphraseFile, question: "Passphrase of the backup", isNew: true, least: PASSPHRASE_MIN };
  const passphrase = await readSecret(context, source);
  const about = { lot: lot.code, made_at: toIso(context.clock.wall()), agent_version: agent.version };
  const partial = `${file}.part`;
  let size = 0;
  try {
    const plain = await context.agent.bytes("POST", "/backup", { actor: actorName() });
    const sealed = seal(plain, { passphrase, about, random: context.random });
    await pipeline(sealed, createWriteStream(partial, { mode: 0o600, flags: "w" }));
    size = await flushed(partial);
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    if (error instanceof CommandFailure) throw error;
    const full = errorCode(error) === "ENOSPC" ? " Free some space or name another disk." : "";
    throw new CommandFailure(EXIT.failed, `The backup was not made: ${errorMessage(error)}.${full}`);
  }
  show(context, { file, bytes: size, ...about }, () =>
    [
      `${file}: ${bytes(size)}, lot ${lot.code}.`,
      "It holds plates and is encrypted; without its passphrase nobody can read it. The device's key is not in it.",
    ].join("\n"),
  );
}

/** Before the passphrase is asked for: a name that can't be written is told at once. */
async function demandFolder(file: string): Promise<void> {
  await access(dirname(file), constants.W_OK).catch((error: unknown) => {
    throw new CommandFailure(EXIT.usage, `No backup can be put at ${file}: ${errorMessage(error)}.`);
  });
}

async function flushed(path: string): Promise<number> {
  const handle = await openFile(path, "r");
  try {
    await handle.sync();
    return (await handle.stat()).size;
  } finally {
    await handle.close();
  }
}

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { errorCode, errorMessage } from "@gatehouse/shared/kit/errors.ts";
import { type AgentStatus, agentStatus } from "../../local-api/contract.ts";
import { busyLanes } from "../../update/decide-trial.ts";
import type { Installed, UpdateRefusal } from "../../update/decide-update.ts";
import {
  checkUpdate,
  readUpdateKeys,
  stageUpdate,
  switchToUpdate,
  type UpdateOptions,
} from "../../update/install-update.ts";
import { currentSlot, type Places, placesOf, releasePath, statePath } from "../../update/places.ts";
import { releaseOf } from "../../update/start-release.ts";
import { updateFiles } from "../../update/update-files.ts";
import { parseState } from "../../update/update-state.ts";
import { type CommandContext, show } from "../command-context.ts";
import { CommandFailure, EXIT, type ExitCode } from "../exit-codes.ts";

export interface UpdateWords {
  readonly dataDir: string;
  /** Folder of the keys that this computer takes. */
  readonly keys: string;
  /** Only say whether it would be installed. */
  readonly check: boolean;
  /** The agent doesn't run and can't be asked about its lanes. */
  readonly withoutAgent: boolean;
}

/** `gate update [FILE]`: installs a signed release, or tells which one runs. */
export async function update(context: CommandContext, file: string | null, words: UpdateWords): Promise<void> {
  const places = placesOf(words.dataDir);
  if (file === null) return tell(context, places);
  if (!existsSync(file)) throw new CommandFailure(EXIT.usage, `There is no file ${file}.`);
  if (!words.check) demandRoot("update");
  const status = await context.agent.get("/status", agentStatus).catch((error: unknown) => {
    if (words.withoutAgent || words.check) return null;
    throw error;
  });
  const options: UpdateOptions = {
    file,
    keys: keysOf(words.keys),
    installed: installedRelease(places, status),
    now: context.clock.wall(),
  };
  if (words.check) return tellCheck(context, await checkUpdate(options));
  demandClear(status);
  const staged = await stageUpdate({ ...options, places, files: updateFiles });
  if (staged.kind === "refuse") throw refusal(staged.code, staged.message);
  // Unpacking took a while; somebody may have come.
  demandClear(status === null ? null : await context.agent.get("/status", agentStatus));
  switchToUpdate(
    { places, files: updateFiles },
    { version: staged.version, needsLink: status?.link.state === "online" },
  );
  const next = restartAgent();
  show(context, { version: staged.version, on_trial: true }, () =>
    [
      `Release ${staged.version} is installed and on trial. ${next}`,
      "gate update tells in a few minutes whether it stays.",
    ].join("\n"),
  );
}

/** Throws when the caller isn't root, and has root's files readable: slots belong to root, so that the agent can't change its own program. */
export function demandRoot(command: string): void {
  if (process.getuid?.() !== 0)
    throw new CommandFailure(EXIT.notAuthorised, `Only root may do this: sudo gate ${command} ...`);
  // The agent is another user and reads what root puts into the slots, whatever mask root works with.
  process.umask(0o022);
}

/** Restarts the agent's unit; says what to do where there is none. */
export function restartAgent(): string {
  if (!existsSync("/run/systemd/system")) return "Restart the agent now.";
  const { status } = spawnSync("systemctl", ["restart", "--no-block", "gatehouse.service"], { stdio: "ignore" });
  return status === 0 ? "The agent restarts." : "Restart the agent now: systemctl restart gatehouse";
}

function tell(context: CommandContext, places: Places): void {
  const state = parseState(updateFiles.read(statePath(places)));
  const runs = currentSlot(places, updateFiles) ?? "base";
  const version = releaseOf(updateFiles, releasePath(places, runs))?.version ?? null;
  show(context, { runs, version, ...state }, () =>
    [
      `runs      ${version ?? "unknown"}${runs === "base" ? ", the package's own" : ""}`,
      `trial     ${state.trial ? `${state.trial.version}, started ${state.trial.starts} times` : "none"}`,
      `before    ${state.previous ?? "nothing to go back to"}`,
      ...state.taken_back.map((one) => `back      ${one.version}: ${one.why}`),
    ].join("\n"),
  );
}

function tellCheck(context: CommandContext, checked: Awaited<ReturnType<typeof checkUpdate>>): void {
  if (checked.kind === "refuse") throw refusal(checked.code, checked.message);
  show(
    context,
    { version: checked.version, would_install: true },
    ({ version }) => `Release ${version} can be installed.`,
  );
}

function installedRelease(places: Places, status: AgentStatus | null): Installed {
  const runs = currentSlot(places, updateFiles) ?? "base";
  const release = releaseOf(updateFiles, releasePath(places, runs));
  if (!release)
    throw new CommandFailure(EXIT.failed, `No release of the Debian package runs here (${releasePath(places, runs)}).`);
  return { ...release, serial: status?.agent.serial ?? process.env.GATEHOUSE_SERIAL ?? "unnamed" };
}

function demandClear(status: AgentStatus | null): void {
  const busy = busyLanes(status?.lanes ?? []);
  if (busy.length > 0)
    throw refusal(
      "lanes_busy",
      `Not now: ${busy.join(", ")} ${busy.length === 1 ? "is" : "are"} in use, or its loops can't be read.`,
    );
}

function keysOf(folder: string): UpdateOptions["keys"] {
  try {
    return readUpdateKeys(folder);
  } catch (error) {
    const exit = errorCode(error) === "EACCES" ? EXIT.notAuthorised : EXIT.failed;
    throw new CommandFailure(exit, `A key in ${folder} can't be read: ${errorMessage(error)}`);
  }
}

function refusal(code: UpdateRefusal, message: string): CommandFailure {
  const exit: ExitCode = code === "lanes_busy" ? EXIT.refusedBySafety : EXIT.failed;
  return new CommandFailure(exit, `${message} (${code})`);
}

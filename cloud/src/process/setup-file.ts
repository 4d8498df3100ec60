import { readFile } from "node:fs/promises";
import { errorMessage, GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import type { Logger } from "pino";
import { type SetUpOptions, setUpOperator } from "./setup.ts";
import type { SetupDataInput } from "./setup-data.ts";

export interface SetupFileOptions extends Omit<SetUpOptions, "data"> {
  /** Null: nothing is set up. */
  readonly file: string | null;
  readonly log: Logger;
}

/** Makes what a set-up file names and isn't there yet. Throws `setup_file_unreadable`, and what setUpOperator throws. */
export async function applySetupFile({ file, log, ...options }: SetupFileOptions): Promise<void> {
  if (file === null) return;
  const data = await readSetup(file);
  const report = await setUpOperator({ ...options, data });
  log.info(report, "set-up is applied");
}

/** Its content is checked by setUpOperator, so that it counts as input here. */
async function readSetup(file: string): Promise<SetupDataInput> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as SetupDataInput;
  } catch (cause) {
    throw new GatehouseError("setup_file_unreadable", `The set-up file ${file} can't be read: ${errorMessage(cause)}`, {
      cause,
    });
  }
}

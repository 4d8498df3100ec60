import { constants } from "node:fs";
import { access, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { errorCode, errorMessage, GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import { bornAt, isAlive } from "../system/alive.ts";

/**
 * Makes the data directory when it isn't there, and sure that only one `npm start` uses it; resolves with what gives it
 * free. Throws `data_dir_in_use`, and `data_dir_unusable` when it can't be written to.
 */
export async function holdDataDir(dataDir: string): Promise<() => Promise<void>> {
  const file = `${dataDir}.lock`;
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await access(dataDir, constants.W_OK);
    while (!(await takeLock(file))) await removeForgotten(file, dataDir);
  } catch (cause) {
    if (cause instanceof GatehouseError) throw cause;
    const message = `${dataDir} can't be used (${errorMessage(cause)}). Choose a folder of yours with --data DIR.`;
    throw new GatehouseError("data_dir_unusable", message, { cause });
  }
  return () => rm(file, { force: true });
}

async function takeLock(file: string): Promise<boolean> {
  try {
    await writeFile(file, `${process.pid} ${bornAt(process.pid) ?? ""}`.trim(), { flag: "wx" });
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw error;
  }
}

async function removeForgotten(file: string, dataDir: string): Promise<void> {
  const [pid = "", born] = (await readFile(file, "utf8").catch(() => "")).split(" ");
  if (!isHolder(Number(pid), born)) return rm(file, { force: true });
  const message = `Gatehouse runs on ${dataDir} already (process ${pid}). Stop it, or choose another folder with --data DIR.`;
  throw new GatehouseError("data_dir_in_use", message);
}

function isHolder(pid: number, born: string | undefined): boolean {
  return isAlive(pid) && (born === undefined || bornAt(pid) === born);
}

import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { errorCode, GatehouseError } from "@gatehouse/shared/kit/errors.ts";

/** Makes sure that only one `npm start` uses a data directory; resolves with what gives it free. Throws `data_dir_in_use`. */
export async function holdDataDir(dataDir: string): Promise<() => Promise<void>> {
  const file = `${dataDir}.lock`;
  await mkdir(dirname(file), { recursive: true });
  for (;;) {
    try {
      await writeFile(file, String(process.pid), { flag: "wx" });
      return () => rm(file, { force: true });
    } catch (error) {
      if (errorCode(error) !== "EEXIST") throw error;
      const pid = Number(await readFile(file, "utf8").catch(() => ""));
      if (isAlive(pid)) {
        const message = `Gatehouse runs on ${dataDir} already (process ${pid}). Stop it, or choose another folder with --data DIR.`;
        throw new GatehouseError("data_dir_in_use", message, { cause: error });
      }
      await rm(file, { force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}

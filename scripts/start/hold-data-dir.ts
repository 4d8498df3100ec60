import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { errorCode, GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import { bornAt, isAlive } from "../system/alive.ts";

/** Makes sure that only one `npm start` uses a data directory; resolves with what gives it free. Throws `data_dir_in_use`. */
export async function holdDataDir(dataDir: string): Promise<() => Promise<void>> {
  const file = `${dataDir}.lock`;
  await mkdir(dirname(file), { recursive: true });
  for (;;) {
    try {
      await writeFile(file, `${process.pid} ${bornAt(process.pid) ?? ""}`.trim(), { flag: "wx" });
      return () => rm(file, { force: true });
    } catch (error) {
      if (errorCode(error) !== "EEXIST") throw error;
      const [pid = "", born] = (await readFile(file, "utf8").catch(() => "")).split(" ");
      if (isHolder(Number(pid), born)) {
        const message = `Gatehouse runs on ${dataDir} already (process ${pid}). Stop it, or choose another folder with --data DIR.`;
        throw new GatehouseError("data_dir_in_use", message, { cause: error });
      }
      await rm(file, { force: true });
    }
  }
}

function isHolder(pid: number, born: string | undefined): boolean {
  return isAlive(pid) && (born === undefined || bornAt(pid) === born);
}

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { errorCode } from "@gatehouse/shared/kit/errors.ts";

/** A disk of its own in memory, small enough to be filled to the last byte. */
export class SmallDisk {
  readonly #path: string;
  readonly #bytes: number;

  constructor(path: string, bytes: number) {
    this.#path = path;
    this.#bytes = bytes;
    mkdirSync(path, { recursive: true });
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "none", path]);
  }

  /** Writes until the disk takes no more. */
  fill(): void {
    try {
      writeFileSync(join(this.#path, "ballast"), Buffer.alloc(this.#bytes));
    } catch (error) {
      if (errorCode(error) === "ENOSPC") return;
      throw error;
    }
    throw new RangeError("The disk is larger than it should be.");
  }

  free(): void {
    rmSync(join(this.#path, "ballast"), { force: true });
  }

  unmount(): void {
    execFileSync("umount", [this.#path]);
  }
}

/** Small disks need the right to mount. */
export function canMount(): boolean {
  const probe = mkdtempSync(join(tmpdir(), "gatehouse-mount-"));
  try {
    new SmallDisk(probe, 1_048_576).unmount();
    return true;
  } catch {
    return false;
  } finally {
    rmSync(probe, { recursive: true, force: true });
  }
}

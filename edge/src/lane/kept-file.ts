import { readFileSync } from "node:fs";
import { mkdir, open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { direction } from "@gatehouse/shared/contracts/primitives.ts";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { z } from "zod";
import type { KeptLane } from "./machine-types.ts";

const keptLanes = z.object({
  v: z.literal(1),
  lanes: z.record(
    z.string(),
    z.object({
      direction,
      fire: z.boolean(),
      maintenance: z.object({ actor: z.string(), reason: z.string() }).nullable(),
    }),
  ),
});

/**
 * What lanes keep over a restart: maintenance locks, latched fire, the direction of a reversible lane (SAFE-07, SAFE-22).
 * One small file, replaced as a whole and flushed, so that a power loss leaves the old or the new one. A file that is there
 * but can't be read locks every lane, because a lock may have been in it; each lane is then unlocked by hand at the lot.
 */
export class KeptFile {
  readonly #path: string | null;
  readonly #lanes: Map<Uuid, KeptLane>;
  #writing: Promise<void> = Promise.resolve();
  /** Why the file could not be read; null when it could, or when there was none. */
  readonly unreadable: string | null;

  private constructor(path: string | null, lanes: Map<Uuid, KeptLane>, unreadable: string | null) {
    this.#path = path;
    this.#lanes = lanes;
    this.unreadable = unreadable;
  }

  /** Reads the file, before the guard starts; a null path keeps nothing. */
  static read(path: string | null): KeptFile {
    if (path === null) return new KeptFile(null, new Map(), null);
    try {
      const { lanes } = keptLanes.parse(JSON.parse(readFileSync(path, "utf8")));
      return new KeptFile(path, new Map(Object.entries(lanes)), null);
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT")
        return new KeptFile(path, new Map(), null);
      return new KeptFile(path, new Map(), errorMessage(error));
    }
  }

  /** What a lane kept; one that never kept anything works in its own direction. */
  of(laneId: Uuid, ownDirection: KeptLane["direction"]): KeptLane {
    const known = this.#lanes.get(laneId);
    if (known) return known;
    return { direction: ownDirection, fire: false, maintenance: this.unreadable === null ? null : LOCKED_BY_DAMAGE };
  }

  /** Resolves when the change is on the disk; rejects when it can't be put there, and the file is as it was before. */
  set(laneId: Uuid, lane: KeptLane): Promise<void> {
    const before = this.#lanes.get(laneId);
    this.#lanes.set(laneId, lane);
    const written = this.#writing.then(() => this.#write());
    this.#writing = written.catch(() => {});
    return written.catch((error: unknown) => {
      if (this.#lanes.get(laneId) === lane) this.#forget(laneId, before);
      throw error;
    });
  }

  #forget(laneId: Uuid, before: KeptLane | undefined): void {
    if (before === undefined) this.#lanes.delete(laneId);
    else this.#lanes.set(laneId, before);
  }

  async #write(): Promise<void> {
    if (this.#path === null) return;
    const text = `${JSON.stringify({ v: 1, lanes: Object.fromEntries(this.#lanes) })}\n`;
    const draft = `${this.#path}.new`;
    await mkdir(dirname(this.#path), { recursive: true });
    await flushed(draft, "w", (file) => file.writeFile(text));
    await rename(draft, this.#path);
    // The name is durable only with its directory (fsync(2)).
    await flushed(dirname(this.#path), "r", async () => {});
  }
}

const LOCKED_BY_DAMAGE = {
  actor: "agent",
  reason: "the file of the lanes' locks can't be read, and a lock may have been in it",
};

async function flushed(
  path: string,
  flags: string,
  work: (file: Awaited<ReturnType<typeof open>>) => Promise<void>,
): Promise<void> {
  const file = await open(path, flags, 0o600);
  try {
    await work(file);
    await file.sync();
  } finally {
    await file.close();
  }
}

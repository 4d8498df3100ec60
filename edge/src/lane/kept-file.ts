import { readFileSync } from "node:fs";
import { mkdir, open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { loopName } from "@gatehouse/shared/contracts/edge/io-socket.ts";
import { direction } from "@gatehouse/shared/contracts/primitives.ts";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { z } from "zod";
import { type DoubtedInputs, NO_DOUBT } from "../guard/doubted-inputs.ts";
import type { KeptLane } from "./machine-types.ts";

const doubted = z.object({
  pairs: z.array(z.enum(["safety", "photo_eye"])),
  loops: z.array(loopName),
});

const keptLanes = z.object({
  v: z.literal(1),
  boot: z.string().nullable().default(null),
  doubted: z.record(z.string(), doubted).default({}),
  lanes: z.record(
    z.string(),
    z.object({
      direction,
      fire: z.boolean(),
      maintenance: z.object({ actor: z.string(), reason: z.string() }).nullable(),
    }),
  ),
});

type KeptLanes = z.infer<typeof keptLanes>;

/**
 * What lanes keep over a restart: maintenance locks, latched fire, the direction of a reversible lane, and the inputs that
 * the guard has reason to doubt (SAFE-07, SAFE-14, SAFE-15, SAFE-22).
 * One small file, replaced as a whole and flushed, so that a power loss leaves the old or the new one. A file that is there
 * but can't be read locks every lane, because a lock may have been in it; each lane is then unlocked by hand at the lot.
 */
export class KeptFile {
  readonly #path: string | null;
  readonly #lanes: Map<Uuid, KeptLane>;
  readonly #doubted: Map<Uuid, DoubtedInputs>;
  #boot: string | null;
  #writing: Promise<void> = Promise.resolve();
  /** Why the file could not be read; null when it could, or when there was none. */
  readonly unreadable: string | null;
  /** There was no file: nothing has run in this directory before. */
  readonly isNew: boolean;

  private constructor(path: string | null, read: Partial<KeptLanes> | null, unreadable: string | null = null) {
    this.#path = path;
    this.isNew = read === null;
    this.#lanes = new Map(Object.entries(read?.lanes ?? {}));
    this.#doubted = new Map(Object.entries(read?.doubted ?? {}));
    this.#boot = read?.boot ?? null;
    this.unreadable = unreadable;
  }

  /** Reads the file, before the guard starts; a null path keeps nothing. */
  static read(path: string | null): KeptFile {
    if (path === null) return new KeptFile(null, null);
    try {
      return new KeptFile(path, keptLanes.parse(JSON.parse(readFileSync(path, "utf8"))));
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return new KeptFile(path, null);
      return new KeptFile(path, {}, errorMessage(error));
    }
  }

  /**
   * What a lane kept; one that never kept anything works in its own direction. The lock of a damaged file is kept like every
   * other one, or the next change of anything would write it away.
   */
  of(laneId: Uuid, ownDirection: KeptLane["direction"]): KeptLane {
    const known = this.#lanes.get(laneId);
    if (known) return known;
    if (this.unreadable === null) return { direction: ownDirection, fire: false, maintenance: null };
    const locked = { direction: ownDirection, fire: false, maintenance: LOCKED_BY_DAMAGE };
    this.#lanes.set(laneId, locked);
    return locked;
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

  /**
   * The computer's boot that the last run was in; null when none is known. Within one boot the detectors have kept their
   * power, as far as anybody can tell, or said that they had not.
   */
  get boot(): string | null {
    return this.#boot;
  }

  /** Inputs of a lane that are to be shown sound anew. */
  doubtedOf(laneId: Uuid): DoubtedInputs {
    return this.#doubted.get(laneId) ?? NO_DOUBT;
  }

  /** Keeps the boot and every lane's doubts; what can't be written now goes out with the next change. */
  setDoubted(boot: string | null, doubted: ReadonlyMap<Uuid, DoubtedInputs>): Promise<void> {
    this.#boot = boot;
    for (const [laneId, one] of doubted) this.#doubted.set(laneId, one);
    const written = this.#writing.then(() => this.#write());
    this.#writing = written.catch(() => {});
    return written;
  }

  #forget(laneId: Uuid, before: KeptLane | undefined): void {
    if (before === undefined) this.#lanes.delete(laneId);
    else this.#lanes.set(laneId, before);
  }

  async #write(): Promise<void> {
    if (this.#path === null) return;
    const [lanes, doubted] = [Object.fromEntries(this.#lanes), Object.fromEntries(this.#doubted)];
    const text = `${JSON.stringify({ v: 1, boot: this.#boot, doubted, lanes })}\n`;
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

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClockQuality } from "@gatehouse/shared/contracts/primitives.ts";
import { wallMs } from "@gatehouse/shared/kit/clock.ts";
import { uuidv7Source } from "@gatehouse/shared/kit/ids.ts";
import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { seededRandom } from "@gatehouse/shared/kit/random.ts";
import { openStore } from "../open-store.ts";
import type { EdgeStore, OpenStoreOptions, StoreLog } from "../store-port.ts";

export interface LogLine {
  readonly level: "info" | "warn" | "error";
  readonly message: string;
}

/** A store in a directory of its own, with a clock that stands, that can be closed and opened again. */
export interface TempStore {
  readonly directory: string;
  readonly clock: ManualClock;
  readonly logged: LogLine[];
  readonly newId: () => string;
  store: EdgeStore;
  quality: ClockQuality;
  /** Closes the store and opens it again, as a restart does; `options` hold from then on. */
  reopen(options?: Partial<OpenStoreOptions>): Promise<EdgeStore>;
  /** Closes the store and deletes the directory. */
  remove(): Promise<void>;
}

/** Monday 2026-03-02, 08:00 UTC. */
export const MONDAY_MORNING = wallMs(Date.UTC(2026, 2, 2, 8));

/** Each store of a test file has ids of its own, the same in each run. */
let seed = 1;

export function tempDirectory(): string {
  return mkdtempSync(join(tmpdir(), "gatehouse-store-"));
}

export function tempStore(options: Partial<OpenStoreOptions> = {}): TempStore {
  const directory = options.directory ?? tempDirectory();
  const clock = new ManualClock({ wall: MONDAY_MORNING });
  const logged: LogLine[] = [];
  const newId = uuidv7Source(clock, seededRandom(seed++));
  const line =
    (level: LogLine["level"]): StoreLog["info"] =>
    (_data, message) =>
      void logged.push({ level, message });
  const log: StoreLog = { info: line("info"), warn: line("warn"), error: line("error") };
  const open = (more: Partial<OpenStoreOptions>): EdgeStore =>
    openStore({ directory, clock, newId, clockQuality: () => temp.quality, log, ...options, ...more });
  const temp: TempStore = {
    directory,
    clock,
    logged,
    newId,
    quality: "synced",
    store: undefined as unknown as EdgeStore,
    reopen: async (more = {}) => {
      await temp.store.close();
      temp.store = open(more);
      return temp.store;
    },
    remove: async () => {
      await temp.store.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  temp.store = open({});
  return temp;
}

import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

/* node probe-release.ts RELEASE: runs on a release's own Node and processor, and uses what only that processor can show. */

const release = resolve(process.argv[2] ?? ".");
const ofRelease = createRequire(join(release, "edge/package.json"));
/** The release's own modules; they are those of this repository, of another processor. */
const load = async <T>(path: string): Promise<T> =>
  (await import(pathToFileURL(join(release, path)).href)) as unknown as T;

type Stores = typeof import("@gatehouse/edge/store/open-store.ts");
type Clocks = typeof import("@gatehouse/shared/kit/system-clock.ts");
type Ids = typeof import("@gatehouse/shared/kit/ids.ts");
type Randoms = typeof import("@gatehouse/shared/kit/random.ts");

interface Koffi {
  load(library: string): { func(declaration: string): () => number };
}
interface Serial {
  autoDetect(): { list(): Promise<readonly unknown[]> };
}
interface Reader {
  prepare(sql: string): { get(): { n: number } };
  close(): void;
}

async function natives(): Promise<void> {
  const { load: open } = ofRelease("koffi") as Koffi;
  const pid = open("libc.so.6").func("int getpid()")();
  if (pid <= 0) throw new Error(`koffi calls the C library wrongly: getpid gave ${pid}`);
  await (ofRelease("@serialport/bindings-cpp") as Serial).autoDetect().list();
}

/** Writes into a store, opens it again as a restart does, and reads what is in the file. */
async function store(directory: string): Promise<void> {
  const { openStore } = await load<Stores>("edge/src/store/open-store.ts");
  const clock = (await load<Clocks>("shared/src/kit/system-clock.ts")).systemClock();
  const { systemRandom } = await load<Randoms>("shared/src/kit/random.ts");
  const newId = (await load<Ids>("shared/src/kit/ids.ts")).uuidv7Source(clock, systemRandom);
  const log = { info: () => {}, warn: () => {}, error: () => {} };
  const WRITTEN = 3;
  for (let nth = 0; nth < WRITTEN; nth++) {
    const opened = openStore({ directory, clock, newId, clockQuality: () => "synced", log });
    await opened.outbox.append({ type: "alarm.raised", code: "test", lane_id: null, detail: `${nth}` });
    await opened.close();
  }
  const Database = ofRelease("better-sqlite3") as new (path: string, options: { readonly: boolean }) => Reader;
  const db = new Database(join(directory, "gatehouse.db"), { readonly: true });
  const { n } = db.prepare("SELECT count(*) AS n FROM outbox").get();
  db.close();
  if (n !== WRITTEN) throw new Error(`the store holds ${n} events, ${WRITTEN} were written`);
}

const directory = mkdtempSync(join(tmpdir(), "gatehouse-probe-"));
try {
  await natives();
  process.stdout.write("natives work\n");
  await store(directory);
  process.stdout.write("store works\n");
} finally {
  rmSync(directory, { recursive: true, force: true });
}

import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { seededRandom } from "@gatehouse/shared/kit/random.ts";
import { judgeHello } from "@gatehouse/shared/sync/cursor.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { copyStore } from "../store/copy-store.ts";
import { openStore } from "../store/open-store.ts";
import { type TempStore, tempDirectory, tempStore } from "../store/testing/temp-store.ts";
import { open, readHeader, seal } from "./envelope.ts";
import { restoreStore } from "./restore-store.ts";

const PASSPHRASE = "correct horse battery";
const about = { lot: "mitte", made_at: "2026-03-02T08:00:00.000Z", agent_version: "0.1.0" };

async function sealed(plain: Buffer, passphrase = PASSPHRASE): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of seal([plain] as unknown as AsyncIterable<Uint8Array>, {
    passphrase,
    about,
    random: seededRandom(7),
  }))
    parts.push(part);
  return Buffer.concat(parts);
}

describe("a backup file", () => {
  it.each([0, 1, 1_048_576, 2_500_000])(
    "gives back its %i bytes, and says whose it is without the passphrase",
    async (size) => {
      const plain = Buffer.alloc(size, "gate");
      const file = await sealed(plain);
      expect(readHeader(file).about).toMatchObject(about);
      expect((await open(file, PASSPHRASE)).plain.equals(plain)).toBe(true);
    },
  );

  it("opens for nobody else, and not when it was cut, changed or put together anew", async () => {
    const file = await sealed(Buffer.alloc(2_500_000, "gate"));
    const firstChunk = readHeader(file).line.length;
    const changed = Buffer.from(file);
    changed[file.length - 9] = (changed[file.length - 9] ?? 0) ^ 1;
    const otherLot = Buffer.from(file.toString("latin1").replace('"mitte"', '"suedx"'), "latin1");
    const withoutLast = file.subarray(0, firstChunk + 2 * (4 + 1_048_576 + 16));
    for (const bad of [changed, otherLot, withoutLast, file.subarray(0, -1), file.subarray(0, firstChunk + 2)])
      await expect(open(bad, PASSPHRASE)).rejects.toMatchObject({ code: "backup_unreadable" });
    await expect(open(file, "another passphrase")).rejects.toThrow("the passphrase is wrong");
    await expect(open(Buffer.from("SQLite format 3"), PASSPHRASE)).rejects.toMatchObject({ code: "not_a_backup" });
  });

  it("hides what it holds", async () => {
    expect((await sealed(Buffer.from("BAB1234 BAB1234"))).includes("BAB1234")).toBe(false);
  });
});

describe("restore", () => {
  let temp: TempStore;
  let copy: string;
  beforeEach(async () => {
    temp = tempStore();
    copy = join(temp.directory, "copy.db");
    for (const code of ["one", "two", "three"]) await append(code);
  });
  afterEach(() => temp.remove());

  const append = (code: string) =>
    temp.store.outbox.append({ type: "alarm.raised", code, lane_id: null, detail: "test" });

  async function backup(): Promise<Buffer> {
    rmSync(copy, { force: true });
    await copyStore(temp.directory, copy);
    return readFileSync(copy);
  }

  it("begins a higher epoch than the backup and the store it replaces, so that no number has two events (Verifies: SYNC-07)", async () => {
    const database = await backup();
    const before = temp.store.outbox.head();
    await append("after the backup");
    const cloud = { epoch: before.epoch, cursor: 4, hash: temp.store.outbox.hashAt(4) ?? "" };
    await temp.store.close();
    const restored = restoreStore({ directory: temp.directory, database, asideSuffix: "aside" });
    expect(restored).toMatchObject({ epoch: before.epoch + 1, unconfirmed: 3, lostSight: 4 });
    expect(existsSync(String(restored.aside))).toBe(true);
    await temp.reopen();
    const head = temp.store.outbox.head();
    expect(head).toMatchObject({ epoch: before.epoch + 1, lastN: 3, confirmedN: 0, wantsEpoch: true });
    expect(judgeHello(cloud, head)).toMatchObject({ kind: "new_epoch", position: { epoch: head.epoch + 1 } });
    expect(judgeHello({ ...cloud, epoch: head.epoch, cursor: 0 }, { ...before, wantsEpoch: false })).toMatchObject({
      kind: "stale_epoch",
    });
  });

  it("grows once more with a second restore of the same backup (Verifies: SYNC-07)", async () => {
    const database = await backup();
    await temp.store.close();
    const epochs = [1, 2, 3].map(
      (time) => restoreStore({ directory: temp.directory, database, asideSuffix: `aside-${time}` }).epoch,
    );
    expect(epochs).toEqual([2, 3, 4]);
    await temp.reopen();
  });

  it("refuses while an agent runs, and a database that is damaged; then nothing is changed", async () => {
    const database = await backup();
    const restore = (bytes: Buffer) =>
      restoreStore({ directory: temp.directory, database: bytes, asideSuffix: "aside" });
    expect(() => restore(database)).toThrow(/Another agent works with this store/);
    await temp.store.close();
    const damaged = Buffer.from(database);
    damaged.fill(0xff, 4_096, 12_288);
    expect(() => restore(damaged)).toThrow(/damaged/);
    expect(() => restore(Buffer.from("no database at all, but long enough to be looked at"))).toThrow();
    expect(readdirSync(temp.directory).filter((name) => name.includes("aside"))).toEqual([]);
    await temp.reopen();
    expect(temp.store.outbox.head()).toMatchObject({ epoch: 1, lastN: 3 });
  });

  it("takes the place of a store that can't be read, and of none", async () => {
    const database = await backup();
    const directory = tempDirectory();
    expect(restoreStore({ directory, database, asideSuffix: "x" })).toMatchObject({ aside: null, lostSight: 0 });
    const { clock, newId } = temp;
    const log = { info: () => {}, warn: () => {}, error: () => {} };
    const store = openStore({ directory, clock, newId, clockQuality: () => "synced", log });
    expect(store.outbox.head().lastN).toBe(3);
    await store.close();
    rmSync(directory, { recursive: true });
  });
});

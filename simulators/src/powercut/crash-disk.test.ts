import { seededRandom } from "@gatehouse/shared/kit/random.ts";
import { expect, it } from "vitest";
import { CrashDisk } from "./crash-disk.ts";
import type { DiskStep } from "./disk-trace.ts";

const write = (file: string, offset: number, text: string): DiskStep => ({
  kind: "write",
  file,
  offset,
  data: Buffer.from(text),
});
const flush = (file: string): DiskStep => ({ kind: "flush", file });

function diskAfter(...steps: readonly DiskStep[]): CrashDisk {
  const disk = new CrashDisk();
  for (const step of steps) disk.step(step);
  return disk;
}

const random = () => seededRandom(1);

it("keeps what was flushed, and drops or keeps what was not", () => {
  const disk = diskAfter(write("a", 0, "hello"), flush("a"), write("a", 2, "LL"), write("b", 0, "new"));
  expect(disk.unflushed).toBe(2);
  expect([...disk.crash("dropped", random())]).toEqual([["a", Buffer.from("hello")]]);
  const kept = disk.crash("kept", random());
  expect([kept.get("a")?.toString(), kept.get("b")?.toString()]).toEqual(["heLLo", "new"]);
  expect(disk.crash("dropped", random()).get("a")?.toString()).toBe("hello");
});

it("cuts writes short in their order", () => {
  const disk = diskAfter(write("a", 0, "1"), write("a", 1, "2"), write("a", 2, "3"));
  for (let seed = 1; seed <= 20; seed++) {
    expect(["", "1", "12", "123"]).toContain(disk.crash("cut_short", seededRandom(seed)).get("a")?.toString() ?? "");
  }
});

it("tears a write between its sectors, never within one", () => {
  const disk = diskAfter(write("a", 0, "0".repeat(1_024)), flush("a"), write("a", 256, "1".repeat(768)));
  const seen = new Set<string>();
  for (let seed = 1; seed <= 40; seed++) {
    const content = disk.crash("torn", seededRandom(seed)).get("a")?.toString() ?? "";
    expect(content).toHaveLength(1_024);
    for (const [from, to] of [
      [0, 256],
      [256, 512],
      [512, 1_024],
    ] as const)
      expect(new Set(content.slice(from, to)).size).toBe(1);
    seen.add(content);
  }
  expect(seen.size).toBe(4);
});

it("truncates with zeros where a file grows again, and forgets a deleted one with the next flush of any file", () => {
  const grown = diskAfter(
    write("a", 0, "hello"),
    { kind: "truncate", file: "a", size: 2 },
    write("a", 4, "!"),
    flush("a"),
  );
  expect(grown.crash("dropped", random()).get("a")).toEqual(Buffer.from("he\0\0!"));
  const deleted = diskAfter(write("a", 0, "x"), flush("a"), { kind: "delete", file: "a" });
  expect(deleted.crash("dropped", random()).has("a")).toBe(true);
  expect(deleted.crash("kept", random()).has("a")).toBe(false);
  deleted.step(write("b", 0, "y"));
  deleted.step(flush("b"));
  expect(deleted.crash("dropped", random()).has("a")).toBe(false);
});

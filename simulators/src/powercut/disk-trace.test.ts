import { expect, it } from "vitest";
import { type DiskStep, readTrace } from "./disk-trace.ts";

const hex = (text: string): string =>
  [...Buffer.from(text)].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");

async function read(...lines: readonly string[]): Promise<readonly DiskStep[]> {
  async function* all() {
    yield* lines;
  }
  return readTrace(all(), "/store");
}

it("reads writes, flushes, sizes, deletions and what was said, below the directory only", async () => {
  const steps = await read(
    `7  pwrite64(21</store/db>, "${hex("ab")}", 2, 4096) = 2`,
    "7  fdatasync(21</store/db>) = 0",
    `7  pwrite64(22</elsewhere/db>, "${hex("ab")}", 2, 0) = 2`,
    "7  ftruncate(21</store/db>, 3) = 0",
    `7  unlink("${hex("/store/db-wal")}") = 0`,
    `7  write(1</dev/null>, "${hex("done\n")}", 5) = 5`,
    "7  fsync(21</store/db>) = -1 EIO (Input/output error)",
  );
  expect(steps).toEqual([
    { kind: "write", file: "db", offset: 4096, data: Buffer.from("ab") },
    { kind: "flush", file: "db" },
    { kind: "truncate", file: "db", size: 3 },
    { kind: "delete", file: "db-wal" },
    { kind: "said", line: "done" },
  ]);
});

it("counts a call that another thread interrupted when it ends", async () => {
  const steps = await read(
    "7  fdatasync(21</store/db> <unfinished ...>",
    `8  pwrite64(22</store/wal>, "${hex("x")}", 1, 0) = 1`,
    "7  <... fdatasync resumed>) = 0",
  );
  expect(steps.map(({ kind }) => kind)).toEqual(["write", "flush"]);
});

it("refuses a write that it can't follow, rather than to miss it", async () => {
  await expect(read(`7  pwritev(21</store/db>, [{iov_base="${hex("x")}", iov_len=1}], 1, 0) = 1`)).rejects.toThrow(
    /pwritev/,
  );
  await expect(read(`7  pwrite64(21</store/db>, "${hex("x")}"..., 9, 0) = 9`)).rejects.toThrow(/9 bytes/);
});

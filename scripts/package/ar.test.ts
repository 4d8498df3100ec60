import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packTree, unpackTree } from "@gatehouse/edge/update/archive.ts";
import { expect, it } from "vitest";
import { arArchive } from "./ar.ts";

const MEMBERS = [
  { name: "debian-binary", content: Buffer.from("2.0\n") },
  { name: "odd", content: Buffer.from("abc") },
  { name: "last", content: Buffer.from("end!") },
];

it("writes what ar(1) reads", () => {
  const archive = arArchive(MEMBERS, 0);
  expect(archive.toString("latin1", 0, 68)).toBe(
    `!<arch>\n${"debian-binary".padEnd(16)}${"0".padEnd(12)}0     0     100644  4         \`\n`,
  );
  expect(archive.length % 2).toBe(0);
  if (!existsSync("/usr/bin/ar")) return;
  const file = join(mkdtempSync(join(tmpdir(), "gatehouse-ar-")), "x.a");
  writeFileSync(file, archive);
  expect(execFileSync("ar", ["p", file, "odd"], { encoding: "utf8" })).toBe("abc");
});

it("refuses a name that ar can't hold", () => {
  expect(() => arArchive([{ name: "a-name-of-more-than-16", content: Buffer.alloc(1) }], 0)).toThrow(/too long/);
});

it("packs a tree to the same bytes each time, and unpacks it again", async () => {
  const tree = mkdtempSync(join(tmpdir(), "gatehouse-tree-"));
  mkdirSync(join(tree, "b"));
  writeFileSync(join(tree, "b/file"), "content");
  writeFileSync(join(tree, "a"), "run", { mode: 0o755 });
  symlinkSync("../a", join(tree, "b/link"));
  const bytes = async (): Promise<Buffer> => {
    const chunks: Buffer[] = [];
    for await (const chunk of packTree(tree, { atS: 1 })) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  };
  expect((await bytes()).equals(await bytes())).toBe(true);
  const into = mkdtempSync(join(tmpdir(), "gatehouse-untree-"));
  await unpackTree(packTree(tree, { atS: 1 }), into);
  expect(readFileSync(join(into, "b/link"), "utf8")).toBe("run");
});

it("unpacks nothing that leads out of the folder", async () => {
  const tree = mkdtempSync(join(tmpdir(), "gatehouse-tree-"));
  const into = mkdtempSync(join(tmpdir(), "gatehouse-untree-"));
  symlinkSync("../../etc/passwd", join(tree, "link"));
  await expect(unpackTree(packTree(tree, { atS: 1 }), into)).rejects.toMatchObject({ code: "bad_archive" });
  const other = mkdtempSync(join(tmpdir(), "gatehouse-tree-"));
  writeFileSync(join(other, "file"), "x");
  const out = packTree(other, { atS: 1, prefix: "../" });
  await expect(unpackTree(out, into)).rejects.toMatchObject({ code: "bad_archive" });
});

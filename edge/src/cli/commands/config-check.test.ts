import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { EXIT } from "../exit-codes.ts";
import { configCheck } from "./config-check.ts";

const SITES = join(import.meta.dirname, "..", "..", "..", "..", "firmware-configs", "sites");
const directory = mkdtempSync(join(tmpdir(), "gatehouse-config-check-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const wrong = join(directory, "wrong.yaml");
writeFileSync(wrong, "code: a lot\n");

async function check(files: readonly string[], { json = false, ownSite }: { json?: boolean; ownSite?: string } = {}) {
  let out = "";
  const write = (text: string): void => {
    out += text;
  };
  const failure: unknown = await configCheck(files, { json, write, ownSite }).catch((error: unknown) => error);
  return { out, failure };
}

describe("gate config check", () => {
  it("says good of good files, and of one with warnings too", async () => {
    const { out, failure } = await check(["example.yaml", "ticket-lane.yaml"].map((name) => join(SITES, name)));
    expect(failure).toBeUndefined();
    expect(out).toMatch(/example\.yaml: good\n/);
    expect(out).toMatch(/warning: .*\n(.*\n)*.*ticket-lane\.yaml: good, with warnings\n$/);
  });

  it("ends with code 2 and counts the errors", async () => {
    const { out, failure } = await check([join(SITES, "example.yaml"), wrong]);
    expect(failure).toMatchObject({ exitCode: EXIT.usage, message: expect.stringMatching(/^\d errors in 1 file\.$/) });
    expect(out).toMatch(/wrong\.yaml:1:7: code: use a-z/);
    expect(out).toMatch(/wrong\.yaml:1:1: lanes: is missing/);
  });

  it("tells programs the same, with line and column as numbers", async () => {
    const { out, failure } = await check([wrong], { json: true });
    expect(failure).toMatchObject({ exitCode: EXIT.usage });
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      files: [
        {
          file: wrong,
          findings: expect.arrayContaining([expect.objectContaining({ line: 1, column: 7, key: "code" })]),
        },
      ],
    });
  });

  it("checks the agent's own file when none is named, and asks for one when there is none", async () => {
    expect((await check([], { ownSite: join(SITES, "example.yaml") })).out).toMatch(/example\.yaml: good/);
    expect((await check([])).failure).toMatchObject({
      exitCode: EXIT.usage,
      message: expect.stringMatching(/GATEHOUSE_SITE/),
    });
  });

  it("says so of a file that isn't there", async () => {
    expect((await check([join(directory, "none.yaml")])).out).toMatch(/none\.yaml: can't be read/);
  });
});

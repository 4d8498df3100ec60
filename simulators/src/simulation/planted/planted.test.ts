import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { PLANTED } from "./all.ts";
import { withFault } from "./planted-fault.ts";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

it("each planted fault still has its one place in the source, a name of its own, and changes something", () => {
  expect(new Set(PLANTED.map(({ id }) => id)).size).toBe(PLANTED.length);
  for (const fault of PLANTED) {
    const text = readFileSync(join(root, fault.file), "utf8");
    expect(withFault(text, fault)).not.toBe(text);
  }
});

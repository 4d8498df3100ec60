import { readFileSync, rmSync } from "node:fs";
import { parseJson } from "@gatehouse/shared/kit/json.ts";
import { z } from "zod";
import { writeFileDurably } from "../../uplink/durable-file.ts";
import type { StepResult } from "./step.ts";

const progress = z.object({
  lot: z.string(),
  lane: z.string(),
  began_at: z.number(),
  results: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      verdict: z.enum(["passed", "failed", "skipped"]),
      finding: z.string(),
      measures: z.array(z.object({ name: z.string(), value: z.string() })),
      at: z.number(),
    }),
  ),
});

export type Progress = Omit<z.infer<typeof progress>, "results"> & { readonly results: readonly StepResult[] };

/** What an interrupted selftest of this lane has come to; null when there is none, or it is another lane's. */
export function readProgress(file: string, { lot, lane }: { lot: string; lane: string }): Progress | null {
  try {
    const kept = progress.safeParse(parseJson(readFileSync(file, "utf8"))).data;
    return kept && kept.lot === lot && kept.lane === lane ? kept : null;
  } catch {
    return null;
  }
}

/** Keeps what a selftest has come to, durably: an interrupted one goes on there. Throws when it can't. */
export function saveProgress(file: string, kept: Progress): void {
  writeFileDurably(file, JSON.stringify(kept));
}

/** The next selftest of the lane begins anew. No file is no error. */
export function removeProgress(file: string): void {
  rmSync(file, { force: true });
}

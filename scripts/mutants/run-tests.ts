import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** Longest run of one group of tests; a fault that never ends is caught by it, ms. */
const RUN_MAX_MS = 120_000;

/** What became of one run: `broken` is a fault in the source itself, so that no test could say anything. */
export type Verdict =
  | { readonly kind: "passed" }
  | { readonly kind: "failed"; readonly test: string }
  | { readonly kind: "broken"; readonly message: string };

const results = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      message: z.string().optional(),
      status: z.string(),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })),
    }),
  ),
});

/** Runs test files, as paths from `directory`, up to the first failure. */
export async function runTests(directory: string, files: readonly string[]): Promise<Verdict> {
  const outputFile = join(directory, "results.json");
  rmSync(outputFile, { force: true });
  const vitest = join(directory, "node_modules", "vitest", "vitest.mjs");
  const { ended, output } = await runNode(directory, [
    vitest,
    "run",
    "--reporter=json",
    `--outputFile=${outputFile}`,
    ...files,
  ]);
  if (ended === "late") return { kind: "failed", test: `(no end within ${RUN_MAX_MS / 1_000} s)` };
  if (!existsSync(outputFile)) return { kind: "broken", message: output.slice(-2_000) };
  return judge(results.parse(JSON.parse(readFileSync(outputFile, "utf8"))), ended);
}

function judge({ testResults }: z.infer<typeof results>, exitCode: number): Verdict {
  for (const file of testResults) {
    const failed = file.assertionResults.find(({ status }) => status === "failed");
    if (failed) return { kind: "failed", test: failed.fullName };
  }
  const unread = testResults.find(({ status }) => status === "failed");
  if (unread) return { kind: "broken", message: unread.message ?? unread.name };
  const count = testResults.reduce((sum, { assertionResults }) => sum + assertionResults.length, 0);
  if (exitCode === 0 && count > 0) return { kind: "passed" };
  return { kind: "broken", message: `exit code ${exitCode} after ${count} tests` };
}

function runNode(cwd: string, args: readonly string[]): Promise<{ ended: number | "late"; output: string }> {
  const child = spawn(process.execPath, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const take = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-10_000);
  };
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  return new Promise((resolve, reject) => {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
    }, RUN_MAX_MS);
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ ended: late ? "late" : (code ?? 1), output });
    });
  });
}

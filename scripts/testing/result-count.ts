import type { Reporter, SerializedError, TestModule } from "vitest/node";

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Counts the results of a run; a file that can't be loaded, and an error outside of any test, count as failed. */
export class ResultCount implements Reporter, Counts {
  passed = 0;
  failed = 0;
  skipped = 0;

  onTestRunEnd(modules: readonly TestModule[], strayErrors: readonly SerializedError[]): void {
    this.failed += strayErrors.length;
    for (const module of modules) this.#addModule(module);
  }

  #addModule(module: TestModule): void {
    let failedTests = 0;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === "passed") this.passed++;
      else if (state === "failed") failedTests++;
      else this.skipped++;
    }
    // A broken hook or import fails the file without failing a test of it.
    this.failed += failedTests === 0 && module.state() === "failed" ? 1 : failedTests;
  }
}

/** The last line of a test run, alone on its line; programs read it. */
export function closingLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

import { expect } from "vitest";

/** How long a test waits for what goes over a real line, ms; a busy machine is slow, and no test is about speed. */
const PATIENCE_MS = 8_000;

/** An expectation that is tried again until it holds; `look` may move the test's clock. */
export function soon<Value>(look: () => Value): ReturnType<typeof expect.poll<Value>> {
  return expect.poll(look, { timeout: PATIENCE_MS });
}

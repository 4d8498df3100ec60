import { defineConfig } from "vitest/config";

const MINUTE_MS = 60_000;
const NEVER = ["**/node_modules/**", "**/dist/**", ".pnpm-store/**", ".gatehouse/**"];

/** Three kinds of tests, told apart by the end of the file's name; docs are in CONTRIBUTING.md. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["{shared,edge,cloud,simulators,scripts}/**/*.test.{ts,tsx}"],
          exclude: [...NEVER, "**/*.pg.test.ts"],
          testTimeout: 10_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "pg",
          include: ["{edge,cloud,simulators,scripts}/**/*.pg.test.ts"],
          exclude: NEVER,
          globalSetup: ["scripts/testing/postgres-setup.ts"],
          testTimeout: 20_000,
          hookTimeout: 30_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "scenario",
          include: ["simulators/src/scenarios/**/*.scenario.ts", "{cloud/web,edge}/e2e/**/*.e2e.ts"],
          exclude: NEVER,
          testTimeout: 10 * MINUTE_MS,
          hookTimeout: 3 * MINUTE_MS,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});

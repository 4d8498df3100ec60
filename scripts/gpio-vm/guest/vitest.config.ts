import { defineConfig } from "vitest/config";

/** The tests inside the machine: one chip driver after another, in one thread, as the kernel's chips are shared. */
export default defineConfig({
  cacheDir: "/tmp/vitest",
  test: {
    include: ["scripts/gpio-vm/guest/*.vm.ts"],
    fileParallelism: false,
    pool: "threads",
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ["verbose"],
  },
});

import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Makes the managed Python environment and builds dist/ once, before any file runs.
    globalSetup: ["test/support/global-setup.ts"],
    // Tests start real processes; two cores take two files at a time.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});

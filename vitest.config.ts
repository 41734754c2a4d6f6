import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Makes the managed Python environment and builds dist/ once, before any file runs.
    globalSetup: ["test/support/global-setup.ts"],
    // Tests wait for real processes half of their time: two cores take three files at a time.
    maxWorkers: 3,
    // No test mocks a module: what one file has loaded, the next may use. A fifth of the time went into loading.
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});

import { defineConfig } from "vitest/config";
import common from "../vitest.config.js";

// Real Jupyter programs and browsers: slow, and on two cores one at a time. `npm run test:slow` runs them, `npm test` does not.
export default defineConfig({
  test: {
    ...common.test,
    include: ["test/jupyter/**/*.test.ts"],
    exclude: [],
    fileParallelism: false,
    retry: 1,
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
});

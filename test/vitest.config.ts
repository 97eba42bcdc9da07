import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: ["test/**/*.test.ts"],
    // Needs Python and a browser: `npm run test:slow`.
    exclude: ["test/jupyter/**"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
    // .ci/run adds the reports of all suites up.
    reporters: process.env.CI ? ["default", ["json", { outputFile: `reports/tests/${process.pid}.json` }]] : ["default"],
  },
});

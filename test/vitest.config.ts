import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: ["test/**/*.test.ts"],
    // Needs Python and a browser: `npm run test:slow`.
    exclude: ["test/jupyter/**"],
    setupFiles: ["test/seed.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Sessions in processes of their own are found there, apart from those of the user.
    env: { TESSERLAB__SESSIONS_DIR: join(tmpdir(), "tesserlab-test-sessions") },
    pool: "forks",
    // .ci/run adds the reports of all suites up.
    reporters: process.env.CI ? ["default", ["json", { outputFile: `reports/tests/${process.pid}.json` }]] : ["default"],
  },
});

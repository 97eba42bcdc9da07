// Last step of the build: makes one CommonJS file of each program a kernel starts with. Node loads a file so in a tenth of the time it takes
// to find, read and link dozens of ES modules, and a supervisor and a worker that import nothing never start its loader of ES modules at all.
import { dirname, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";

const KERNEL: string = dirname(fileURLToPath(import.meta.url));
/** As deep as the folders of the modules, so that what they find by relative URLs is found from here too. */
const FOLDER: string = resolve(KERNEL, "start");

/** What is imported late is not needed to start, and may be shared with the helpers: it stays a module of its own. */
const lateImports: Plugin = {
  name: "late-imports",
  setup({ onResolve }) {
    onResolve({ filter: /^\./ }, ({ kind, path, resolveDir }) =>
      kind === "dynamic-import" ? { path: relative(FOLDER, resolve(resolveDir, path)).replaceAll("\\", "/"), external: true } : undefined,
    );
  },
};

await build({
  entryPoints: {
    supervisor: resolve(KERNEL, "supervisor/main.js"),
    kernel: resolve(KERNEL, "server/main.js"),
    protocol: resolve(KERNEL, "protocol/thread.js"),
  },
  outdir: FOLDER,
  outExtension: { ".js": ".cjs" },
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node20",
  packages: "external",
  plugins: [lateImports],
  // Only addresses of other files come from it, and those lie as they did.
  define: { "import.meta.url": "moduleUrl" },
  banner: { js: 'const moduleUrl = require("node:url").pathToFileURL(__filename).href;' },
  logLevel: "warning",
});

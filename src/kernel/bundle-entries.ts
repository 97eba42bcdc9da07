// Last step of the build: makes one CommonJS file of each program a kernel starts with. Node loads a file so in a tenth of the time it takes
// to find, read and link dozens of ES modules, and a worker that imports nothing never starts its loader of ES modules at all.
import { copyFileSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";

const KERNEL: string = dirname(fileURLToPath(import.meta.url));
/** As deep as the folders of the modules, so that what they find by relative URLs is found from here too. */
const FOLDER: string = resolve(KERNEL, "start");

/** Marks what was asked from here. */
const FOUND: unique symbol = Symbol("found");

/**
 * What is imported late is not needed to start. The main thread shares it with the helpers, so that it stays a module of its own; what the protocol thread, which shares nothing,
 * imports late is in its file, asleep.
 */
const lateImports: Plugin = {
  name: "late-imports",
  setup({ onResolve, resolve: find }) {
    onResolve({ filter: /^\./ }, async ({ importer, kind, path, pluginData, resolveDir }) => {
      if (pluginData === FOUND) return undefined;
      const target = resolve(resolveDir, path);
      if (kind === "dynamic-import" && !importer.startsWith(resolve(KERNEL, "protocol") + sep))
        return { path: relative(FOLDER, target).replaceAll("\\", "/"), external: true };
      // Nothing of ours does anything by being loaded: a package that only unused code imports is not loaded either.
      return { ...(await find(path, { importer, kind, pluginData: FOUND, resolveDir })), sideEffects: kind === "entry-point" };
    });
  },
};

/**
 * The sockets' package is in the file with the rest: what finds its native part beside itself is told where the package lies. Found, read and linked by Node
 * it would take a tenth of the time a kernel has to start.
 */
const sockets: Plugin = {
  name: "sockets",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]zeromq[\\/]lib[\\/]load-addon\.js$/ }, () => ({
      contents: `import { createRequire } from "node:module";
import { join } from "node:path";
import { loadAddon } from "cmake-ts/build/loader";
export default loadAddon(join(createRequire(import.meta.url).resolve("zeromq"), "../../build"));`,
      resolveDir: dirname(createRequire(import.meta.url).resolve("zeromq")),
    }));
  },
};

/** The parser's package likewise: what finds its native part by its own place is told that place. */
const parser: Plugin = {
  name: "parser",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]node_modules[\\/]oxc-parser[\\/].*\.js$/ }, ({ path }) => {
      const address = `new URL(${JSON.stringify(relative(FOLDER, path).replaceAll("\\", "/"))}, import.meta.url).href`;
      return { contents: readFileSync(path, "utf8").replaceAll("import.meta.url", address) };
    });
  },
};

await build({
  entryPoints: {
    announce: resolve(KERNEL, "supervisor/main.js"),
    kernel: resolve(KERNEL, "server/main.js"),
    protocol: resolve(KERNEL, "protocol/start.js"),
    "protocol-program": resolve(KERNEL, "protocol/thread.js"),
  },
  outdir: FOLDER,
  outExtension: { ".js": ".cjs" },
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node20",
  plugins: [lateImports, sockets, parser],
  // Only addresses of other files come from it, and those lie as they did.
  define: { "import.meta.url": "moduleUrl" },
  banner: { js: 'const moduleUrl = require("node:url").pathToFileURL(__filename).href;' },
  logLevel: "warning",
});

// The compiler leaves it where it is.
copyFileSync(resolve(KERNEL, "../../src/kernel/supervisor/supervise.sh"), resolve(FOLDER, "supervise.sh"));

// Second step of the build: makes one file of each folder. A folder is entered only through its index.js, so its other files need not stand
// alone: hundreds of small modules take Node a second to find, read and link, and twenty files a tenth of that. What is imported late stays a
// file of its own, and so does everything that is started by path; classes keep their names, and folders share each other's classes as before.
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";

const DIST: string = fileURLToPath(new URL("..", import.meta.url)).replace(/[\\/]$/, "");
/** Files that are started, or found by others, by their path. */
const BY_PATH: readonly string[] = [
  "cli/main.js",
  "cli/session.js",
  "kernel/helpers.js",
  "kernel/language/index.js",
  "kernel/output/tslab.js",
  "kernel/server/main-thread.js",
  "live/record/settle-worker.js",
  "live/session-worker.js",
  "modules/hooks.js",
];
/** What measures is not worth a bundle, and one of its modules asks for itself by its address. */
const LEFT: readonly string[] = ["bench"];
/** Packages that every kernel needs at once: they become part of the file that needs them, because each would be several files to find. */
const INLINED: readonly string[] = ["magic-string", "@jridgewell/sourcemap-codec", "oxc-parser", "oxc-transform"];
/** Stands for the folder of the build, until it is known from where. */
const HERE = "tesserlab-dist:";
const PART = /^part-[A-Z0-9]{8}\.js$/;

for (const folder of folders()) await bundle(folder);
await noteScope();

/** Folders with an index.js that no other such folder contains files of: `venues/paper`, not `venues/paper/exchange`. */
function folders(): string[] {
  const found = ["cli"];
  const look = (folder: string): void => {
    if (LEFT.includes(folder)) return;
    if (folder !== "" && existsSync(join(DIST, folder, "index.js"))) found.push(folder);
    else
      for (const name of readdirSync(join(DIST, folder)))
        if (statSync(join(DIST, folder, name)).isDirectory() && name !== "cli") look(join(folder, name));
  };
  look("");
  return found;
}

/** The names of the helpers, for who must know them before they are loaded. */
async function noteScope(): Promise<void> {
  const { scope } = (await import(pathToFileURL(join(DIST, "lab/index.js")).href)) as { scope(): object };
  writeFileSync(join(DIST, "lab/scope.json"), JSON.stringify(Object.keys(scope())));
}

async function bundle(folder: string): Promise<void> {
  const root = join(DIST, folder);
  const entries = [`${folder}/index.js`, ...BY_PATH.filter((path) => path.startsWith(`${folder}/`))].filter((path) =>
    existsSync(join(DIST, path)),
  );
  const classes = new Set<string>();
  const { outputFiles } = await build({
    entryPoints: Object.fromEntries(entries.map((path) => [path.slice(folder.length + 1, -".js".length), join(DIST, path)])),
    outdir: root,
    chunkNames: "part-[hash]",
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node20",
    plugins: [ownFiles(root, classes)],
    logLevel: "warning",
    write: false,
  });
  for (const name of readdirSync(root)) if (PART.test(name)) rmSync(join(root, name));
  for (const { path, text } of outputFiles) {
    const toDist = relative(dirname(path), DIST).split(sep).join("/");
    writeFileSync(path, withClassNames(text, classes, path).replaceAll(HERE, toDist));
  }
}

/** Leaves what lies in other folders where it is, and lets each module believe it still lay in its own place. */
function ownFiles(root: string, classes: Set<string>): Plugin {
  return {
    name: "own-files",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^[^.]/ }, ({ path, kind }) =>
        kind === "entry-point" || INLINED.includes(path) ? undefined : { path, external: true },
      );
      onResolve({ filter: /^\./ }, ({ path, resolveDir }) => {
        const target = resolve(resolveDir, path);
        if (target.startsWith(root + sep) || !target.startsWith(DIST + sep)) return undefined;
        return { path: `${HERE}/${relative(DIST, target).split(sep).join("/")}`, external: true };
      });
      onLoad({ filter: /\.m?js$/ }, ({ path }) => {
        const text = readFileSync(path, "utf8");
        for (const [, name, variable] of text.matchAll(/\bclass (\w+)|\bvar (\w+) = class\b/g)) classes.add((variable ?? name)!);
        const address = `new URL(${JSON.stringify(`${HERE}/${relative(DIST, path).split(sep).join("/")}`)}, import.meta.url).href`;
        return { contents: text.replaceAll("import.meta.url", address), loader: "js" };
      });
    },
  };
}

/**
 * A class that speaks of itself becomes `var Order = class _Order`, and would be called `_Order` in errors, displays and tables.
 * @throws Error where two modules of a folder have classes of one name: the bundle renames one.
 */
function withClassNames(text: string, classes: ReadonlySet<string>, path: string): string {
  const renamed = [...text.matchAll(/\bvar (\w+) = class _(\w+)/g)];
  for (const [, variable, name] of [...renamed, ...text.matchAll(/\bvar (\w+) = class (?!_)()/g)])
    if (!classes.has(variable!) || (name !== "" && name !== variable)) throw new Error(`${path}: ${variable} is the name of two classes.`);
  return renamed.reduce((result, [, , name]) => result.replace(new RegExp(`(?<![\\w$.])_${name}\\b`, "g"), name!), text);
}

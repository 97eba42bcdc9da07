import { createRequire } from "node:module";
import { dirname, extname, isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** What the documents of a notebook are named. The dot keeps them out of everybody's globs; they are never on disk. */
export const CONFIG = "tsconfig.json";
export const CURRENT = ".tesserlab-cell.ts";
export const GLOBALS = ".tesserlab-globals.ts";
export const cellDocument = (number: number): string => `.tesserlab-cell-${number}.ts`;

/** The specifier by which one document of the notebook imports another. */
export const specifierOf = (document: string): string => `./${document.slice(0, -".ts".length)}`;

/** The tree this file was loaded from, and how its files are named: `dist` with declarations, or the sources themselves. */
const TREE = fileURLToPath(new URL("../..", import.meta.url));

/** Path without extension of a module of ours, for use in an import of a document. */
export const ownModule = (path: string): string => join(TREE, path).replaceAll("\\", "/");

/**
 * The configuration cells are checked by, the same in every folder: a `tsconfig.json` that lies there is about other files, and says nothing
 * about how cells run.
 *
 * Strict, because `undefined` and `null` are what breaks a backtest, with what would be noise in a notebook left out: indexing gives the element type
 * (`run.trades[0].profit`), caught errors are `any`, and complaints about parameters without a type are not shown (see diagnostics.ts; the option itself
 * stays on, because it is what lets `let x;` and `[]` take their type from what is put into them). Resolution is a bundler's: as in the kernel, packages may
 * be ESM or CommonJS, and local files may be named with or without their extension.
 *
 * @param lab - module the helpers come from: a specifier, or an absolute path or file URL.
 * @param cells - how many documents of executed cells there may be.
 */
export function configText(lab: string, cells: number): string {
  const require = createRequire(import.meta.url);
  const compilerOptions = {
    strict: true,
    useUnknownInCatchVariables: false,
    target: "esnext",
    lib: [standardLibrary(process.versions.node)],
    module: "esnext",
    moduleResolution: "bundler",
    customConditions: ["node"],
    moduleDetection: "force",
    allowImportingTsExtensions: true,
    resolveJsonModule: true,
    allowJs: true,
    skipLibCheck: true,
    noEmit: true,
    allowUnreachableCode: true,
    allowUnusedLabels: true,
    typeRoots: [dirname(dirname(require.resolve("@types/node/package.json")))],
    types: ["node"],
    paths: {
      // Our own package means this very copy, wherever the notebook is, as it does when cells run.
      tesserlab: [ownModule("index")],
      "tesserlab/*": [ownModule("*/index")],
      tslab: [ownModule("kernel/output/tslab")],
      ...localLab(lab),
    },
  };
  // All documents are listed, those of cells to come and the configuration too: for an open file that belongs to no project the server reads every project
  // of the folders above. A file that is not there yet costs nothing.
  const cellDocuments = Array.from({ length: cells }, (_, index) => cellDocument(index + 1));
  return JSON.stringify({ compilerOptions, files: [CURRENT, GLOBALS, CONFIG, ...cellDocuments] });
}

/** What JavaScript itself offers in a version of Node: what it lacks must not be suggested. */
function standardLibrary(version: string): string {
  const major = Number.parseInt(version, 10);
  if (major >= 24) return "es2025";
  return major >= 22 ? "es2024" : "es2023";
}

/** The specifier documents import the helpers by. */
export const labSpecifier = (lab: string): string => (isPath(lab) ? "tesserlab:lab" : lab);

const isPath = (lab: string): boolean => isAbsolute(lab) || lab.startsWith(".") || lab.startsWith("file:");

function localLab(lab: string): Record<string, string[]> {
  if (!isPath(lab)) return {};
  const path = lab.startsWith("file:") ? fileURLToPath(lab) : resolve(lab);
  return { [labSpecifier(lab)]: [path.slice(0, path.length - extname(path).length) + extname(path)] };
}

import { isAbsolute, relative, resolve, sep } from "node:path";
import * as core from "../core/index.js";
import { LabError } from "../errors/index.js";
import * as strategies from "../strategies/index.js";

/** What the exporter asks of a notebook: the part of `globalThis[Symbol.for("tesserlab.host")]` it uses. */
export interface NotebookHost {
  /** By cell id, the latest execution: what a cell declares, imports, and takes from other cells or from the helpers in scope. */
  readonly declarations: ReadonlyMap<string, CellNames>;
  /** A cell's TypeScript as it was last executed. */
  sourceOf(cellId: string): string | undefined;
  /** Folder that relative imports of cells start from. */
  readonly cellFolder: string;
}

interface CellNames {
  readonly declares: readonly string[];
  readonly uses: readonly string[];
  readonly imports: readonly { readonly specifier: string }[];
}

/** First line of a module made from a cell; only such a file is written over. */
export const CELL_MODULE_MARK = "// Exported from a notebook cell by tesserlab; edit the cell and export again.";

/** The notebook this code runs in, if any. */
export function currentHost(): NotebookHost | undefined {
  return core.notebookHost();
}

/** What a module may import in place of the helpers that are in a notebook's scope. */
const IMPORTABLE: readonly (readonly [specifier: string, names: readonly string[]])[] = [
  ["tesserlab/strategies", Object.keys(strategies)],
  ["tesserlab/core", Object.keys(core)],
];

const specifierOf = (name: string): string | undefined => IMPORTABLE.find(([, names]) => names.includes(name))?.[0];

/**
 * The cell that defines a strategy as a module that stands alone in `folder`: the helpers it uses are imported, what it declares is exported.
 * @returns `undefined` where no cell has `defineStrategy` with that name in its text.
 * @throws LabError `STRATEGY_NOT_PORTABLE` naming the variable that is neither imported nor declared in the cell.
 */
export function cellModule(strategy: string, host: NotebookHost, folder: string): string | undefined {
  const named = new RegExp(`\\bname\\s*:\\s*(["'\`])${strategy}\\1`);
  const cells = [...host.declarations].map(([id, names]) => ({ names, source: host.sourceOf(id) ?? "" }));
  const cell = cells.findLast(({ source }) => source.includes("defineStrategy") && named.test(source));
  if (cell === undefined) return undefined;
  const { uses, declares, imports } = cell.names;
  const foreign = uses.find((name) => specifierOf(name) === undefined);
  if (foreign !== undefined)
    throw new LabError(
      "STRATEGY_NOT_PORTABLE",
      `${strategy} uses '${foreign}', which its cell neither imports nor declares, so it cannot leave the notebook. Declare or import ${foreign} in that cell, or give the strategy a cell of its own.`,
      { details: { strategy, variable: foreign } },
    );
  const helpers = IMPORTABLE.flatMap(([specifier]) => {
    const used = uses.filter((name) => specifierOf(name) === specifier).sort();
    return used.length === 0 ? [] : [`import { ${used.join(", ")} } from "${specifier}";`];
  });
  const source = imports.reduce((text, { specifier }) => moveImport(text, specifier, host.cellFolder, folder), cell.source.trim());
  const exported = declares.filter(
    (name) => !new RegExp(`^\\s*export\\s+(async\\s+)?(const|let|var|class|function\\*?)\\s+${name}\\b`, "m").test(source),
  );
  return [CELL_MODULE_MARK, ...helpers, "", source, "", `export { ${exported.join(", ")} };`, ""].join("\n");
}

/** A relative import, written from the notebook's folder, as it reads from another. */
function moveImport(source: string, specifier: string, from: string, to: string): string {
  if (!/^\.\.?\//.test(specifier) || resolve(from) === resolve(to)) return source;
  const path = relative(resolve(to), resolve(from, specifier)).split(sep).join("/");
  const moved = path.startsWith(".") || isAbsolute(path) ? path : `./${path}`;
  return source.replaceAll(`"${specifier}"`, `"${moved}"`).replaceAll(`'${specifier}'`, `'${moved}'`);
}

import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  findSyntaxError,
  type Importer,
  importerFrom,
  isLocalSpecifier,
  localClosure,
  registerLoader,
  resolveLocal,
} from "../modules/index.js";

/** Imports for cells: packages and files resolve from the notebook's folder. */
export class NotebookImporter {
  /** What `import.meta` is in a cell. */
  readonly meta: { readonly url: string; readonly filename: string; readonly dirname: string };
  readonly require: NodeJS.Require;
  readonly #import: Importer;
  readonly #aliases: Readonly<Record<string, string>>;

  /**
   * @param notebook - absolute path of the notebook; it need not exist.
   * @param aliases - specifier to URL: names that mean the host's own modules.
   */
  constructor(notebook: string, aliases: Readonly<Record<string, string>>) {
    const dirname = join(notebook, "..");
    this.meta = { url: pathToFileURL(notebook).href, filename: notebook, dirname };
    this.require = createRequire(notebook);
    this.#import = importerFrom(notebook);
    this.#aliases = aliases;
  }

  /**
   * @param names - exports that must be there.
   * @throws SyntaxError for a missing export, SourceError for a local file that does not parse, Node's own error for a missing module.
   */
  async import(specifier: string, options?: ImportCallOptions, names: readonly string[] = []): Promise<Record<string, unknown>> {
    const local = isLocalSpecifier(specifier);
    if (local) {
      registerLoader(this.#aliases); // starting Node's loader thread takes a while: only who needs it pays
      this.#forgetEditedCommonJs();
    }
    const module = await this.#import(this.#aliases[specifier] ?? ownModule(specifier), options).catch((error: unknown) => {
      throw (local && error instanceof SyntaxError && this.#syntaxError(specifier)) || error;
    });
    for (const name of names) if (!(name in module)) throw missingExport(specifier, name, module);
    return module;
  }

  /** The loader thread reports syntax errors as bare messages: found again here, they have their place and frame. */
  #syntaxError(specifier: string): Error | undefined {
    const path = resolveLocal(specifier, this.meta.dirname);
    return path === undefined ? undefined : findSyntaxError(localClosure(path).files);
  }

  /** CommonJS modules are cached by path, whatever their URL: the user's own are read again. */
  #forgetEditedCommonJs(): void {
    for (const path of Object.keys(this.require.cache))
      if (path.startsWith(this.meta.dirname) && !path.includes("node_modules")) delete this.require.cache[path];
  }
}

/** Our own package means this very copy, wherever the notebook is: a second one would have other classes. */
function ownModule(specifier: string): string {
  return /^tesserlab(\/|$)/.test(specifier) ? import.meta.resolve(specifier) : specifier;
}

function missingExport(specifier: string, name: string, module: Record<string, unknown>): SyntaxError {
  const known = Object.keys(module).filter((key) => key !== "default" && key !== "module.exports");
  const list = known.length > 12 ? `${known.slice(0, 12).join(", ")}, …` : known.join(", ");
  return new SyntaxError(
    `The module '${specifier}' does not provide an export named '${name}'. It exports: ${list || "only a default"}. ` +
      `If ${name} is a type, write \`import { type ${name} }\`.`,
  );
}

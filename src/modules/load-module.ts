import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { LabError, suggest } from "../errors/index.js";
import { localClosure } from "./closure.js";
import { importerFrom, registerLoader } from "./loader.js";
import { resolveLocal } from "./local-files.js";
import { stampedUrl } from "./stamp.js";
import { findSyntaxError } from "./syntax-check.js";

/** A user's module, loaded, and what exactly was loaded. */
export interface LoadedModule {
  /** Absolute path of the file. */
  readonly path: string;
  /** The module namespace. */
  readonly module: Record<string, unknown>;
  /** Hash of the file and every local file behind it, as `Closure.sha256`. */
  readonly sha256: string;
  /** Those files, absolute, the entry first. */
  readonly files: readonly string[];
}

/**
 * Loads a local `.ts`, `.mts`, `.js` or `.mjs` file, transpiling it and its local imports. Loading the same content again gives the
 * same module instance; after an edit anywhere below, a fresh one.
 * @param path - absolute, or relative to the working directory.
 * @throws LabError `MODULE_NOT_FOUND`, `MODULE_SYNTAX` (with position and code frame), `MODULE_FAILED` (the module threw; see `cause`).
 */
export async function loadModule(path: string): Promise<LoadedModule> {
  const file = resolveLocal(resolve(path), process.cwd());
  if (file === undefined) throw notFound(path);
  registerLoader();
  const { sha256, files } = localClosure(file);
  try {
    const module = await importerFrom(file)(stampedUrl(file, sha256));
    return { path: file, module, sha256, files };
  } catch (error) {
    throw loadFailure(file, files, error);
  }
}

function notFound(path: string): LabError {
  const folder = dirname(resolve(path));
  const near = existsSync(folder) ? suggest(basename(path), readdirSync(folder)) : undefined;
  const hint = existsSync(folder) ? (near === undefined ? "" : ` Did you mean ${near}?`) : ` The folder ${folder} does not exist.`;
  return new LabError("MODULE_NOT_FOUND", `There is no module '${path}'.${hint}`, { details: { path, suggestion: near } });
}

/** Errors cross from the loader thread as bare messages, so a syntax error is found again here, with its frame. */
function loadFailure(file: string, files: readonly string[], error: unknown): LabError {
  const syntax = error instanceof SyntaxError ? findSyntaxError(files) : undefined;
  if (syntax !== undefined) {
    const { position, message, frame } = syntax;
    const text = `${message} at ${position.file}:${position.line}:${position.column}\n\n${frame}`;
    return new LabError("MODULE_SYNTAX", text, { details: { ...position }, cause: syntax });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new LabError("MODULE_FAILED", `Loading ${file} failed: ${reason}`, { details: { path: file }, cause: error });
}

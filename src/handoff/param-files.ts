import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, isAbsolute, relative, resolve } from "node:path";
import type { ParamSchema } from "../strategies/index.js";
import { snakeCase } from "./names.js";

/** A file that a parameter names, such as a model, as it was when the record was made. */
export interface FileIdentity {
  /** The parameter, as in the file: `model_path`. */
  readonly param: string;
  /** The path as it was written. */
  readonly file: string;
  readonly sha256: string;
}

type Params = Readonly<Record<string, unknown>>;

/** The parameters that name files, with their paths. */
function filesIn(schema: ParamSchema, params: Params): [name: string, path: string][] {
  return Object.entries(params).flatMap(([name, path]): [string, string][] =>
    schema[name]?.file === true && typeof path === "string" ? [[name, path]] : [],
  );
}

/** SHA-256 of a file's bytes; `undefined` where it cannot be read. */
function sha256Of(path: string): string | undefined {
  try {
    return createHash("sha256").update(readFileSync(path)).digest("hex");
  } catch {
    return undefined;
  }
}

/** The files that parameters name and that are there, with their hashes. */
export function fileIdentities(schema: ParamSchema, params: Params): readonly FileIdentity[] {
  return filesIn(schema, params).flatMap(([name, file]) => {
    const sha256 = sha256Of(file);
    return sha256 === undefined ? [] : [{ param: snakeCase(name), file, sha256 }];
  });
}

/** Parameters with the hash of each file instead of its path: what a fingerprint counts, so that a file may move but not change. */
export function hashedFiles(schema: ParamSchema, params: Params): Params {
  const hashes = filesIn(schema, params).map(([name, path]) => {
    const sha256 = sha256Of(path);
    return [name, sha256 === undefined ? path : `sha256:${sha256}`] as const;
  });
  return hashes.length === 0 ? params : { ...params, ...Object.fromEntries(hashes) };
}

/** Where a strategy file's path leads: beside that file if there is such a file, else from the working folder. */
function found(path: string, beside: string): string {
  const near = resolve(dirname(resolve(beside)), path);
  if (isAbsolute(path) || !existsSync(near)) return path;
  const here = relative(process.cwd(), near);
  return here.startsWith("..") && !path.startsWith("..") ? near : here;
}

/** Parameters whose paths lead to their files from the working folder, and those of files that are nowhere. */
export function resolveFiles(
  schema: ParamSchema,
  params: Params,
  beside: string,
): { readonly params: Params; readonly missing: readonly string[] } {
  const paths = filesIn(schema, params).map(([name, path]) => [name, found(path, beside)] as const);
  if (paths.length === 0) return { params, missing: [] };
  const missing = paths.filter(([, path]) => !existsSync(path)).map(([, path]) => path);
  return { params: Object.freeze({ ...params, ...Object.fromEntries(paths) }), missing };
}

/** Parameters as a strategy file is to say them: a path that the file says already, and that leads to the same file, stays as it is there. */
export function writtenFiles(schema: ParamSchema, params: Params, said: (name: string) => unknown, beside: string): Params {
  const kept = filesIn(schema, params).flatMap(([name, path]) => {
    const before = said(snakeCase(name));
    return typeof before === "string" && resolve(found(before, beside)) === resolve(path) ? [[name, before] as const] : [];
  });
  return kept.length === 0 ? params : { ...params, ...Object.fromEntries(kept) };
}

import { existsSync, readdirSync } from "node:fs";
import { basename, isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { LabError, suggest } from "../errors/index.js";

/** Root of this package, the same from `src` and from `dist`. */
const PACKAGE_ROOT = fileURLToPath(new URL("../../", import.meta.url));
const DEFAULT_DATA_DIR = "../shared/data";
const DATA_NAME = /\.(csv|tsv|parquet)(\.gz)?$/i;

/** A data file that was found. */
export interface FoundData {
  readonly path: string;
  /** The name to show: as the user wrote it, without the folders of an absolute path. */
  readonly name: string;
}

/**
 * The folder of real candles: `TESSERLAB__DATA_DIR`, by default `../shared/data`, seen from the working folder or else from
 * the package. `undefined` when there is none.
 */
export function dataDir(): string | undefined {
  const named = process.env.TESSERLAB__DATA_DIR || DEFAULT_DATA_DIR;
  return [resolve(named), resolve(PACKAGE_ROOT, named)].find((path) => existsSync(path));
}

/** The folder of samples that come with the package. */
export function sampleDir(): string {
  return join(PACKAGE_ROOT, "data");
}

/**
 * Finds a data file: an absolute path as it is, a relative one from the working folder, the package, the folder of real
 * candles and the samples, in this order.
 * @throws LabError `DATA_NOT_FOUND`, with what is there and the nearest name.
 */
export function findData(name: string): FoundData {
  if (name.trim() === "") throw new LabError("DATA_NOT_FOUND", "The name of the data file is empty.");
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(name))
    throw new LabError("DATA_NOT_FOUND", `'${name}' is a URL; download it first and name the file.`, { details: { name } });
  const shown = isAbsolute(name) ? basename(name) : name;
  const folders = isAbsolute(name) ? [""] : searchFolders().map(({ path }) => path);
  const path = folders.map((folder) => resolve(folder, name)).find((candidate) => existsSync(candidate));
  if (path !== undefined) return { path, name: shown };
  throw notFound(name, shown);
}

function searchFolders(): { label: string; path: string }[] {
  const real = dataDir();
  return [
    { label: "the working folder", path: process.cwd() },
    { label: "the package", path: PACKAGE_ROOT },
    ...(real === undefined ? [] : [{ label: "the folder of real candles", path: real }]),
    { label: "the folder of samples", path: sampleDir() },
  ];
}

function notFound(name: string, shown: string): LabError {
  const all = new Set<string>();
  const there: string[] = [];
  for (const { label, path } of searchFolders()) {
    const files = dataFiles(path);
    for (const file of files) all.add(file);
    if (files.length > 0)
      there.push(`${label} has ${files.slice(0, 8).join(", ")}${files.length > 8 ? `, and ${files.length - 8} more` : ""}`);
  }
  const near = suggest(basename(name), all);
  const unset =
    dataDir() === undefined ? " The folder of real candles is missing; TESSERLAB__DATA_DIR names it (default ../shared/data)." : "";
  return new LabError(
    "DATA_NOT_FOUND",
    `There is no data file '${shown}'.${near === undefined ? "" : ` Did you mean ${near}?`} ` +
      `${there.length === 0 ? "No data files lie in the folders searched." : `${capital(there.join("; "))}.`}${unset}`,
    { details: { name: shown, suggestion: near, found: [...all] } },
  );
}

function dataFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => DATA_NAME.test(file))
    .sort();
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

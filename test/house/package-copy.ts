import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";

export const ROOT: string = join(import.meta.dirname, "..", "..");

export interface Manifest {
  name: string;
  exports: Record<string, string | Record<string, string>>;
  typesVersions: Record<string, Record<string, string[]>>;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  overrides: Record<string, string>;
}

export const manifest: Manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as Manifest;

/** Folders of src with a door: `folder` or `venues/folder` with an index.ts, in the order of `folders`. */
export const withDoor = (folders: readonly string[]): string[] =>
  folders.filter((folder) => existsSync(join(ROOT, "src", folder, "index.ts")));

/**
 * A freshly built copy of the package laid out as a checkout is: package.json, dist, an empty notebooks folder and node_modules/tesserlab
 * pointing back at it. It lies inside our node_modules, so that the dependencies are found by walking up. The caller removes it.
 */
export function buildCopy(): string {
  const cache = join(ROOT, "node_modules", ".cache");
  mkdirSync(cache, { recursive: true });
  const copy = mkdtempSync(join(cache, "tesserlab-"));
  cpSync(join(ROOT, "package.json"), join(copy, "package.json"));
  mkdirSync(join(copy, "notebooks"));
  mkdirSync(join(copy, "node_modules"));
  symlinkSync("..", join(copy, "node_modules", manifest.name), "dir");
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  const build = spawnSync(process.execPath, [tsc, "-p", join(ROOT, "tsconfig.json"), "--outDir", join(copy, "dist")], { encoding: "utf8" });
  // A type error is for the build to report; the compiler emits all the same.
  if (!existsSync(join(copy, "dist/core/index.js"))) throw new Error(`Nothing was built:\n${build.stdout}${build.stderr}`);
  return copy;
}

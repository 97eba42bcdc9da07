import { statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Whether a specifier names a file of the user's rather than a package: `./x`, `../x`, `/x` or `file:///x`. */
export function isLocalSpecifier(specifier: string): boolean {
  return /^(\.{0,2}\/|\.{1,2}$|file:)/.test(specifier);
}

/**
 * The file a local specifier means, or `undefined` when there is none. What is written wins; then TypeScript's habits: an extension
 * left out, `./x.js` written for `x.ts`, and a folder's `index`.
 */
export function resolveLocal(specifier: string, fromFolder: string): string | undefined {
  const bare = specifier.replace(/[?#].*$/, "");
  const path = bare.startsWith("file:") ? fileURLToPath(bare) : resolve(fromFolder, bare);
  const candidates = [
    path,
    path.replace(/\.(m?)js$/, ".$1ts"),
    ...[".ts", ".mts", ".js", ".mjs", ".cjs", ".json"].map((extension) => path + extension),
    ...["index.ts", "index.mts", "index.js", "index.mjs"].map((name) => resolve(path, name)),
  ];
  return candidates.find(isFile);
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** Whether a file is TypeScript to be transpiled before it runs. */
export function isTypeScript(path: string): boolean {
  return /\.m?ts$/.test(path) && !/\.d\.m?ts$/.test(path);
}

/** The folder a file URL's relative imports start from. */
export function folderOfUrl(url: string): string {
  return dirname(fileURLToPath(url.replace(/[?#].*$/, "")));
}

import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { dirname, relative, sep } from "node:path";
import { parseSync } from "oxc-parser";
import { isLocalSpecifier, resolveLocal } from "./local-files.js";

/** A file and every local file it imports, directly or not. Packages do not count. */
export interface Closure {
  /** Absolute paths, the entry first, then in order of their path relative to it. */
  readonly files: readonly string[];
  /**
   * Of one file alone: the SHA-256 of its bytes. Of several: the SHA-256 of the text `sha256sum` prints for them (hash, two spaces,
   * path relative to the entry's folder), so that a shell can check it. Lower-case hex.
   */
  readonly sha256: string;
}

interface Source {
  readonly version: string;
  readonly sha256: string;
  readonly imports: readonly string[];
}

const sources = new Map<string, Source>();

/** Reads a file once a change: its hash and the local specifiers it names. A file that does not parse has no imports to follow. */
function readSource(path: string): Source {
  const { mtimeNs, ctimeNs, size, ino } = statSync(path, { bigint: true });
  const version = `${mtimeNs} ${ctimeNs} ${size} ${ino}`;
  const known = sources.get(path);
  if (known?.version === version) return known;
  const bytes = readFileSync(path);
  const source = { version, sha256: createHash("sha256").update(bytes).digest("hex"), imports: localImports(path, bytes.toString()) };
  sources.set(path, source);
  return source;
}

function localImports(path: string, text: string): string[] {
  if (!/\.[mc]?[jt]s$/.test(path)) return [];
  const { module } = parseSync(path, text, { sourceType: "module" });
  const specifiers = module.staticImports.map((entry) => entry.moduleRequest.value);
  for (const { entries } of module.staticExports)
    for (const { moduleRequest } of entries) if (moduleRequest) specifiers.push(moduleRequest.value);
  for (const { moduleRequest } of module.dynamicImports) {
    const literal = /^(["'`])([^"'`$\\]*)\1$/.exec(text.slice(moduleRequest.start, moduleRequest.end));
    if (literal) specifiers.push(literal[2]!);
  }
  return [...new Set(specifiers.filter(isLocalSpecifier))];
}

/** The local files behind `entry`, an absolute path, and one hash over them. An import that leads nowhere is left to the loader to report. */
export function localClosure(entry: string): Closure {
  const hashes = new Map<string, string>();
  const visit = (path: string): void => {
    if (hashes.has(path)) return;
    const source = readSource(path);
    hashes.set(path, source.sha256);
    for (const specifier of source.imports) {
      const target = resolveLocal(specifier, dirname(path));
      if (target !== undefined && !target.includes(`${sep}node_modules${sep}`)) visit(target);
    }
  };
  visit(entry);
  const label = (path: string): string => relative(dirname(entry), path).split(sep).join("/");
  const others = [...hashes.keys()].filter((path) => path !== entry).sort((a, b) => (label(a) < label(b) ? -1 : 1));
  const files = [entry, ...others];
  if (others.length === 0) return { files, sha256: hashes.get(entry)! };
  const listing = files.map((path) => `${hashes.get(path)!}  ${label(path)}\n`).join("");
  return { files, sha256: createHash("sha256").update(listing).digest("hex") };
}

// Runs in Node's loader thread (module.register): resolves and transpiles the user's local files.
import { readFileSync } from "node:fs";
import type { InitializeHook, LoadHook, ResolveHook } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { localClosure } from "./closure.js";
import { folderOfUrl, isLocalSpecifier, isTypeScript, resolveLocal } from "./local-files.js";
import { isStamped, stampedUrl, unstamped } from "./stamp.js";
import { transpile } from "./transpile.js";

/** What the registering thread tells the hooks. */
export interface HookData {
  /** Specifier to URL: names that mean the host's own modules, wherever they are imported from. */
  readonly aliases: Readonly<Record<string, string>>;
}

let aliases: Readonly<Record<string, string>> = {};

export const initialize: InitializeHook<HookData> = (data) => {
  aliases = data.aliases;
};

export const resolve: ResolveHook = (specifier, context, next) => {
  const parent = context.parentURL;
  // Only the user's own modules are ours to resolve: a package's relative imports, and our own, must keep their single instance.
  if (parent === undefined || !(isStamped(parent) || parent.endsWith(".ipynb"))) return next(specifier, context);
  const alias = aliases[specifier];
  if (alias !== undefined) return { url: alias, shortCircuit: true };
  // Our own package means this very copy, wherever the user's folder is: a second one would have other classes.
  if (/^tesserlab(\/|$)/.test(specifier)) return next(specifier, { ...context, parentURL: import.meta.url });
  if (!isLocalSpecifier(specifier)) return next(specifier, context);
  const path = resolveLocal(specifier, folderOfUrl(parent));
  if (path === undefined) return next(specifier, context);
  const url = stampedUrl(path, localClosure(path).sha256);
  if (isTypeScript(path)) return { url, format: "module", shortCircuit: true };
  return next(url, context);
};

export const load: LoadHook = (url, context, next) => {
  if (!isStamped(url) || !isTypeScript(unstamped(url))) return next(url, context);
  const path = fileURLToPath(unstamped(url));
  const { code, map } = transpile(readFileSync(path, "utf8"), path);
  const inline = Buffer.from(map).toString("base64");
  const source = `${code}\n//# sourceURL=${pathToFileURL(path).href}${url.slice(unstamped(url).length)}\n//# sourceMappingURL=data:application/json;base64,${inline}`;
  return { format: "module", shortCircuit: true, source };
};

import { relative } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the package: where notebooks, strategies and sample data lie. */
export const PACKAGE_ROOT: string = fileURLToPath(new URL("../../", import.meta.url));

/** The module that gives cells their helpers. */
export const LAB_MODULE: string = new URL("../lab/index.js", import.meta.url).href;

/** A path as a person in this folder would write it. */
export function shown(path: string): string {
  const short = relative(process.cwd(), path);
  return short === "" ? "." : short.startsWith("..") && short.length > path.length ? path : short;
}

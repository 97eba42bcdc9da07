import { pathToFileURL } from "node:url";

const STAMP = /\?tesserlab=[0-9a-f]{16}$/;

/** A file's URL stamped with the version of everything behind it, so that an edit anywhere below makes it a module not yet loaded. */
export function stampedUrl(path: string, sha256: string): string {
  return `${pathToFileURL(path).href}?tesserlab=${sha256.slice(0, 16)}`;
}

/** Whether a URL is one of the user's modules loaded through us. */
export function isStamped(url: string): boolean {
  return STAMP.test(url);
}

/** The URL as the file system knows it. */
export function unstamped(url: string): string {
  return url.replace(STAMP, "");
}

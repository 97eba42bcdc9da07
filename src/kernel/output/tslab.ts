// What `import … from "tslab"` gives inside our kernel, so that notebooks written for stock tslab 1.0 run unchanged.
import { currentHost } from "../host.js";
import { type MimeDisplay, mimeDisplay, replacingDisplay, type Send } from "./display.js";

const send: Send = (bundle, options) => currentHost()?.display(bundle, options);

export type Display = MimeDisplay;

/** Shows rich content, one method per kind. */
export const display: MimeDisplay = mimeDisplay((bundle) => send(bundle, {}));

/** A display whose later outputs replace its earlier ones. */
export function newDisplay(): MimeDisplay {
  return replacingDisplay(send);
}

export const versions: { tslab: string; typescript: string; node: string } = {
  tslab: "1.0.22 (as provided by tesserlab)",
  typescript: "7.0",
  node: process.version,
};

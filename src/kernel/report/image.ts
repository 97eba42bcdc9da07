import { escapeHtml } from "../../display/index.js";
import type { NotebookBundle } from "../notebook/nbformat.js";

const RASTER = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/** The picture of a bundle, if it has one. An SVG is shown as an image too: its styles must not leak into the page. */
export function staticImage(bundle: NotebookBundle): string | undefined {
  const alt = escapeHtml(String(bundle["text/plain"] ?? "").slice(0, 200));
  const svg = bundle["image/svg+xml"];
  if (typeof svg === "string") return `<img alt="${alt}" src="data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}">`;
  const mime = RASTER.find((type) => typeof bundle[type] === "string");
  return mime === undefined ? undefined : `<img alt="${alt}" src="data:${mime};base64,${String(bundle[mime]).replaceAll(/\s/g, "")}">`;
}

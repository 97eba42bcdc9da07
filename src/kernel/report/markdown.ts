import { existsSync, readFileSync } from "node:fs";
import { extname, resolve } from "node:path";
import MarkdownIt from "markdown-it";
import type { TextCell } from "../notebook/nbformat.js";
import { highlight } from "./highlight.js";

/** An entry of the table of contents. */
export interface Heading {
  readonly level: number;
  readonly text: string;
  readonly anchor: string;
}

const IMAGE_TYPES: Readonly<Record<string, string>> = {
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".gif": "image/gif",
  ".svg": "image/svg+xml",
  ".webp": "image/webp",
};

/** Renders the Markdown of a notebook, collecting its headings. HTML in it is kept, as front ends keep it. */
export class MarkdownRenderer {
  readonly headings: Heading[] = [];
  readonly #folder: string | undefined;
  readonly #markdown: MarkdownIt;
  #attachments: NonNullable<TextCell["attachments"]> = {};

  /** @param folder - where relative images lie; they are put into the page. */
  constructor(folder: string | undefined) {
    this.#folder = folder;
    this.#markdown = new MarkdownIt({
      html: true,
      linkify: true,
      highlight: (code, language) => highlight(code, language || "typescript"),
    });
    this.#addAnchors();
    this.#embedImages();
  }

  cell({ source, attachments = {} }: TextCell): string {
    this.#attachments = attachments;
    return this.#markdown.render(source);
  }

  /** Markdown an output shows: its headings are none of the document's. */
  output(source: string): string {
    const count = this.headings.length;
    const html = this.#markdown.render(source);
    this.headings.length = count;
    return html;
  }

  #addAnchors(): void {
    this.#markdown.core.ruler.push("heading_anchors", (state) => {
      for (const [index, token] of state.tokens.entries()) {
        if (token.type !== "heading_open") continue;
        const text = (state.tokens[index + 1]?.children ?? []).map(({ content }) => content).join("");
        const anchor = this.#anchor(text);
        token.attrSet("id", anchor);
        this.headings.push({ level: Number(token.tag.slice(1)), text, anchor });
      }
    });
  }

  #anchor(text: string): string {
    const base =
      text
        .toLowerCase()
        .trim()
        .replaceAll(/[^\p{L}\p{N}]+/gu, "-")
        .replaceAll(/^-+|-+$/g, "") || "section";
    const taken = new Set(this.headings.map(({ anchor }) => anchor));
    let anchor = base;
    for (let n = 2; taken.has(anchor); n++) anchor = `${base}-${n}`;
    return anchor;
  }

  #embedImages(): void {
    this.#markdown.core.ruler.push("embedded_images", (state) => {
      for (const token of state.tokens.flatMap(({ children }) => children ?? [])) {
        const source = token.type === "image" ? this.#embedded(token.attrGet("src") ?? "") : undefined;
        if (source !== undefined) token.attrSet("src", source);
      }
    });
  }

  #embedded(source: string): string | undefined {
    if (source.startsWith("attachment:")) {
      const [mime, data] = Object.entries(this.#attachments[decodeURI(source.slice("attachment:".length))] ?? {})[0] ?? [];
      return mime === undefined ? undefined : `data:${mime};base64,${String(data)}`;
    }
    const type = IMAGE_TYPES[extname(source).toLowerCase()];
    if (this.#folder === undefined || type === undefined || /^[a-z]+:/i.test(source)) return undefined;
    const file = resolve(this.#folder, decodeURI(source));
    return existsSync(file) ? `data:${type};base64,${readFileSync(file).toString("base64")}` : undefined;
  }
}

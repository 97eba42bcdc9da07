import { readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Range } from "./position.js";
import type { ServerProcess } from "./server-process.js";

/** Where something is declared, as LSP has it. */
interface DefinitionLink {
  readonly targetUri: string;
  readonly targetRange: Range;
}

const LONGEST = 80;

/** The documents the server sees in the notebook's folder. They exist in its memory only: nothing is written to disk. */
export class Documents {
  readonly #folder: string;
  readonly #texts = new Map<string, string>();
  #server: ServerProcess | undefined;
  #version = 0;

  /** @param folder - absolute path. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  uri(name: string): string {
    return pathToFileURL(join(this.#folder, name)).href;
  }

  write(name: string, text: string): void {
    const known = this.#texts.get(name);
    if (known === text) return;
    this.#texts.set(name, text);
    if (known === undefined) this.#open(name, text);
    else {
      const textDocument = { uri: this.uri(name), version: ++this.#version };
      this.#server?.notify("textDocument/didChange", { textDocument, contentChanges: [{ text }] });
    }
  }

  remove(name: string): void {
    if (this.#texts.delete(name)) this.#server?.notify("textDocument/didClose", { textDocument: { uri: this.uri(name) } });
  }

  /** Shows everything to a server that has just started, and from now on every change. */
  attach(server: ServerProcess): void {
    this.#server = server;
    for (const [name, text] of this.#texts) this.#open(name, text);
  }

  /** The declaration a definition request answered with, from a document or from disk, cut after 80 lines. */
  textAt(answer: unknown): string | undefined {
    const first = (Array.isArray(answer) ? answer[0] : answer) as Partial<DefinitionLink> | null | undefined;
    const uri = first?.targetUri;
    const range = first?.targetRange;
    if (uri === undefined || range === undefined) return undefined;
    const name = [...this.#texts.keys()].find((document) => this.uri(document) === uri);
    const text = name === undefined ? readIfThere(fileURLToPath(uri)) : this.#texts.get(name);
    const lines = text?.split("\n").slice(range.start.line, range.end.line + 1);
    if (lines === undefined || lines.length === 0) return undefined;
    lines[lines.length - 1] = lines.at(-1)!.slice(0, range.end.character);
    lines[0] = lines[0]!.slice(range.start.character);
    return (lines.length > LONGEST ? [...lines.slice(0, LONGEST), "…"] : lines).join("\n");
  }

  #open(name: string, text: string): void {
    const languageId = extname(name) === ".json" ? "json" : "typescript";
    this.#server?.notify("textDocument/didOpen", { textDocument: { uri: this.uri(name), languageId, version: ++this.#version, text } });
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // in a library the server carries inside itself
  }
}

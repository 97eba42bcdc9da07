import { renameSync, writeFileSync } from "node:fs";
import { isJsonMime, type Notebook, type NotebookBundle, type NotebookCell, type NotebookOutput } from "./nbformat.js";

/** Writes a notebook as Jupyter does: one space of indent, keys in order, multi-line text as lines. The file is replaced at once. */
export function writeNotebook(notebook: Notebook, path: string): void {
  const partial = `${path}.${process.pid}.part`;
  writeFileSync(partial, notebookText(notebook));
  renameSync(partial, path);
}

/** The text of a notebook file. Writing what was read gives the same text, so that version control sees only real changes. */
export function notebookText(notebook: Notebook): string {
  const { nbformat, nbformat_minor, metadata, cells } = notebook;
  return `${JSON.stringify({ cells: cells.map(cellJson), metadata: sorted(metadata), nbformat, nbformat_minor }, null, 1)}\n`;
}

function cellJson(cell: NotebookCell): object {
  const { cell_type, id, metadata, source } = cell;
  const base = { id, metadata: sorted(metadata) };
  if (cell.cell_type === "code") {
    const { execution_count, outputs } = cell;
    return { cell_type, execution_count, ...base, outputs: outputs.map(outputJson), source: lines(source) };
  }
  const attachments = cell.attachments === undefined ? {} : { attachments: cell.attachments };
  return { ...attachments, cell_type, ...base, source: lines(source) };
}

function outputJson(output: NotebookOutput): object {
  switch (output.output_type) {
    case "stream":
      return { name: output.name, output_type: "stream", text: lines(output.text) };
    case "error":
      return { ename: output.ename, evalue: output.evalue, output_type: "error", traceback: output.traceback };
    case "display_data":
      return { data: bundleJson(output.data), metadata: output.metadata, output_type: "display_data" };
    case "execute_result":
      return {
        data: bundleJson(output.data),
        execution_count: output.execution_count,
        metadata: output.metadata,
        output_type: "execute_result",
      };
  }
}

function bundleJson(bundle: NotebookBundle): NotebookBundle {
  const entries = Object.entries(bundle).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(
    entries.map(([mime, value]) => [mime, typeof value === "string" && !isJsonMime(mime) && !isBinary(mime) ? lines(value) : value]),
  );
}

const isBinary = (mime: string): boolean => /^(image\/(?!svg)|application\/pdf)/.test(mime);

/** Lines with their line ends, as nbformat keeps text. */
const lines = (text: string): string[] => (text === "" ? [] : text.split(/(?<=\n)/));

/** Jupyter sorts keys everywhere. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

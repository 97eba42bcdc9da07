import { randomUUID } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { LabError, suggest } from "../../errors/index.js";
import { isJsonMime, type Notebook, type NotebookBundle, type NotebookCell, type NotebookOutput } from "./nbformat.js";

type Json = Record<string, unknown>;

/**
 * Reads a notebook file of nbformat 4.
 * @throws LabError `NOTEBOOK_NOT_FOUND`, `NOTEBOOK_INVALID` (not JSON, or not shaped as nbformat says), `NOTEBOOK_VERSION`.
 */
export function readNotebook(path: string): Notebook {
  const file = resolve(path);
  if (!existsSync(file)) throw notFound(path, file);
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, "utf8").replace(/^\uFEFF/, ""));
  } catch (cause) {
    throw new LabError("NOTEBOOK_INVALID", `${path} is not JSON: ${(cause as Error).message}`, { details: { path }, cause });
  }
  return parseNotebook(json, path);
}

/**
 * Checks the shape of a notebook already parsed from JSON.
 * @param name - what to call it in messages.
 * @throws LabError `NOTEBOOK_INVALID`, `NOTEBOOK_VERSION`.
 */
export function parseNotebook(json: unknown, name = "the notebook"): Notebook {
  const invalid = (where: string, expected: string): LabError =>
    new LabError("NOTEBOOK_INVALID", `${name} is not a valid notebook: ${where} must be ${expected}.`, { details: { name, where } });
  if (!isObject(json)) throw invalid("the file", "a JSON object");
  if (json.nbformat !== 4) throw wrongVersion(json, name);
  if (!Array.isArray(json.cells)) throw invalid("cells", "an array");
  const seen = new Set<string>();
  const cells = json.cells.map((cell: unknown, index): NotebookCell => {
    const where = `cells[${index}]`;
    if (!isObject(cell)) throw invalid(where, "an object");
    const source = joined(cell.source);
    if (source === undefined) throw invalid(`${where}.source`, "a string or an array of strings");
    const metadata = isObject(cell.metadata) ? cell.metadata : {};
    const id = uniqueId(cell.id, seen);
    if (cell.cell_type === "markdown" || cell.cell_type === "raw") {
      const attachments = isObject(cell.attachments) ? { attachments: cell.attachments as Record<string, Json> } : {};
      return { cell_type: cell.cell_type, id, metadata, source, ...attachments };
    }
    if (cell.cell_type !== "code") throw invalid(`${where}.cell_type`, "code, markdown or raw");
    if (cell.outputs !== undefined && !Array.isArray(cell.outputs)) throw invalid(`${where}.outputs`, "an array");
    const outputs = ((cell.outputs ?? []) as unknown[]).map((output, n) => {
      const read = isObject(output) ? readOutput(output) : undefined;
      if (read === undefined) throw invalid(`${where}.outputs[${n}]`, "a stream, display_data, execute_result or error");
      return read;
    });
    const count = typeof cell.execution_count === "number" ? cell.execution_count : null;
    return { cell_type: "code", id, metadata, source, execution_count: count, outputs };
  });
  const minor = typeof json.nbformat_minor === "number" ? json.nbformat_minor : 0;
  return { nbformat: 4, nbformat_minor: Math.max(5, minor), metadata: isObject(json.metadata) ? json.metadata : {}, cells };
}

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);

function joined(text: unknown): string | undefined {
  if (typeof text === "string") return text;
  return Array.isArray(text) && text.every((line) => typeof line === "string") ? text.join("") : undefined;
}

/** Ids came with nbformat 4.5, and copies of cells may carry the same one. */
function uniqueId(id: unknown, seen: Set<string>): string {
  const kept = typeof id === "string" && /^[\w-]{1,64}$/.test(id) && !seen.has(id) ? id : randomUUID().slice(0, 8);
  seen.add(kept);
  return kept;
}

function readOutput(output: Json): NotebookOutput | undefined {
  const metadata = isObject(output.metadata) ? output.metadata : {};
  const data = isObject(output.data) ? readBundle(output.data) : {};
  switch (output.output_type) {
    case "stream":
      return { output_type: "stream", name: output.name === "stderr" ? "stderr" : "stdout", text: joined(output.text) ?? "" };
    case "display_data":
      return { output_type: "display_data", data, metadata };
    case "execute_result": {
      const count = typeof output.execution_count === "number" ? output.execution_count : null;
      return { output_type: "execute_result", execution_count: count, data, metadata };
    }
    case "error": {
      const traceback = Array.isArray(output.traceback) ? output.traceback.map(String) : [];
      return { output_type: "error", ename: String(output.ename ?? ""), evalue: String(output.evalue ?? ""), traceback };
    }
    default:
      return undefined;
  }
}

function readBundle(bundle: Json): NotebookBundle {
  return Object.fromEntries(Object.entries(bundle).map(([mime, value]) => [mime, isJsonMime(mime) ? value : (joined(value) ?? value)]));
}

function wrongVersion(json: Json, name: string): LabError {
  const version = json.nbformat;
  const text =
    version === undefined
      ? `${name} has no nbformat number: it does not look like a notebook.`
      : `${name} is nbformat ${String(version)}; only nbformat 4 is read. Open it in Jupyter and save it, or run: jupyter nbconvert --to notebook --nbformat 4.`;
  return new LabError(version === undefined ? "NOTEBOOK_INVALID" : "NOTEBOOK_VERSION", text, { details: { name, version } });
}

function notFound(path: string, file: string): LabError {
  const folder = dirname(file);
  if (!existsSync(folder))
    return new LabError("NOTEBOOK_NOT_FOUND", `There is no notebook '${path}': the folder ${folder} does not exist.`, {
      details: { path },
    });
  const notebooks = readdirSync(folder).filter((name) => name.endsWith(".ipynb"));
  const near = suggest(basename(file), notebooks);
  const hint = near === undefined ? ` Notebooks there: ${notebooks.join(", ") || "none"}.` : ` Did you mean ${near}?`;
  return new LabError("NOTEBOOK_NOT_FOUND", `There is no notebook '${path}'.${hint}`, { details: { path, suggestion: near } });
}

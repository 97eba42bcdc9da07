/** What is wrong with a notebook file, held against the structure of nbformat 4.5 (nbformat.v4.5.schema.json of the Jupyter project). */
export function nbformatProblems(notebook: unknown): string[] {
  const problems: string[] = [];
  const check = (holds: boolean, what: string): void => {
    if (!holds) problems.push(what);
  };
  const keys = (value: Json, where: string, required: readonly string[], optional: readonly string[] = []): void => {
    for (const key of required) check(key in value, `${where} lacks ${key}`);
    for (const key of Object.keys(value)) check(required.includes(key) || optional.includes(key), `${where} has an unknown ${key}`);
  };
  const root = notebook as Json;
  keys(root, "the notebook", ["nbformat", "nbformat_minor", "metadata", "cells"]);
  check(root.nbformat === 4, "nbformat is not 4");
  check(Number.isInteger(root.nbformat_minor) && (root.nbformat_minor as number) >= 5, "nbformat_minor is below 5: cells have ids");
  const { kernelspec, language_info: language } = root.metadata as Json;
  check(isObject(kernelspec) && isText(kernelspec.name) && isText(kernelspec.display_name), "kernelspec lacks name or display_name");
  check(isObject(language) && isText(language.name), "language_info lacks name");
  const cells = root.cells as Json[];
  const ids = cells.map((cell) => cell.id);
  check(new Set(ids).size === ids.length, "cell ids repeat");
  for (const cell of cells) {
    const where = `cell ${String(cell.id)}`;
    check(typeof cell.id === "string" && /^[a-zA-Z0-9_-]{1,64}$/.test(cell.id), `${where}: the id is not 1 to 64 of [a-zA-Z0-9_-]`);
    check(isMultiline(cell.source), `${where}: the source is no text`);
    check(isObject(cell.metadata), `${where}: the metadata is no object`);
    if (cell.cell_type === "code") {
      keys(cell, where, ["id", "cell_type", "metadata", "source", "outputs", "execution_count"]);
      check(isCount(cell.execution_count), `${where}: the execution count is neither null nor a whole number`);
      for (const [n, output] of (cell.outputs as Json[]).entries()) outputProblems(output, `${where}, output ${n + 1}`, check, keys);
    } else {
      check(cell.cell_type === "markdown" || cell.cell_type === "raw", `${where} is of the unknown type ${String(cell.cell_type)}`);
      keys(cell, where, ["id", "cell_type", "metadata", "source"], ["attachments"]);
    }
  }
  return problems;
}

type Json = Record<string, unknown>;
type Check = (holds: boolean, what: string) => void;
type Keys = (value: Json, where: string, required: readonly string[], optional?: readonly string[]) => void;

const isText = (value: unknown): boolean => typeof value === "string";
const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);
const isMultiline = (value: unknown): boolean => isText(value) || (Array.isArray(value) && value.every(isText));
const isCount = (value: unknown): boolean => value === null || (Number.isInteger(value) && (value as number) >= 0);

function outputProblems(output: Json, where: string, check: Check, keys: Keys): void {
  switch (output.output_type) {
    case "stream":
      keys(output, where, ["output_type", "name", "text"]);
      check(output.name === "stdout" || output.name === "stderr", `${where}: the stream is neither stdout nor stderr`);
      check(isMultiline(output.text), `${where}: the stream's text is no text`);
      return;
    case "error":
      keys(output, where, ["output_type", "ename", "evalue", "traceback"]);
      check(isText(output.ename) && isText(output.evalue), `${where}: the error has no name or value`);
      check(Array.isArray(output.traceback) && output.traceback.every(isText), `${where}: the traceback is no list of lines`);
      return;
    case "display_data":
      keys(output, where, ["output_type", "data", "metadata"]);
      break;
    case "execute_result":
      keys(output, where, ["output_type", "data", "metadata", "execution_count"]);
      check(isCount(output.execution_count), `${where}: the execution count is neither null nor a whole number`);
      break;
    default:
      check(false, `${where} is of the unknown type ${String(output.output_type)}`);
      return;
  }
  check(isObject(output.metadata), `${where}: the metadata is no object`);
  for (const [mime, data] of Object.entries(output.data as Json)) {
    check(/^[\w.+-]+\/[\w.+-]+$/.test(mime), `${where}: ${mime} is no MIME type`);
    if (!/^application\/(.*\+)?json$/.test(mime)) check(isMultiline(data), `${where}: ${mime} is no text`);
  }
}

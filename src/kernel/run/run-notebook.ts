import { basename, dirname, join, resolve } from "node:path";
import { LabError, unknownName } from "../../errors/index.js";
import type { CellResult } from "../cell.js";
import { Executor } from "../executor.js";
import { OutputCollector } from "../notebook/collect-outputs.js";
import { type CodeCell, KERNEL_METADATA, type Notebook, tagsOf } from "../notebook/nbformat.js";
import { injectParameters, type Parameters } from "../notebook/parameters.js";
import { readNotebook } from "../notebook/read-notebook.js";
import { writeNotebook } from "../notebook/write-notebook.js";
import type { CellError } from "../output/outputs.js";
import { noQuestions } from "../server/ask.js";
import { CommHub } from "../server/comms.js";
import type { RunEvent } from "./progress.js";
import { settle } from "./settle.js";

export interface RunNotebookOptions {
  /** Where the executed notebook goes: a path, or `"in-place"`; by default `<name>.executed.ipynb` beside it. */
  readonly out?: string;
  /** Values for the notebook's parameters, by name. */
  readonly parameters?: Parameters;
  /** Module whose `scope()` gives the helpers. */
  readonly lab?: string;
  readonly onProgress?: (event: RunEvent) => void;
  /** Longest a single cell may take, milliseconds. Synchronous code after a cell's first await is not reached. */
  readonly timeoutMs?: number;
  /** Interrupts the running cell and ends the run. */
  readonly signal?: AbortSignal;
  /** Go on after a failing cell; the run still counts as failed. */
  readonly allowErrors?: boolean;
  /** Working directory of the cells; by default the notebook's folder, as Jupyter has it. */
  readonly cwd?: string;
  /** Longest to wait at the end for timers of the cells to print what they will, milliseconds; by default 1000. */
  readonly settleMs?: number;
}

const OPTIONS = ["out", "parameters", "lab", "onProgress", "timeoutMs", "signal", "allowErrors", "cwd", "settleMs"];

/** A cell that failed. */
export interface FailedCell {
  /** Which code cell, counting from 1. */
  readonly index: number;
  readonly id: string;
  readonly error: CellError;
}

export interface RunNotebookResult {
  readonly ok: boolean;
  /** Absolute path of the executed notebook. */
  readonly out: string;
  /** The executed notebook, as written. */
  readonly notebook: Notebook;
  /** Code cells of the notebook, and how many of them were executed. */
  readonly cells: number;
  readonly executed: number;
  /** The first cell that failed, unless its `raises-exception` tag expects it to. */
  readonly failed?: FailedCell;
  /** Milliseconds per executed code cell, and altogether. */
  readonly timings: { readonly cells: readonly { id: string; ms: number }[]; readonly totalMs: number };
}

/**
 * Executes a notebook in this process and writes it with its outputs, also when a cell fails. Failing cells are in the result; a run stops
 * at the first, unless `allowErrors` or the cell's tag `raises-exception` says otherwise.
 * @throws LabError `RUN_OPTION_UNKNOWN`, `NOTEBOOK_*`, `PARAMETER_*`, `KERNEL_LAB_INVALID`: nothing is written then.
 */
export async function runNotebook(path: string, options: RunNotebookOptions = {}): Promise<RunNotebookResult> {
  for (const key of Object.keys(options))
    if (!OPTIONS.includes(key)) throw unknownName("RUN_OPTION_UNKNOWN", "option of runNotebook", key, OPTIONS);
  const input = resolve(path);
  const out = outputPath(input, options.out);
  const notebook = injectParameters(readNotebook(path), options.parameters ?? {});
  const run = new NotebookRun(notebook, input, options);
  const before = process.cwd();
  enter(options.cwd ?? dirname(input));
  try {
    return await run.execute(out);
  } finally {
    process.chdir(before);
  }
}

function outputPath(input: string, out: string | undefined): string {
  if (out === "in-place") return input;
  return out === undefined ? join(dirname(input), `${basename(input, ".ipynb")}.executed.ipynb`) : resolve(out);
}

function enter(folder: string): void {
  try {
    process.chdir(folder);
  } catch (cause) {
    throw new LabError("NOTEBOOK_NOT_FOUND", `The working directory ${folder} cannot be entered.`, { details: { folder }, cause });
  }
}

class NotebookRun {
  readonly #notebook: Notebook;
  readonly #codeCells: CodeCell[];
  readonly #input: string;
  readonly #options: RunNotebookOptions;
  readonly #collector = new OutputCollector();
  readonly #results: CellResult[] = [];
  #failed: FailedCell | undefined;

  constructor(notebook: Notebook, input: string, options: RunNotebookOptions) {
    const cells = notebook.cells.map((cell) =>
      cell.cell_type === "code" ? { ...cell, metadata: { ...cell.metadata }, outputs: [], execution_count: null } : cell,
    );
    this.#notebook = { ...notebook, metadata: { ...notebook.metadata, ...KERNEL_METADATA }, cells };
    this.#codeCells = cells.filter((cell) => cell.cell_type === "code");
    this.#input = input;
    this.#options = options;
  }

  async execute(out: string): Promise<RunNotebookResult> {
    const { lab, onProgress, signal, settleMs = 1000 } = this.#options;
    const begin = performance.now();
    const executor = await Executor.start({
      notebook: this.#input,
      sink: (id, output) => {
        this.#collector.add(id, output);
        if (output.type === "error") this.#fail(id, output.error);
      },
      // There is no page either: what a comm sends, nobody takes.
      helpers: { ...noQuestions(), comms: new CommHub(() => {}) },
      watched: false,
      ...(lab === undefined ? {} : { lab }),
    });
    const report = (event: RunEvent): void => executor.outside(() => onProgress?.(event));
    const stop = (): void => void executor.interrupt("The run was stopped.");
    signal?.addEventListener("abort", stop);
    try {
      report({ type: "start", notebook: basename(this.#input), cells: this.#codeCells.length });
      await this.#executeCells(executor, report);
      await executor.outside(() => settle(settleMs));
    } finally {
      signal?.removeEventListener("abort", stop);
      executor.close();
      writeNotebook(this.#notebook, out);
    }
    const totalMs = performance.now() - begin;
    const ok = this.#failed === undefined && this.#results.length === this.#executable.length;
    onProgress?.({ type: "done", ok, ms: totalMs, out });
    return {
      ok,
      out,
      notebook: this.#notebook,
      cells: this.#codeCells.length,
      executed: this.#results.length,
      ...(this.#failed === undefined ? {} : { failed: this.#failed }),
      timings: { cells: this.#results.map(({ id, ms }) => ({ id, ms })), totalMs },
    };
  }

  /** Cells with something in them: as in Jupyter, an empty one has no execution count. */
  get #executable(): CodeCell[] {
    return this.#codeCells.filter((cell) => cell.source.trim() !== "");
  }

  async #executeCells(executor: Executor, report: (event: RunEvent) => void): Promise<void> {
    const { timeoutMs, signal, allowErrors = false } = this.#options;
    for (const cell of this.#executable) {
      if (signal?.aborted === true || (this.#failed !== undefined && !allowErrors)) return;
      const place = { index: this.#codeCells.indexOf(cell) + 1, cells: this.#codeCells.length, source: cell.source };
      report({ type: "cell", ...place });
      cell.outputs = this.#collector.of(cell.id);
      const result = await executor.execute(cell.source, { id: cell.id, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
      this.#results.push(result);
      cell.execution_count = result.number;
      cell.metadata.execution = executionTimes(result);
      report({ type: "cell-done", ...place, ms: result.ms, ok: result.status === "ok" });
    }
  }

  /** Notes the first failure, be it of a cell itself or of a timer or promise it left behind. */
  #fail(id: string, error: CellError): void {
    const index = this.#codeCells.findIndex((cell) => cell.id === id);
    if (index < 0 || tagsOf(this.#codeCells[index]!).includes("raises-exception")) return;
    this.#failed ??= { index: index + 1, id, error };
  }
}

/** The times JupyterLab records, under the protocol's message names. */
function executionTimes({ startedAt, ms }: CellResult): Record<string, string> {
  const start = new Date(startedAt).toISOString();
  const end = new Date(startedAt + ms).toISOString();
  return {
    "iopub.execute_input": start,
    "iopub.status.busy": start,
    "iopub.status.idle": end,
    "shell.execute_reply": end,
    "shell.execute_reply.started": start,
  };
}

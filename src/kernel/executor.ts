import { isAbsolute, join } from "node:path";
import { pathToFileURL } from "node:url";
import { type MimeBundle, toBundle } from "../display/index.js";
import { LabError } from "../errors/index.js";
import { Cell, KeyboardInterrupt } from "./cell.js";
import { CellContext } from "./cell-context.js";
import { type CompiledCell, compileCell } from "./compile/compile-cell.js";
import { isProtected, RUNTIME, safeName } from "./compile/runtime-name.js";
import { describeError } from "./errors/describe-error.js";
import { firstCellPosition } from "./errors/stack.js";
import { type CellNames, type Host, setHost } from "./host.js";
import { NotebookImporter } from "./importer.js";
import { catchDeadAwait, catchLateErrors, guardExit } from "./late-errors.js";
import { captureOutput } from "./output/capture.js";
import { type Format, makeDisplay } from "./output/display.js";
import type { CellError, OutputSink } from "./output/outputs.js";
import { isTimerHandle } from "./output/timer-handle.js";
import { type Runtime, runtimeFor } from "./runtime.js";
import { type Evaluation, ReplSession } from "./session.js";

export interface ExecutorOptions {
  /** Absolute path of the notebook; it need not exist. Imports of cells resolve from its folder. */
  readonly notebook: string;
  /** Receives every output, also late ones. */
  readonly sink: OutputSink;
  /** Module whose `scope()` gives the helpers: a specifier such as `tesserlab/lab`, a path, or a URL. */
  readonly lab?: string;
  /** How values are shown; by default as `tesserlab/display` shows them. */
  readonly format?: Format;
}

export interface ExecuteOptions {
  /** The front end's id of the cell; by default one made from the execution count. */
  readonly id?: string;
  /** Interrupts the cell after this many milliseconds. Synchronous code after the first await is not reached. */
  readonly timeoutMs?: number;
}

/** How an execution ended. Outputs, the error included, went to the sink. */
export interface CellResult {
  readonly id: string;
  /** Execution count. */
  readonly number: number;
  readonly status: "ok" | "error";
  readonly error?: CellError;
  /** When it started, epoch milliseconds. */
  readonly startedAt: number;
  /** How long it took, milliseconds. */
  readonly ms: number;
}

const DEAD_AWAIT = "The cell awaits something that can no longer happen: no timer, socket or other work is pending.";

/**
 * Runs TypeScript cells in this very thread, one after the other, all sharing their top-level names. There can be one in a process: it
 * owns `console`, the standard streams, the inspector session, and the errors nobody caught.
 */
export class Executor {
  readonly host: Host;
  readonly #options: ExecutorOptions;
  readonly #session = new ReplSession();
  readonly #context = new CellContext();
  readonly #runtime: Runtime;
  readonly #undo: (() => void)[] = [];
  readonly #declared = new Set<string>();
  readonly #renamed = new Set<string>();
  readonly #byFile = new Map<string, Cell>();
  readonly #byId = new Map<string, Cell>();
  readonly #names = new Map<string, CellNames>();
  #helpers: readonly string[] = [];
  #count = 0;
  #running: Cell | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(options: ExecutorOptions, aliases: Readonly<Record<string, string>>) {
    this.#options = options;
    const importer = new NotebookImporter(options.notebook, aliases);
    this.#runtime = runtimeFor(importer, this.#context);
    this.host = this.#makeHost(importer.meta.dirname);
    setHost(this.host);
    this.#undo.push(
      () => setHost(undefined),
      captureOutput((name, text) => {
        const cell = this.#context.current;
        cell?.write({ type: "stream", name, text });
        return cell !== undefined;
      }),
      catchLateErrors((error) => this.#late(error)),
      catchDeadAwait(() => this.#running?.interrupt(new KeyboardInterrupt(DEAD_AWAIT))),
      guardExit(() => this.#context.certain !== undefined),
    );
  }

  /**
   * Starts the executor and puts the helpers in scope.
   * @throws LabError `KERNEL_LAB_INVALID` where the lab module cannot be loaded or has no `scope()`.
   */
  static async start(options: ExecutorOptions): Promise<Executor> {
    const aliases: Record<string, string> = { tslab: new URL("./output/tslab.js", import.meta.url).href };
    if (options.lab !== undefined) aliases[options.lab] = moduleUrl(options.lab);
    const executor = new Executor(options, aliases);
    try {
      await executor.#installHelpers();
    } catch (error) {
      executor.close();
      throw error;
    }
    return executor;
  }

  /** Executes a cell once those before it have ended. Failures are in the result; this never rejects. */
  execute(source: string, options: ExecuteOptions = {}): Promise<CellResult> {
    const result = this.#queue.then(() => this.#execute(source, options));
    this.#queue = result;
    return result;
  }

  /** Interrupts the running cell: its `signal` aborts and its top-level awaits reject. Answers whether one was running. */
  interrupt(message?: string): boolean {
    this.#running?.interrupt(new KeyboardInterrupt(message));
    return this.#running !== undefined;
  }

  /** Runs host code whose prints belong on the terminal. */
  outside<T>(work: () => T): T {
    return this.#context.outside(work);
  }

  /** Gives the process its streams, console and error handling back. Top-level variables of cells stay. */
  close(): void {
    for (const undo of this.#undo.splice(0)) undo();
    this.#session.disconnect();
  }

  async #execute(source: string, { id, timeoutMs }: ExecuteOptions): Promise<CellResult> {
    const number = ++this.#count;
    const cell = new Cell(id ?? `cell-${number}`, number, source, (output) => this.#options.sink(cell.id, output));
    this.#byFile.set(cell.file, cell);
    this.#byId.set(cell.id, cell);
    this.#running = this.#context.latest = cell;
    const startedAt = Date.now();
    const begin = performance.now();
    const failure = await this.#attempt(cell, timeoutMs);
    await new Promise(setImmediate); // what the cell has written by microtasks and immediates comes before its end
    const error = failure === undefined ? undefined : this.#describe(failure.thrown);
    if (error !== undefined) cell.write({ type: "error", error });
    await cell.flushed();
    this.#running = undefined;
    const ms = performance.now() - begin;
    return { id: cell.id, number, startedAt, ms, ...(error === undefined ? { status: "ok" } : { status: "error", error }) };
  }

  async #attempt(cell: Cell, timeoutMs: number | undefined): Promise<{ thrown: unknown } | undefined> {
    const late = timeoutMs === undefined ? undefined : `The cell was stopped: it took longer than ${timeoutMs} ms.`;
    const timer = late === undefined ? undefined : setTimeout(() => cell.interrupt(new KeyboardInterrupt(late)), timeoutMs);
    try {
      const compiled = compileCell(cell.source, cell.file, { declared: this.#declared, renamed: this.#renamed });
      cell.compiled = compiled;
      this.#names.set(cell.id, { declares: compiled.declares, uses: compiled.uses, imports: compiled.imports });
      await this.#protect(compiled);
      this.#runtime.result = undefined;
      const outcome = await this.#context.run(cell, () => this.#session.evaluate(compiled.code, timeoutMs));
      await this.#remember(compiled, outcome);
      if (!outcome.ok) return { thrown: "thrown" in outcome ? outcome.thrown : (cell.interrupted ?? new KeyboardInterrupt(late)) };
      await this.#showResult(cell);
      return undefined;
    } catch (thrown) {
      return { thrown };
    } finally {
      clearTimeout(timer);
    }
  }

  /** Gives new variables that are named as a global their own name, with the global's value to start from. */
  async #protect({ renames }: CompiledCell): Promise<void> {
    if (renames.length === 0) return;
    const code = renames.map((name) => `${safeName(name)}=globalThis[${JSON.stringify(name)}]`).join();
    await this.#session.evaluate(`let ${code};`);
    for (const name of renames) {
      this.#renamed.add(name);
      this.#declared.add(name);
    }
  }

  /** Notes what the cell declared. After a failure only what came to life counts: V8 keeps the rest in its dead zone. */
  async #remember({ declares }: CompiledCell, outcome: Evaluation): Promise<void> {
    let alive = declares;
    const fresh = declares.filter((name) => !this.#declared.has(name));
    if (!outcome.ok && fresh.length > 0) {
      const probes = fresh.map((name) => `(()=>{try{return ${name},true}catch{return false}})()`);
      this.#runtime.result = undefined;
      await this.#session.evaluate(`${RUNTIME}.result=[${probes.join()}]`);
      const living = this.#runtime.result as readonly boolean[] | undefined;
      alive = fresh.filter((_, index) => living?.[index] === true);
    }
    for (const name of alive) this.#declared.add(name);
  }

  async #showResult(cell: Cell): Promise<void> {
    const value = this.#runtime.result;
    this.#runtime.result = undefined;
    if (value === undefined) return;
    this.#runtime.last = value;
    if (isTimerHandle(value)) return;
    const data: MimeBundle = await this.#context.run(cell, () => (this.#options.format ?? toBundle)(value));
    if (Object.keys(data).length > 0) cell.write({ type: "execute_result", data, executionCount: cell.number });
  }

  async #installHelpers(): Promise<void> {
    const display = makeDisplay(
      (bundle, options) => this.host.display(bundle, options),
      (wait) => this.#context.current?.write({ type: "clear_output", wait }),
      this.#options.format,
    );
    const helpers: Record<string, unknown> = { display };
    if (this.#options.lab !== undefined) Object.assign(helpers, await loadScope(this.#options.lab));
    this.#runtime.scope = helpers;
    this.#helpers = Object.keys(helpers);
    for (const name of this.#helpers) {
      this.#declared.add(name);
      if (isProtected(name)) this.#renamed.add(name);
    }
    const nameOf = (name: string): string => (this.#renamed.has(name) ? safeName(name) : name);
    await this.#session.evaluate(`let ${this.#helpers.map((name) => `${nameOf(name)}=${RUNTIME}.scope[${JSON.stringify(name)}]`).join()};`);
  }

  #late(error: unknown): void {
    if (error instanceof KeyboardInterrupt) return;
    const stack = error instanceof Error ? String(error.stack) : "";
    const origin = firstCellPosition(stack, (file) => this.#byFile.get(file)?.compiled);
    const cell = this.#context.certain ?? (origin && this.#byFile.get(origin.file)) ?? this.#context.latest;
    if (cell === undefined) throw error;
    cell.write({ type: "error", error: this.#describe(error) });
  }

  #describe(thrown: unknown): CellError {
    return describeError(thrown, {
      lookup: (file) => this.#byFile.get(file)?.compiled,
      sourceOf: (file) => this.#byFile.get(file)?.source,
    });
  }

  #makeHost(cellFolder: string): Host {
    const context = this.#context;
    const helpers = (): readonly string[] => this.#helpers;
    return {
      currentCellSource: () => context.current?.source,
      currentCellId: () => context.current?.id,
      sourceOf: (id) => this.#byId.get(id)?.source,
      declarations: this.#names,
      get helpers() {
        return helpers();
      },
      cellFolder,
      typeMode: "off",
      get signal() {
        return context.current?.signal;
      },
      display: (bundle, { id, update } = {}) => {
        const type = update === true ? "update_display_data" : "display_data";
        const output = (data: MimeBundle) => ({ type, data, ...(id === undefined ? {} : { displayId: id }) }) as const;
        context.current?.write(bundle instanceof Promise ? bundle.then(output) : output(bundle));
      },
    };
  }
}

function moduleUrl(lab: string): string {
  if (lab.startsWith("file:")) return lab;
  if (isAbsolute(lab) || lab.startsWith(".")) return pathToFileURL(join(isAbsolute(lab) ? "" : process.cwd(), lab)).href;
  try {
    return import.meta.resolve(lab);
  } catch (cause) {
    throw new LabError("KERNEL_LAB_INVALID", `The helpers' module '${lab}' cannot be found.`, { details: { lab }, cause });
  }
}

async function loadScope(lab: string): Promise<Record<string, unknown>> {
  let module: { scope?: unknown };
  try {
    module = (await import(moduleUrl(lab))) as { scope?: unknown };
  } catch (cause) {
    if (cause instanceof LabError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LabError("KERNEL_LAB_INVALID", `The helpers' module '${lab}' failed to load: ${reason}`, { details: { lab }, cause });
  }
  if (typeof module.scope !== "function")
    throw new LabError(
      "KERNEL_LAB_INVALID",
      `The helpers' module '${lab}' must export a function scope() that gives the helpers by name.`,
      { details: { lab } },
    );
  const scope = module.scope() as Record<string, unknown>;
  return { lab: Object.freeze({ ...scope }), ...scope };
}

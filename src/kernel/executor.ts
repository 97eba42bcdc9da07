import { type MimeBundle, toBundle } from "../display/index.js";
import { Cell, type CellResult, KeyboardInterrupt } from "./cell.js";
import { CellContext } from "./cell-context.js";
import { type CompiledCell, compileCell } from "./compile/compile-cell.js";
import { isProtected, RUNTIME, safeName } from "./compile/runtime-name.js";
import { describeError, stackOf } from "./errors/describe-error.js";
import { type CellLookup, firstCellPosition, withUserPositions } from "./errors/stack.js";
import { helpersUrl, loadHelpers } from "./helpers.js";
import { type CellNames, type Host, setHost, type TypeMode } from "./host.js";
import { NotebookImporter } from "./importer.js";
import { catchDeadAwait, catchLateErrors, guardExit, guardKill } from "./late-errors.js";
import { captureOutput } from "./output/capture.js";
import { type Display, type Format, makeDisplay } from "./output/display.js";
import type { CellError, Output, OutputSink } from "./output/outputs.js";
import { isTimerHandle } from "./output/timer-handle.js";
import { clearTimeout, now, setImmediate, setTimeout } from "./own-timers.js";
import { type Runtime, runtimeFor } from "./runtime.js";
import { type Evaluation, ReplSession } from "./session.js";
import { TypeStrictness } from "./type-strictness.js";

export interface ExecutorOptions {
  /** Absolute path of the notebook; it need not exist. Imports of cells resolve from its folder. */
  readonly notebook: string;
  /** Receives every output, also late ones. */
  readonly sink: OutputSink;
  /** Module whose `scope()` gives the helpers: a specifier such as `tesserlab/lab`, a path, or a URL. */
  readonly lab?: string;
  /** When the helpers' module is loaded: at the start, or by `prepare()` or the first cell that names something unknown. */
  readonly loading?: "eager" | "lazy";
  /** Further helpers, there from the start. */
  readonly helpers?: Readonly<Record<string, unknown>>;
  /** An error whose throwing is the host's own business. */
  readonly ignoredError?: Error;
  /** How strictly types are checked at first; the executor only keeps it for others. `off` unless told. */
  readonly typeMode?: TypeMode;
  /** Told when code (a live venue being opened, say) changes how strictly types are checked. */
  readonly onTypeMode?: (mode: TypeMode) => void;
  /** Whether outputs reach a page that paints updates later on; true unless told. */
  readonly watched?: boolean;
  /** How values are shown; by default as `tesserlab/display` shows them. */
  readonly format?: Format;
}

export interface ExecuteOptions {
  /** The front end's id of the cell; by default one made from the execution count. */
  readonly id?: string;
  /** Interrupts the cell after this many milliseconds. Synchronous code after the first await is not reached. */
  readonly timeoutMs?: number;
  /** Handed to the sink with every output of this execution; by default the execution count. */
  readonly request?: number;
  /** Whether it has a number of its own and becomes `_`, as a cell does; a front end's own questions do not. True unless told. */
  readonly counted?: boolean;
  /** Takes the outputs of this execution instead of the executor's sink. */
  readonly sink?: (output: Output) => void;
}

/** Longest that helpers count as being loaded, milliseconds: a module of helpers that hangs must stop too. */
const MAX_PREPARING_MS = 5000;
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
  readonly #lookup: CellLookup = (file) => this.#byFile.get(file)?.compiled;
  readonly #names = new Map<string, CellNames>();
  #helpers: readonly string[] = [];
  #prepared: Promise<void> | undefined;
  #preparing = Number.NEGATIVE_INFINITY;
  readonly #types: TypeStrictness;
  #count = 0;
  #uncounted = 0;
  #running: Cell | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(options: ExecutorOptions, aliases: Readonly<Record<string, string>>) {
    this.#options = options;
    this.#types = new TypeStrictness(options.typeMode ?? "off", (mode) => options.onTypeMode?.(mode));
    const importer = new NotebookImporter(options.notebook, aliases);
    this.#runtime = runtimeFor(importer, this.#context);
    this.host = this.#makeHost(importer.meta.dirname);
    setHost(this.host);
    this.#undo.push(
      () => setHost(undefined),
      captureOutput((name, text) => {
        const cell = this.#context.current;
        cell?.write({ type: "stream", name, text: withUserPositions(text, this.#lookup) });
        return cell !== undefined;
      }),
      catchLateErrors((error) => this.#late(error)),
      catchDeadAwait(() => this.#running?.interrupt(new KeyboardInterrupt(DEAD_AWAIT))),
      () => this.#session.disconnect(),
      guardExit(() => this.#context.certain !== undefined),
      guardKill(() => this.#context.certain !== undefined),
    );
  }

  /**
   * Starts the executor and puts the helpers in scope.
   * @throws LabError `KERNEL_LAB_INVALID` where the lab module cannot be loaded or has no `scope()`.
   */
  static async start(options: ExecutorOptions): Promise<Executor> {
    const aliases: Record<string, string> = { tslab: new URL("./output/tslab.js", import.meta.url).href };
    if (options.lab !== undefined) aliases[options.lab] = helpersUrl(options.lab);
    const executor = new Executor(options, aliases);
    try {
      await executor.#install({ display: executor.#display(), ...options.helpers });
      if (options.loading !== "lazy") await executor.prepare();
    } catch (error) {
      executor.close();
      throw error;
    }
    return executor;
  }

  /** Loads the helpers' module, once. @throws LabError `KERNEL_LAB_INVALID`. */
  prepare(): Promise<void> {
    const { lab } = this.#options;
    if (this.#prepared !== undefined) return this.#prepared;
    this.#preparing = now();
    const installed = lab === undefined ? Promise.resolve() : loadHelpers(lab).then((helpers) => this.#install(helpers));
    this.#prepared = installed.finally(() => {
      this.#preparing = Number.NEGATIVE_INFINITY;
    });
    return this.#prepared;
  }

  /** Whether the helpers' module is being loaded. */
  get isPreparing(): boolean {
    return now() - this.#preparing < MAX_PREPARING_MS;
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

  /**
   * Ends the interrupted cell at once, whatever its code still does, and answers how it ended; `undefined` when none was running. After a
   * termination V8 has thrown away all pending microtasks, the executor's own too: nothing here waits for one.
   */
  abandon(): CellResult | undefined {
    const cell = this.#running;
    if (cell?.interrupted === undefined) return undefined;
    this.#session.renew();
    if (cell.compiled !== undefined) this.#remember(cell.compiled, { ok: false, terminated: true });
    const error = this.describe(cell.interrupted);
    cell.writeNow({ type: "error", error });
    return this.#end(cell, error);
  }

  /** Whether code in cells has declared this name. */
  declares(name: string): boolean {
    return this.#declared.has(name);
  }

  /** Runs host code whose prints belong on the terminal. */
  outside<T>(work: () => T): T {
    return this.#context.outside(work);
  }

  /** Gives the process its streams, console and error handling back. Top-level variables of cells stay. */
  close(): void {
    for (const undo of this.#undo.splice(0)) undo();
  }

  #execute(source: string, options: ExecuteOptions): Promise<CellResult> {
    const cell = this.#begin(source, options);
    void this.#attempt(cell, options).then((failure) => this.#conclude(cell, failure));
    return cell.ended;
  }

  async #conclude(cell: Cell, failure: { thrown: unknown } | undefined): Promise<void> {
    await new Promise(setImmediate); // what the cell has written by microtasks and immediates comes before its end
    if (cell.hasEnded) return;
    const error = failure === undefined ? undefined : this.describe(failure.thrown);
    if (error !== undefined) cell.write({ type: "error", error });
    await cell.flushed();
    this.#end(cell, error);
  }

  #end(cell: Cell, error: CellError | undefined): CellResult {
    if (this.#running === cell) this.#running = undefined;
    return cell.end(error);
  }

  #begin(source: string, { id, counted = true, request, sink }: ExecuteOptions): Cell {
    const number = counted ? ++this.#count : this.#count;
    const file = counted ? `cell-${number}.ts` : `uncounted-${++this.#uncounted}.ts`;
    const send = sink ?? ((output: Output): void => this.#options.sink(cell.id, output, request ?? number));
    const cell: Cell = new Cell({ id: id ?? file.slice(0, -".ts".length), number, file, source, send });
    this.#byFile.set(cell.file, cell);
    this.#byId.set(cell.id, cell);
    this.#running = this.#context.latest = cell;
    return cell;
  }

  async #attempt(cell: Cell, { timeoutMs, counted = true }: ExecuteOptions): Promise<{ thrown: unknown } | undefined> {
    const late = timeoutMs === undefined ? undefined : `The cell was stopped: it took longer than ${timeoutMs} ms.`;
    const timer = late === undefined ? undefined : setTimeout(() => cell.interrupt(new KeyboardInterrupt(late)), timeoutMs);
    try {
      const compiled = await this.#compile(cell);
      cell.compiled = compiled;
      if (counted) this.#names.set(cell.id, { declares: compiled.declares, uses: compiled.uses, imports: compiled.imports });
      await this.#protect(compiled);
      if (cell.hasEnded) return undefined;
      this.#runtime.result = undefined;
      const outcome = await this.#context.run(cell, () => this.#session.evaluate(compiled.code, timeoutMs));
      if (cell.hasEnded) return undefined;
      this.#remember(compiled, outcome);
      if (!outcome.ok) return { thrown: "thrown" in outcome ? outcome.thrown : (cell.interrupted ?? new KeyboardInterrupt(late)) };
      await this.#showResult(cell, counted);
      return undefined;
    } catch (thrown) {
      return { thrown };
    } finally {
      clearTimeout(timer);
    }
  }

  /** A cell that names nothing new runs without waiting for the helpers. */
  async #compile(cell: Cell): Promise<CompiledCell> {
    const compile = (): CompiledCell => compileCell(cell.source, cell.file, { declared: this.#declared, renamed: this.#renamed });
    const compiled = compile();
    if (compiled.unknown.length === 0) return compiled;
    await this.prepare();
    return compile();
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
  #remember({ declares }: CompiledCell, outcome: Evaluation): void {
    let alive = declares;
    const fresh = declares.filter((name) => !this.#declared.has(name));
    if (!outcome.ok && fresh.length > 0) {
      const probes = fresh.map((name) => `(()=>{try{return ${name},true}catch{return false}})()`);
      this.#runtime.result = undefined;
      this.#session.evaluateNow(`${RUNTIME}.result=[${probes.join()}]`);
      const living = this.#runtime.result as readonly boolean[] | undefined;
      alive = fresh.filter((_, index) => living?.[index] === true);
    }
    for (const name of alive) this.#declared.add(name);
  }

  async #showResult(cell: Cell, counted: boolean): Promise<void> {
    const value = this.#runtime.result;
    this.#runtime.result = undefined;
    if (value === undefined) return;
    if (counted) this.#runtime.last = value;
    if (isTimerHandle(value)) return;
    const data: MimeBundle = await this.#context.run(cell, () => this.#format(value));
    if (Object.keys(data).length > 0) cell.write({ type: "execute_result", data, executionCount: cell.number });
  }

  /** How values are shown; errors among them with the positions of the cells as written. */
  readonly #format = (value: unknown): MimeBundle | Promise<MimeBundle> => {
    const readable = (bundle: MimeBundle): MimeBundle => {
      const text = bundle["text/plain"];
      return typeof text === "string" ? { ...bundle, "text/plain": withUserPositions(text, this.#lookup) } : bundle;
    };
    const bundle = (this.#options.format ?? toBundle)(value);
    return bundle instanceof Promise ? bundle.then(readable) : readable(bundle);
  };

  #display(): Display {
    return makeDisplay(
      (bundle, options) => this.host.display(bundle, options),
      (wait) => this.#context.current?.write({ type: "clear_output", wait }),
      this.#format,
    );
  }

  /** Puts helpers in scope; a variable of that name stays. */
  async #install(helpers: Readonly<Record<string, unknown>>): Promise<void> {
    const names = Object.keys(helpers).filter((name) => !this.#declared.has(name));
    this.#helpers = [...this.#helpers, ...Object.keys(helpers)];
    if (names.length === 0) return;
    this.#runtime.scope = helpers;
    for (const name of names) {
      this.#declared.add(name);
      if (isProtected(name)) this.#renamed.add(name);
    }
    const nameOf = (name: string): string => (this.#renamed.has(name) ? safeName(name) : name);
    await this.#session.evaluate(`let ${names.map((name) => `${nameOf(name)}=${RUNTIME}.scope[${JSON.stringify(name)}]`).join()};`);
  }

  #late(error: unknown): void {
    if (error instanceof KeyboardInterrupt || error === this.#options.ignoredError) return;
    const origin = firstCellPosition(stackOf(error), this.#lookup);
    const cell = this.#context.certain ?? (origin && this.#byFile.get(origin.file)) ?? this.#context.latest;
    if (cell === undefined) throw error;
    cell.write({ type: "error", error: this.describe(error) });
  }

  /** What is thrown, as its cell shows it. */
  describe(thrown: unknown): CellError {
    return describeError(thrown, {
      lookup: this.#lookup,
      sourceOf: (file) => this.#byFile.get(file)?.source,
    });
  }

  #makeHost(cellFolder: string): Host {
    const context = this.#context;
    const helpers = (): readonly string[] => this.#helpers;
    const types = this.#types;
    return {
      currentCellSource: () => context.current?.source,
      currentCellId: () => context.current?.id,
      sourceOf: (id) => this.#byId.get(id)?.source,
      declarations: this.#names,
      get helpers() {
        return helpers();
      },
      cellFolder,
      get typeMode() {
        return types.mode;
      },
      set typeMode(mode) {
        types.mode = mode;
      },
      executionOf: (id) => this.#byId.get(id)?.number,
      isWatched: this.#options.watched ?? true,
      liveVenueOpened: (name) => types.opened(name),
      liveVenueClosed: (name) => types.closed(name),
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

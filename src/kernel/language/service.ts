import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import type { MimeBundle } from "../../display/index.js";
import { isLocalSpecifier } from "../../modules/index.js";
import { tooDeepAt } from "../compile/nesting.js";
import { readShape } from "./cell-shape.js";
import { type CompletionItem, type Completions, noCompletions, selectItems, toCompletions } from "./completion.js";
import { type Diagnostic, type TypeProblem, toProblems } from "./diagnostics.js";
import { Documents } from "./documents.js";
import { globalsText, ownNames } from "./globals.js";
import { inspectedOffsets, toBundle } from "./inspection.js";
import { LocalModules } from "./local-modules.js";
import { type CellDocument, type Changes, NotebookNames } from "./notebook-names.js";
import { positionAt } from "./position.js";
import { CONFIG, CURRENT, configText, GLOBALS, labSpecifier } from "./project.js";
import { RequestFailed, type RequestLimits, ServerProcess } from "./server-process.js";

export interface LanguageServiceOptions {
  /** Absolute path of the notebook's folder: where imports of cells start. It need not exist. */
  readonly folder: string;
  /** Names in scope from the start. */
  readonly helpers: readonly string[];
  /** Module the helpers come from: a specifier, an absolute path, or a file URL; by default `tesserlab/lab`. */
  readonly lab?: string;
  /** How long the matches of a completion wait for what more there is to say about them, their signatures, milliseconds. 300 unless told. */
  readonly detailPatienceMs?: number;
  /** How many cells the first configuration is made for; beyond them it is written anew. 64 unless told. */
  readonly foreseenCells?: number;
  /** The time, epoch milliseconds. */
  readonly now?: () => number;
}

/** A server that says nothing for this long hangs, milliseconds. On a busy machine a first answer takes many seconds, and "nothing" is no answer. */
const TIMEOUT_MS = 120_000;
const DETAIL_PATIENCE_MS = 300;

/** Cells are told to the server once none has been executed for this long, milliseconds, or something is asked: it reads them anew with each, on a processor that the next cell needs. */
const QUIET_MS = 50;
/** So many cells are told at once at most: it takes this thread a fraction of a millisecond each. */
const MOST_UNTOLD = 50;

/** Servers started within a minute before the service gives up until the next minute. */
const MAX_STARTS = 5;

/** What a call at a place looks like, as LSP has it. */
interface SignatureHelp {
  readonly signatures: readonly { readonly documentation?: { readonly value: string } }[];
  readonly activeSignature?: number;
}

/** A cell that was executed. */
interface ExecutedCell {
  readonly cellId: string;
  readonly code: string;
  readonly failed: boolean;
}

/** Matches whose signature is asked for. */
const DETAILED = 16;

/**
 * Completion, inspection and type checks for the cells of one notebook, by TypeScript's language server in a process of its own: it answers while cells run.
 * It sees a cell as the notebook would run it: with the names of executed cells and the helpers in scope. Nothing is written to disk.
 *
 * Everything happens in the order it was asked for: a question is about the cells remembered before it, however long the server takes.
 *
 * No method rejects: without a server (none for the platform, or one that keeps dying; `problem` says so) there is nothing to complete or to show, and nothing was checked.
 */
export class LanguageService {
  /** Settles once the first completion will be quick. */
  readonly ready: Promise<void>;
  readonly #folder: string;
  readonly #lab: string;
  readonly #detailPatienceMs: number;
  readonly #documents: Documents;
  readonly #names: NotebookNames;
  readonly #modules: LocalModules;
  readonly #starts: number[] = [];
  readonly #now: () => number;
  #cellsListed: number;
  #server: ServerProcess | undefined;
  #problem: string | undefined;
  #stopped = false;
  #queue: Promise<unknown> = Promise.resolve();
  /** Cells executed lately. */
  #untold: ExecutedCell[] = [];
  #telling: NodeJS.Timeout | undefined;

  private constructor(options: LanguageServiceOptions) {
    const {
      folder: wanted,
      helpers,
      lab = "tesserlab/lab",
      detailPatienceMs = DETAIL_PATIENCE_MS,
      foreseenCells = 64,
      now = Date.now,
    } = options;
    const folder = existing(wanted);
    const own = ownNames(helpers);
    this.#folder = folder;
    this.#detailPatienceMs = detailPatienceMs;
    this.#cellsListed = foreseenCells;
    this.#now = now;
    this.#documents = new Documents(folder);
    const specifier = labSpecifier(lab);
    this.#names = new NotebookNames(helpers, specifier, own);
    this.#modules = new LocalModules(folder);
    this.#lab = lab;
    this.#documents.write(CONFIG, configText(lab, this.#cellsListed));
    this.#documents.write(GLOBALS, globalsText(helpers, specifier));
    this.ready = this.#warmUp(helpers.find((name) => name !== "lab" && !own.includes(name)) ?? "console");
  }

  /** Starts the server; returns at once. */
  static start(options: LanguageServiceOptions): LanguageService {
    return new LanguageService(options);
  }

  /** Why there are no answers; `undefined` while all is well. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Process id of the server, while one runs. */
  get pid(): number | undefined {
    return this.#server?.ended === undefined ? this.#server?.pid : undefined;
  }

  /**
   * Takes over the names of a cell that was executed; executed again, it replaces what it declared before.
   * @param options.failed - it threw: only names that are new are taken over.
   */
  remember(cellId: string, code: string, { failed = false }: { readonly failed?: boolean } = {}): void {
    this.#untold.push({ cellId, code, failed });
    if (this.#untold.length >= MOST_UNTOLD) this.#tell();
    else if (this.#telling === undefined) this.#telling = setTimeout(() => this.#tell(), QUIET_MS).unref();
    else this.#telling.refresh();
  }

  /** Drops the names a cell declared; those of helpers mean the helpers again. */
  forget(cellId: string): void {
    this.#tell();
    this.#inTurn(() => this.#apply([this.#names.forget(cellId)]));
  }

  /**
   * What may stand at the cursor.
   * @param cursor - UTF-16 offset in `code`.
   */
  complete(code: string, cursor: number): Promise<Completions> {
    if (tooDeepAt(code) !== undefined) return Promise.resolve(noCompletions(cursor));
    return this.#turn(noCompletions(cursor), async (server) => {
      const { earlier } = this.#show(code);
      const params = { ...this.#place(code, cursor), context: { triggerKind: 1 } };
      const answer = await server.request("textDocument/completion", params, { timeoutMs: TIMEOUT_MS });
      const { start, items } = selectItems(itemsOf(answer), code, cursor, earlier);
      const first = await Promise.all(items.slice(0, DETAILED).map((item) => this.#detailed(server, item)));
      return toCompletions(start, cursor, [...first, ...items.slice(DETAILED)]);
    });
  }

  /**
   * Signature and documentation of what is at the cursor, or of the function whose arguments it is in, as Markdown and plain text.
   * @param cursor - UTF-16 offset in `code`.
   * @param detail - 1 adds the declaration.
   */
  inspect(code: string, cursor: number, detail: 0 | 1): Promise<MimeBundle | undefined> {
    if (tooDeepAt(code) !== undefined) return Promise.resolve(undefined);
    return this.#turn(undefined, async (server) => {
      const { earlier } = this.#show(code);
      for (const offset of inspectedOffsets(code, cursor)) {
        const place = this.#place(code, offset);
        const limits = { timeoutMs: TIMEOUT_MS };
        const hover = hoverText(await server.request("textDocument/hover", place, limits));
        if (hover === undefined) continue;
        const text = isUndocumentedFunction(hover)
          ? hover.trimEnd() + (await this.#callDocumentation(server, code, offset, limits))
          : hover;
        const source = detail === 0 ? undefined : this.#documents.textAt(await server.request("textDocument/definition", place, limits));
        return toBundle(text, earlier, source);
      }
      return undefined;
    });
  }

  /** What the type checker says about a cell, in the order of its lines; `undefined` where it could not be checked, which is not the same as no complaint. */
  diagnostics(code: string): Promise<TypeProblem[] | undefined> {
    if (tooDeepAt(code) !== undefined) return Promise.resolve(undefined); // it will not compile either
    return this.#turn<TypeProblem[] | undefined>(undefined, async (server) => {
      const { earlier } = this.#show(code, true);
      const textDocument = { uri: this.#documents.uri(CURRENT) };
      const answer = await server.request("textDocument/diagnostic", { textDocument }, { timeoutMs: TIMEOUT_MS });
      return toProblems((answer as { items?: Diagnostic[] } | null)?.items ?? [], code, earlier);
    });
  }

  /** Ends the server; every later question answers with nothing. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#telling);
    await this.#server?.stop();
  }

  /** A completion in front of the first: the server reads the types of the libraries and the helpers now. */
  #warmUp(name: string): Promise<void> {
    const code = `${name}.`;
    return this.#turn(undefined, async (server) => {
      this.#show(code);
      await server.request("textDocument/completion", this.#place(code, code.length), { timeoutMs: TIMEOUT_MS });
    });
  }

  /** Takes over the names of the cells executed since the last time. The server hears only what came of them all. */
  #tell(): void {
    clearTimeout(this.#telling);
    this.#telling = undefined;
    const cells = this.#untold;
    this.#untold = [];
    if (cells.length === 0) return;
    const changes: Changes[] = [];
    for (const { cellId, code, failed } of cells) this.#inTurn(() => changes.push(this.#names.remember(cellId, code, { failed })));
    this.#inTurn(() => {
      this.#noticeEdits(cells.map(({ code }) => code));
      this.#apply(changes);
    });
  }

  /** What changes the notebook's names waits for the questions before it. */
  #inTurn(change: () => unknown): void {
    this.#queue = this.#queue.then(change).catch(() => {});
  }

  /** One question after the other, because they share the document of the current cell. One whose server died under it is asked once more. */
  #turn<T>(nothing: T, ask: (server: ServerProcess) => Promise<T>): Promise<T> {
    this.#tell();
    const attempt = async (isLast: boolean): Promise<T> => {
      const server = await this.#alive();
      if (server === undefined) return nothing;
      try {
        return await ask(server);
      } catch (error) {
        if (!(error instanceof RequestFailed)) throw error;
        return server.ended === undefined || isLast ? nothing : attempt(true);
      }
    };
    const answer = this.#queue.then(() => attempt(false));
    this.#queue = answer.catch(() => {});
    return answer;
  }

  async #alive(): Promise<ServerProcess | undefined> {
    if (this.#stopped) return undefined;
    if (this.#server !== undefined && this.#server.ended === undefined) return this.#server;
    const minuteAgo = this.#now() - 60_000;
    while ((this.#starts[0] ?? Number.POSITIVE_INFINITY) < minuteAgo) this.#starts.shift();
    if (this.#starts.length >= MAX_STARTS) {
      this.#problem = `The language server ended ${MAX_STARTS} times within a minute, last with ${this.#server?.ended ?? "no reason"}.`;
      return undefined;
    }
    this.#starts.push(this.#now());
    try {
      this.#server = new ServerProcess(this.#folder);
      await this.#server.ready;
      this.#documents.attach(this.#server);
      this.#problem = undefined;
      return this.#server;
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : String(error);
      return undefined;
    }
  }

  /** Tells the server which local modules, of this cell or of earlier ones, changed on disk. */
  #noticeEdits(codes: readonly string[]): void {
    const specifiers = codes.flatMap((code) => readShape(code).specifiers).filter(isLocalSpecifier);
    const changes = this.#modules.changes(specifiers).map(({ path, type }) => ({ uri: pathToFileURL(path).href, type }));
    if (changes.length > 0) this.#server?.notify("workspace/didChangeWatchedFiles", { changes });
  }

  #show(code: string, toCheck = false): CellDocument {
    this.#noticeEdits([code]);
    const document = this.#names.documentFor(code, toCheck);
    this.#documents.write(CURRENT, document.text);
    return document;
  }

  #place(code: string, offset: number): object {
    return { textDocument: { uri: this.#documents.uri(CURRENT) }, position: positionAt(code, offset) };
  }

  /** A property that holds a function (`data.load`) has no documentation of its own: that of the function is what a call would show. */
  async #callDocumentation(server: ServerProcess, code: string, offset: number, limits: RequestLimits): Promise<string> {
    const end = offset + /^[\p{ID_Continue}$]*/u.exec(code.slice(offset))![0].length;
    this.#show(`${code.slice(0, end)}()${code.slice(end)}`);
    const answer = (await server.request("textDocument/signatureHelp", this.#place(code, end + 1), limits)) as SignatureHelp | null;
    const documentation = answer?.signatures[answer.activeSignature ?? 0]?.documentation?.value;
    return documentation === undefined ? "" : `\n${documentation}`;
  }

  /** A match with all the server says of it; without, if that takes long: the match itself counts. */
  async #detailed(server: ServerProcess, item: CompletionItem): Promise<CompletionItem> {
    const limits = { timeoutMs: this.#detailPatienceMs };
    const answer = (await server.request("completionItem/resolve", item, limits).catch(() => undefined)) as
      | CompletionItem
      | null
      | undefined;
    return answer?.detail === undefined ? item : { ...item, detail: answer.detail };
  }

  #apply(changes: readonly Changes[]): void {
    if (this.#names.highest > this.#cellsListed) {
      this.#cellsListed = 2 * this.#names.highest;
      this.#documents.write(CONFIG, configText(this.#lab, this.#cellsListed));
    }
    const texts = new Map<string, string | undefined>();
    for (const { written, removed } of changes) {
      for (const name of removed) texts.set(name, undefined);
      for (const [name, text] of written) texts.set(name, text);
    }
    for (const [name, text] of texts) {
      if (text === undefined) this.#documents.remove(name);
      else this.#documents.write(name, text);
    }
  }
}

/** The folder, or the nearest above it that exists: the server resolves nothing in one that does not. */
function existing(folder: string): string {
  return existsSync(folder) || folder === dirname(folder) ? folder : existing(dirname(folder));
}

function itemsOf(answer: unknown): readonly CompletionItem[] {
  const list = answer as { items?: CompletionItem[] } | CompletionItem[] | null;
  return Array.isArray(list) ? list : (list?.items ?? []);
}

const isUndocumentedFunction = (hover: string): boolean => /^```[^`]*=>[^`]*```\s*$/.test(hover);

function hoverText(answer: unknown): string | undefined {
  const contents = (answer as { contents?: { value?: string } | string } | null)?.contents;
  const text = typeof contents === "string" ? contents : contents?.value;
  // Of what it cannot make out the server says `any`, which is no information.
  return text === undefined || /^(```\w*\s*any\s*```)?$/.test(text.trim()) ? undefined : text;
}

import { type ChildProcessByStdio, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { pathToFileURL } from "node:url";
import { LabError } from "../../errors/index.js";
import { encodeMessage, MessageReader, type RpcMessage } from "./message-stream.js";

/** How the answer to a request is limited. */
export interface RequestLimits {
  /** Gives up, and tells the server so, after this many milliseconds. */
  readonly timeoutMs: number;
}

interface Pending {
  readonly settle: (message: RpcMessage) => void;
  readonly fail: (error: Error) => void;
}

/**
 * Preferences, under every section the server asks for. Suggestions of names that would have to be imported first cost seconds and hundreds of
 * megabytes in a folder with many packages, and inserting one would edit another line, which a kernel cannot. Nothing is fetched from a registry.
 */
const PREFERENCES = {
  suggest: { autoImports: false, includeCompletionsForImportStatements: false },
  disableAutomaticTypeAcquisition: true,
  tsserver: { automaticTypeAcquisition: { enabled: false } },
};

const CAPABILITIES = {
  workspace: { configuration: true },
  textDocument: {
    completion: { completionItem: { tagSupport: { valueSet: [1] } } },
    definition: { linkSupport: true },
    diagnostic: {},
    hover: { contentFormat: ["markdown"] },
    signatureHelp: { signatureInformation: { documentationFormat: ["markdown"] } },
  },
};

/** How long a server may take to introduce itself. */
const INTRODUCTION_MS = 60_000;
/** How long a server may take to leave. */
const PATIENCE_MS = 150;

/** A request that timed out, that was refused, or whose server died. */
export class RequestFailed extends Error {}

/** TypeScript's own language server as a child process, spoken to by LSP over its standard streams. It dies with this process. */
export class ServerProcess {
  /** Settles once the server has introduced itself. */
  readonly ready: Promise<void>;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #ended: string | undefined;

  /**
   * @param folder - absolute path of the folder the documents are in.
   * @throws LabError `KERNEL_TYPES_UNAVAILABLE` where TypeScript has no server for this platform.
   */
  constructor(folder: string) {
    this.#child = spawn(serverExecutable(), ["--lsp", "--stdio"], {
      cwd: folder,
      // Collects half as often as Go does by itself: reading all the types at the start takes a fifth less, and the server 20 MB more.
      env: { GOGC: "200", ...process.env },
      stdio: ["pipe", "pipe", "ignore"],
      windowsHide: true,
    });
    const reader = new MessageReader((message) => this.#receive(message));
    this.#child.stdout.on("data", (chunk: Buffer) => reader.push(chunk));
    this.#child.stdin.on("error", () => {}); // writing to a server that has just died: `exit` says so
    this.#child.on("error", (error) => this.#end(error.message));
    this.#child.on("exit", (code, signal) => this.#end(signal === null ? `exit code ${code}` : `signal ${signal}`));
    // The server is no reason to keep the process alive.
    for (const handle of [this.#child, this.#child.stdin, this.#child.stdout]) (handle as Partial<NodeJS.RefCounted>).unref?.();
    this.ready = this.#introduce(pathToFileURL(folder).href);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** How the server ended; `undefined` while it runs. */
  get ended(): string | undefined {
    return this.#ended;
  }

  /** @throws RequestFailed when late, refused by the server, or the server is gone. */
  request(method: string, params: unknown, { timeoutMs }: RequestLimits): Promise<unknown> {
    if (this.#ended !== undefined) return Promise.reject(new RequestFailed(`The language server has ended: ${this.#ended}.`));
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const close = (): void => {
        clearTimeout(timer);
        this.#pending.delete(id);
      };
      const timer = setTimeout(() => {
        close();
        this.notify("$/cancelRequest", { id });
        reject(new RequestFailed(`${method}: no answer within ${timeoutMs} ms.`));
      }, timeoutMs);
      this.#pending.set(id, {
        settle: ({ error, result }) => {
          close();
          if (error === undefined) resolve(result);
          else reject(new RequestFailed(`${method}: ${error.message}`));
        },
        fail: (error) => {
          close();
          reject(error);
        },
      });
      this.#send({ id, method, params });
    });
  }

  notify(method: string, params: unknown): void {
    this.#send({ method, params });
  }

  /** Ends the server: it leaves when nobody talks to it any more, as it does when this process dies. Settles when it is gone. */
  async stop(): Promise<void> {
    if (this.#ended !== undefined) return;
    const gone = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.ref(); // until it has gone
    this.#child.stdin.end();
    const killer = setTimeout(() => this.#child.kill("SIGKILL"), PATIENCE_MS);
    await gone;
    clearTimeout(killer);
  }

  async #introduce(rootUri: string): Promise<void> {
    const params = { processId: process.pid, rootUri, workspaceFolders: [{ uri: rootUri, name: "notebook" }], capabilities: CAPABILITIES };
    await this.request("initialize", params, { timeoutMs: INTRODUCTION_MS });
    this.notify("initialized", {});
  }

  #send(message: RpcMessage): void {
    if (this.#ended === undefined) this.#child.stdin.write(encodeMessage(message));
  }

  #receive(message: RpcMessage): void {
    const { id, method, params } = message;
    if (id === undefined) return; // logs and published diagnostics: the latter are asked for when wanted
    if (method === undefined) {
      this.#pending.get(Number(id))?.settle(message);
      return;
    }
    const items = method === "workspace/configuration" ? (params as { items: unknown[] }).items : undefined;
    this.#send({ id, result: items?.map(() => PREFERENCES) ?? null });
  }

  #end(how: string): void {
    if (this.#ended !== undefined) return;
    this.#ended = how;
    for (const { fail } of [...this.#pending.values()]) fail(new RequestFailed(`The language server has ended: ${how}.`));
  }
}

/** The native server that comes with the `typescript` package; `node_modules/.bin/tsc` may be another version's. */
function serverExecutable(): string {
  const platform = `@typescript/typescript-${process.platform}-${process.arch}`;
  try {
    const typescript = createRequire(createRequire(import.meta.url).resolve("typescript/package.json"));
    const path = join(dirname(typescript.resolve(`${platform}/package.json`)), "lib", process.platform === "win32" ? "tsc.exe" : "tsc");
    if (existsSync(path)) return path;
  } catch (cause) {
    throw unavailable(platform, cause);
  }
  throw unavailable(platform, undefined);
}

function unavailable(platform: string, cause: unknown): LabError {
  return new LabError(
    "KERNEL_TYPES_UNAVAILABLE",
    `Completion and type checks need TypeScript's language server: the package ${platform} is not installed. Install without --omit=optional.`,
    { details: { package: platform }, cause },
  );
}

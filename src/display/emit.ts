import { createRequire } from "node:module";
import { toBundle } from "./bundle.js";
import type { MimeBundle } from "./mime.js";

/** How an output is sent. */
export interface EmitOptions {
  /** Display id: a later output of the same id with `update` replaces this one. */
  id?: string;
  /** Replace the output of this id instead of adding one. */
  update?: boolean;
}

/** The part of Tesserlab's kernel that shows things, at `globalThis[Symbol.for("tesserlab.host")]`. */
interface Host {
  display?(bundle: MimeBundle, options: EmitOptions): void;
}

/** What stock tslab 1.0 sends full bundles through; its public `display.raw` takes one MIME type only. */
interface TslabJupyter {
  lastWriteDisplayData?: ((message: { data: MimeBundle; metadata: object; transient: object }, update: boolean) => void) | null;
}

type Sender = (bundle: MimeBundle, options: EmitOptions) => void;

function hostSender(): Sender | undefined {
  const host = (globalThis as Record<symbol, unknown>)[Symbol.for("tesserlab.host")] as Host | undefined;
  return typeof host?.display === "function" ? (bundle, options) => host.display!(bundle, options) : undefined;
}

/** The running tslab kernel's module: only one already loaded counts, since a second copy would have no connection. */
function tslabSender(): Sender | undefined {
  const loaded = createRequire(import.meta.url).cache;
  for (const file of Object.keys(loaded)) {
    if (!/[\\/]tslab[\\/]dist[\\/]jupyter\.js$/.test(file)) continue;
    const write = (loaded[file]?.exports as TslabJupyter | undefined)?.lastWriteDisplayData;
    if (typeof write !== "function") continue;
    return (bundle, { id, update }) =>
      write({ data: bundle, metadata: {}, transient: id === undefined ? {} : { display_id: id } }, update === true);
  }
  return undefined;
}

/** Whether outputs reach a notebook (Tesserlab's kernel or stock tslab) rather than a terminal. */
export function inNotebook(): boolean {
  return hostSender() !== undefined || tslabSender() !== undefined;
}

/** Shows a MIME bundle now, from anywhere: in the notebook when a kernel runs, else its `text/plain` on standard output. */
export function emit(bundle: MimeBundle, options: EmitOptions = {}): void {
  if (Object.keys(bundle).length === 0) return;
  const send = hostSender() ?? tslabSender();
  if (send !== undefined) send(bundle, options);
  else process.stdout.write(`${String(bundle["text/plain"] ?? "")}\n`);
}

/** Shows any value the way a cell's result is shown: `await show(table)`, also under stock tslab, which knows only text. */
export async function show(value: unknown, options: EmitOptions = {}): Promise<void> {
  emit(await toBundle(value), options);
}

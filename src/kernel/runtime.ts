import type { CellContext } from "./cell-context.js";
import { RUNTIME } from "./compile/runtime-name.js";
import type { NotebookImporter } from "./importer.js";

/** What rewritten cells call, as the global `__tesserlab`. */
export interface Runtime {
  /** Where a cell leaves the value of its last expression. */
  result: unknown;
  /** The last result shown; cells read it as `_`. */
  last: unknown;
  /** Helpers by name, read once when they are put in scope. */
  scope: Readonly<Record<string, unknown>>;
  readonly meta: object;
  import(specifier: string, options?: ImportCallOptions, names?: readonly string[]): Promise<Record<string, unknown>>;
  interruptible(value: unknown): unknown;
  interruptibleEach(values: Iterable<unknown> | AsyncIterable<unknown>): AsyncIterable<unknown>;
}

/** Makes the runtime and sets the globals that cells may use without a helper: `_`, `signal` and `require`. */
export function runtimeFor(importer: NotebookImporter, context: CellContext): Runtime {
  const interruptible = (value: unknown): unknown => context.certain?.interruptible(value) ?? value;
  const runtime: Runtime = {
    result: undefined,
    last: undefined,
    scope: {},
    meta: importer.meta,
    import: (specifier, options, names) => importer.import(String(specifier), options, names),
    interruptible,
    interruptibleEach: (values) => eachInterruptible(values, interruptible),
  };
  const define = (name: string, descriptor: PropertyDescriptor): void => {
    Object.defineProperty(globalThis, name, { configurable: true, enumerable: false, ...descriptor });
  };
  define(RUNTIME, { value: runtime });
  define("_", { get: () => runtime.last, set: (value: unknown) => define("_", { value, writable: true }) });
  define("signal", { get: () => context.current?.signal });
  define("require", { value: importer.require, writable: true });
  return runtime;
}

/** The values of an iterable, each awaited so that an interrupt ends the loop. */
async function* eachInterruptible(
  values: Iterable<unknown> | AsyncIterable<unknown>,
  interruptible: (value: unknown) => unknown,
): AsyncGenerator<unknown> {
  const iterator = Symbol.asyncIterator in values ? values[Symbol.asyncIterator]() : values[Symbol.iterator]();
  let open = false; // as for `for await` itself: an iterator that failed or is waiting is not closed, one left early is
  try {
    for (;;) {
      const step = (await interruptible(iterator.next())) as IteratorResult<unknown>;
      if (step.done === true) return;
      open = true;
      yield await interruptible(step.value);
      open = false;
    }
  } finally {
    if (open) await iterator.return?.();
  }
}

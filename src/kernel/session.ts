import inspector from "node:inspector";

/** How an evaluation ended. */
export type Evaluation =
  | { readonly ok: true }
  | { readonly ok: false; readonly thrown: unknown }
  | { readonly ok: false; readonly terminated: true };

const GROUP = "tesserlab-cell";
const SLOT: unique symbol = Symbol.for("tesserlab.thrown");
const holder = globalThis as { [SLOT]?: { value?: unknown } };

/**
 * Evaluates scripts in this thread as DevTools' console does: top-level `let` survives and may be declared again, `await` is allowed.
 * An inspector session on the own thread is the only way to V8's REPL mode.
 */
export class ReplSession {
  #session = new inspector.Session();

  constructor() {
    // Made before any cell runs: one may freeze the global object.
    holder[SLOT] ??= {};
    this.#session.connect();
  }

  /**
   * @param timeoutMs - ends the synchronous part (up to the first await) after this many milliseconds.
   */
  evaluate(expression: string, timeoutMs?: number): Promise<Evaluation> {
    return new Promise((resolve) => {
      const parameters = { expression, replMode: true, objectGroup: GROUP, ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }) };
      this.#session.post("Runtime.evaluate", parameters, (error: Error | null, reply: inspector.Runtime.EvaluateReturnType) => {
        const details = error === null ? reply.exceptionDetails : undefined;
        if (error !== null || (details !== undefined && details.exception === undefined)) resolve({ ok: false, terminated: true });
        else if (details === undefined) resolve({ ok: true });
        else resolve({ ok: false, thrown: this.#materialize(details.exception!) });
        // A cell's own value stays in its slot: only what was thrown is held for the inspector.
        if (details !== undefined) this.#session.post("Runtime.releaseObjectGroup", { objectGroup: GROUP });
      });
    });
  }

  /** Evaluates a plain script, which sees the cells' variables, at once. Answers whether it ran to its end. */
  evaluateNow(expression: string): boolean {
    let ok = false;
    this.#session.post("Runtime.evaluate", { expression, silent: true }, (error, reply) => {
      ok = error === null && reply.exceptionDetails === undefined;
    });
    return ok;
  }

  /**
   * Gives up what is being evaluated; variables stay. The promise of a script that was terminated is garbage: from Node 22 on, the session would report that
   * in the midst of its collection, when no JavaScript may run, and the process would abort.
   */
  renew(): void {
    this.#session.disconnect();
    this.#session = new inspector.Session();
    this.#session.connect();
  }

  disconnect(): void {
    this.#session.disconnect();
  }

  /** The protocol describes what was thrown; the error handling wants the value itself, passed through a global. */
  #materialize(remote: inspector.Runtime.RemoteObject): unknown {
    if (remote.objectId === undefined) return remote.unserializableValue === undefined ? remote.value : primitive(remote);
    this.#session.post("Runtime.callFunctionOn", {
      functionDeclaration: 'function (thrown) { globalThis[Symbol.for("tesserlab.thrown")].value = thrown; }',
      objectId: remote.objectId,
      arguments: [{ objectId: remote.objectId }],
    });
    const slot = holder[SLOT]!;
    const thrown = slot.value;
    delete slot.value;
    return thrown;
  }
}

/** Numbers and bigints JSON cannot carry. */
function primitive({ type, unserializableValue }: inspector.Runtime.RemoteObject): number | bigint {
  return type === "bigint" ? BigInt(unserializableValue!.slice(0, -1)) : Number(unserializableValue);
}

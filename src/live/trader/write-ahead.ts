import type { WorkingOrder } from "../../core/index.js";
import type { SessionBatch, StateWriter } from "../../state/index.js";
import type { TraderWatch } from "./account.js";
import { clearHint } from "./health.js";
import { orderNumber } from "./requests.js";
import { idOf, type Outgoing } from "./sender.js";

/** What writing ahead works with. */
export interface WriteAheadParts {
  readonly run: string;
  readonly writer: StateWriter;
  readonly watch: Pick<TraderWatch, "alert" | "committed" | "written">;
  readonly isOver: () => boolean;
  order(id: number): WorkingOrder | undefined;
  send(outgoing: Outgoing): void;
  /** The disk refused: nothing enters any more. */
  closed(): void;
  /** An entry was not sent, because it could not be written down. */
  unsent(order: WorkingOrder, why: string): void;
}

/** Writes what happened down, and only then lets leave what came of it. What the disk refuses is kept, and written first once it takes something again. */
export class WriteAhead {
  readonly #parts: WriteAheadParts;
  /** Requests that wait for the disk before they leave, counted by their order. */
  readonly #waiting = new Map<number, number>();
  /** Batches the disk refused, in order: they go before the next. */
  readonly #backlog: SessionBatch[] = [];
  /** The disk refuses, and an operator has been told. */
  #isRefused = false;

  constructor(parts: WriteAheadParts) {
    this.#parts = parts;
  }

  /** Whether a request of an order waits for the disk. */
  isWaiting(id: number): boolean {
    return this.#waiting.has(id);
  }

  /** A request of an order is to leave. */
  waits(id: number): void {
    this.#waiting.set(id, (this.#waiting.get(id) ?? 0) + 1);
  }

  /** A request of an order waits no longer for the disk. */
  #left(id: number): void {
    const others = (this.#waiting.get(id) ?? 0) - 1;
    if (others > 0) this.#waiting.set(id, others);
    else this.#waiting.delete(id);
  }

  /** Nothing waits: what was collected while a journal was fed again had left before. */
  clear(): void {
    this.#waiting.clear();
  }

  /** Writes a batch down, and then sends what is to leave with it. */
  commit(batch: SessionBatch, outgoing: readonly Outgoing[]): void {
    const { writer } = this.#parts;
    const begun = performance.now();
    for (const late of this.#backlog.splice(0))
      writer.commit(late).then(
        () => this.#told(late, begun),
        () => this.#backlog.push(late),
      );
    writer.commit(batch).then(
      () => {
        if (this.#parts.isOver()) return;
        for (const one of outgoing) this.#send(one);
        this.#told(batch, begun);
      },
      (error: unknown) => {
        this.#backlog.push(batch);
        this.#unwritten(error, outgoing);
      },
    );
  }

  /** Tells who watches: after what was to leave has left, and whatever happens there. */
  #told(batch: SessionBatch, begun: number): void {
    const { watch } = this.#parts;
    this.#isRefused = false;
    try {
      watch.committed((performance.now() - begun) / 1000);
      watch.written(batch);
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : String(error));
    }
  }

  #send(outgoing: Outgoing): void {
    this.#parts.send(outgoing);
    this.#left(orderNumber(this.#parts.run, idOf(outgoing))!);
  }

  /** The disk refused: what only reduces leaves all the same, entries do not. */
  #unwritten(error: unknown, outgoing: readonly Outgoing[]): void {
    const { run, watch, isOver, order: orderOf, closed, unsent } = this.#parts;
    if (isOver()) return;
    const message = error instanceof Error ? error.message : String(error);
    if (!this.#isRefused) {
      const text = `${message} Entries are held back until it can be written and an operator says so; exits leave unwritten: ${clearHint(run)}.`;
      watch.alert("journalFailed", "The state file could not be written", text);
    }
    this.#isRefused = true;
    closed();
    for (const one of outgoing) {
      const order = orderOf(orderNumber(run, idOf(one))!);
      if (one.kind !== "open" || order === undefined || order.reduceOnly) this.#send(one);
      else {
        this.#left(order.id);
        unsent(order, message);
      }
    }
  }
}

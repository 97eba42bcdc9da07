import { AsyncLocalStorage } from "node:async_hooks";
import { randomUUID } from "node:crypto";
import { notebookHost } from "../core/index.js";
import { emit, type MimeBundle } from "../display/index.js";
import type { SessionHandle } from "../live/index.js";
import { section } from "./rules/section.js";
import { overviewBundle, sessionTitle } from "./rules/session-overview.js";

/** The part of Tesserlab's kernel that a panel asks. */
interface Host {
  readonly isWatched?: boolean;
  currentCellId?(): string | undefined;
  executionOf?(cellId: string): number | undefined;
}

/** Least time between two paintings. */
const LEAST_MS = 500;
/** Painting takes at most one part in so many of the kernel's time. */
const SHARE = 5;
/** What is told by nobody, such as a link that is down, is looked at this often. */
const LOOK_MS = 2_000;

function watchedHost(): Host | undefined {
  const host = notebookHost<Host>();
  return host?.isWatched === true ? host : undefined;
}

/**
 * Shows a running session below the running cell and keeps what is shown up to date until the session ends or the cell is run again.
 * @returns false where nobody paints updates: then nothing is shown.
 */
export function keepPainted(session: SessionHandle, first: MimeBundle): boolean {
  const host = watchedHost();
  if (host === undefined) return false;
  new SessionPanel(session, host).begin(first);
  return true;
}

/** A session's panel below one cell. */
class SessionPanel {
  readonly #session: SessionHandle;
  readonly #id: string = randomUUID();
  readonly #isReplaced: () => boolean;
  /** Runs something as the cell that shows the panel, whoever woke it. */
  readonly #inCell: ReturnType<typeof AsyncLocalStorage.snapshot> = AsyncLocalStorage.snapshot();
  readonly #undo: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;
  #painted = "";
  /** Time of the last painting, and how long it took. */
  #last = performance.now();
  #took = 0;
  #isPainting = false;
  /** Something happened while it was being painted. */
  #isStale = false;
  #isOver = false;

  constructor(session: SessionHandle, host: Host) {
    this.#session = session;
    const cell = host.currentCellId?.();
    const execution = cell === undefined ? undefined : host.executionOf?.(cell);
    this.#isReplaced = () => cell !== undefined && host.executionOf?.(cell) !== execution;
  }

  begin(first: MimeBundle): void {
    emit(first, { id: this.#id });
    this.#painted = String(first["text/html"]);
    const look = setInterval(() => this.#soon(), LOOK_MS);
    look.unref();
    this.#undo.push(() => clearInterval(look));
    for (const event of ["order", "fill"] as const) this.#undo.push(this.#session.on(event, () => this.#soon()));
    let seen = -1;
    const moved = this.#session.on("status", ({ bars }) => {
      // Asking for a picture makes a session tell where it stands, which is no news.
      if (bars !== seen) this.#soon();
      seen = bars;
    });
    this.#undo.push(moved);
    // Also when it ends without another word.
    const last = (): void => void this.#paint();
    this.#session.done.then(last, last);
  }

  #soon(): void {
    if (this.#isPainting) this.#isStale = true;
    if (this.#isOver || this.#isPainting || this.#timer !== undefined) return;
    const wait = Math.max(LEAST_MS, this.#took * SHARE) - (performance.now() - this.#last);
    this.#timer = setTimeout(() => void this.#paint(), Math.max(0, wait));
    this.#timer.unref();
  }

  /** Paints what is so now. A session that cannot be asked any more leaves its last picture. */
  async #paint(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#isPainting) this.#isStale = true;
    if (this.#isOver || this.#isPainting) return;
    if (this.#isReplaced()) return this.#end();
    this.#isPainting = true;
    const begun = performance.now();
    try {
      const { bundle, report } = await overviewBundle(this.#session);
      if (this.#isReplaced()) return this.#end();
      const html = String(bundle["text/html"]);
      if (html !== this.#painted) this.#inCell(() => emit(bundle, { id: this.#id, update: true }));
      this.#painted = html;
      if (report.status !== "running") this.#end();
    } catch (error) {
      // Its state file is gone, or the handle was let go of.
      const why = error instanceof Error ? error.message : String(error);
      const bundle = await section(sessionTitle(this.#session), [{ warnings: [`This panel has ended: ${why}`] }]);
      this.#inCell(() => emit(bundle, { id: this.#id, update: true }));
      this.#end();
    } finally {
      this.#isPainting = false;
      this.#last = performance.now();
      this.#took = this.#last - begun;
      if (this.#isStale) this.#soon();
      this.#isStale = false;
    }
  }

  #end(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    for (const undo of this.#undo.splice(0)) undo();
  }
}

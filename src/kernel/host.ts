import type { MimeBundle } from "../display/index.js";
import type { CellImport } from "./compile/imports.js";
import type { SendOptions } from "./output/display.js";

/** What one cell contributes to the notebook's names. */
export interface CellNames {
  /** Top-level names it declares. */
  readonly declares: readonly string[];
  /** Names it takes from other cells or from the helpers. A cell that uses none but helpers can run elsewhere as it is. */
  readonly uses: readonly string[];
  readonly imports: readonly CellImport[];
}

export const TYPE_MODES = ["off", "warn", "block"] as const;

/** Whether type errors are ignored, reported, or stop a cell before it runs. */
export type TypeMode = (typeof TYPE_MODES)[number];

/** What code in cells, and the libraries it calls, may ask the kernel; found at `globalThis[Symbol.for("tesserlab.host")]`. */
export interface Host {
  /** Source of the cell whose code, timer or promise is running now, as the user wrote it. */
  currentCellSource(): string | undefined;
  /** Id of that cell. */
  currentCellId(): string | undefined;
  /** Source of the latest execution of a cell. */
  sourceOf(cellId: string): string | undefined;
  /** Names by cell id, in order of first execution; a cell that never compiled is absent. */
  readonly declarations: ReadonlyMap<string, CellNames>;
  /** Names of the helpers in scope from the start. */
  readonly helpers: readonly string[];
  /** Folder relative imports of cells start from. */
  readonly cellFolder: string;
  /** May be set; while a live venue is open it stays `block`, and what is set counts from then on. */
  typeMode: TypeMode;
  /** Money is at stake from now on: type errors block every cell until each venue that was opened is closed. `name` says which. */
  liveVenueOpened(name: string): void;
  /** The venue of that name has been closed; once none is open, types are as strict as they were. */
  liveVenueClosed(name: string): void;
  /** Number of a cell's latest execution: what an earlier one has shown is replaced by then. */
  executionOf(cellId: string): number | undefined;
  /** Whether outputs reach a page that paints updates later on; false where a notebook is run into a file. */
  readonly isWatched: boolean;
  /** Aborted when the running cell is interrupted; `undefined` outside cells. */
  readonly signal: AbortSignal | undefined;
  /** Shows a MIME bundle under the running cell. */
  display(bundle: MimeBundle | Promise<MimeBundle>, options?: SendOptions): void;
}

const HOST: unique symbol = Symbol.for("tesserlab.host") as never;

/** The running kernel, if any. */
export function currentHost(): Host | undefined {
  return (globalThis as { [HOST]?: Host })[HOST];
}

/** Makes a kernel the running one, or none. */
export function setHost(host: Host | undefined): void {
  if (host === undefined) delete (globalThis as { [HOST]?: Host })[HOST];
  else (globalThis as { [HOST]?: Host })[HOST] = host;
}

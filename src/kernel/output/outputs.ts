import type { MimeBundle } from "../../display/index.js";

/** What a cell writes, as the Jupyter protocol names it. */
export type Output =
  | { readonly type: "stream"; readonly name: "stdout" | "stderr"; readonly text: string }
  | { readonly type: "display_data" | "update_display_data"; readonly data: MimeBundle; readonly displayId?: string }
  | { readonly type: "execute_result"; readonly data: MimeBundle; readonly executionCount: number }
  | { readonly type: "clear_output"; readonly wait: boolean }
  | { readonly type: "error"; readonly error: CellError };

/** A failure as front ends show it. */
export interface CellError {
  readonly ename: string;
  readonly evalue: string;
  /** Lines of text: message, frame of the user's code, stack, causes. */
  readonly traceback: readonly string[];
}

/**
 * Receives outputs in the order they were written, each with the id of the cell it belongs to and the `request` its execution was asked
 * for with, also after that execution has ended.
 */
export type OutputSink = (cellId: string, output: Output, request: number) => void;

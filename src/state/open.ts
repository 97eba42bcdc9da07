import { openToRead } from "./database.js";
import { SessionView } from "./session-view.js";
import { TesserView } from "./tesser-view.js";

/** A look into a state file of ours or of Tesser's: `format` says which. */
export type StateView = SessionView | TesserView;

/** Where sessions write unless told otherwise, relative to the working directory. */
export const DEFAULT_STATE_PATH = "reports/live_state.db";

/**
 * Opens a state file to look at, also while a session writes to it. Nothing is ever changed in it.
 * @example openState("reports/live_state.db").positions()
 * @throws LabError `STATE_MISSING` with the nearest file, `STATE_NOT_SQLITE`, `STATE_EMPTY`, `STATE_FOREIGN` for another program's database, `STATE_NEWER`,
 *   `STATE_CORRUPT`, `STATE_PAYLOAD` for a malformed Tesser payload.
 */
export function openState(path: string = DEFAULT_STATE_PATH): StateView {
  const { db, format } = openToRead(path);
  const view = format === "tesser" ? new TesserView(path, db) : new SessionView(path, db);
  try {
    if (view.format === "tesser") view.positions();
    return view;
  } catch (error) {
    view.close();
    throw error;
  }
}

import { openState } from "../state/index.js";

/** What sessions left behind. `state.open("reports/live_state.db").positions()` reads a state file of ours or of Tesser's, also while a session writes to it. */
export const state: { readonly open: typeof openState } = Object.freeze({ open: openState });

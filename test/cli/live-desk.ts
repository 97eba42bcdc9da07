import { join } from "node:path";
import { openState, type SessionView } from "../../src/state/index.js";
import { type Ended, tesserlab } from "./tesserlab.js";

/** `tesserlab live run` in a folder of its own, with sessions of its own. */
export interface LiveDesk {
  readonly folder: string;
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
  /** The settings that the session in `state.db` has stored. */
  settings(): Record<string, unknown>;
}

/** @param always - arguments of every run. */
export function liveDesk(folder: string, always: readonly string[]): LiveDesk {
  return {
    folder,
    run: (args, env = {}) =>
      tesserlab(["live", "run", "--metrics-addr", "127.0.0.1:0", ...always, ...args], {
        cwd: folder,
        env: { TESSERLAB__SESSIONS_DIR: join(folder, "sessions"), ...env },
      }),
    settings: () => {
      const view = openState(join(folder, "state.db")) as SessionView;
      try {
        return view.record.settings as Record<string, unknown>;
      } finally {
        view.close();
      }
    },
  };
}

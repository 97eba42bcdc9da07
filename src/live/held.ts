import { resolve } from "node:path";
import { timeText } from "../core/index.js";
import { LabError } from "../errors/index.js";
import { checkLog } from "./observe/log-file.js";
import { runningSessions } from "./process/registry.js";

/** What stands for a session's id in the path of its log. */
const ID = "{session}";

/**
 * The log of a session: a file of its own.
 * @param asked - as it was asked for; `{session}` in it stands for the session's id.
 * @throws LabError `LOG_HELD` naming the running session whose log it is, `LOG_UNUSABLE` for one that cannot be written.
 */
export function logPathOf(asked: string, id: string): string {
  const path = resolve(asked.replaceAll(ID, id));
  const holder = runningSessions().find(({ log }) => log === path);
  if (holder !== undefined)
    throw new LabError(
      "LOG_HELD",
      `${path} is the log of session ${holder.id} (process ${holder.pid}): give this one another, such as ./logs/${ID}.json, in which ${ID} stands for its id.`,
      { details: { path, session: holder.id } },
    );
  checkLog(path);
  return path;
}

/**
 * Refuses a session what a running one holds for itself alone: its state file, and the symbols of an account.
 * @throws LabError `STATE_LOCKED`, `SESSION_HELD` naming the session.
 */
export function refuseHeld(statePath: string, holds: readonly string[]): void {
  for (const { id, pid, started, statePath: path, holds: theirs = [] } of runningSessions()) {
    const held = theirs.find((one) => holds.includes(one));
    if (held !== undefined)
      throw new LabError(
        "SESSION_HELD",
        `${held} is traded by session ${id} (process ${pid}) already: live.attach("${id}") reaches it; stop it before starting another.`,
        { details: { session: id, held } },
      );
    if (path === statePath)
      throw new LabError(
        "STATE_LOCKED",
        `${path} is in use by session ${id} (process ${pid}, since ${timeText(started)}). Stop it, or give another statePath.`,
        { details: { path, session: id, pid } },
      );
  }
}

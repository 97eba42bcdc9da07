import { resolve } from "node:path";
import { LabError } from "../errors/index.js";
import { runningSessions } from "./process/registry.js";

/** What stands for a session's id in the path of its log. */
const ID = "{session}";

/**
 * The log of a session: a file of its own.
 * @param asked - as it was asked for; `{session}` in it stands for the session's id.
 * @throws LabError `LOG_HELD` naming the running session whose log it is.
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
  return path;
}

import { homedir } from "node:os";
import { join } from "node:path";

/** Where programs of this user keep their data, by the custom of the system. */
function userData(): string {
  const { XDG_DATA_HOME, APPDATA } = process.env;
  if (process.platform === "win32") return APPDATA ?? join(homedir(), "AppData", "Roaming");
  if (process.platform === "darwin") return join(homedir(), "Library", "Application Support");
  return XDG_DATA_HOME || join(homedir(), ".local", "share");
}

/** File of the history of executed cells; `TESSERLAB__HISTORY` names another, `:memory:` keeps none. */
export function historyFile(): string {
  return process.env.TESSERLAB__HISTORY || join(userData(), "tesserlab", "history.sqlite");
}

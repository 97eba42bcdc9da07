import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { type EpochMs, processIsAlive } from "../../core/index.js";
import { LabError, suggest } from "../../errors/index.js";
import { stableJson } from "../../state/index.js";

/** A session that runs in a process of its own, as anyone of this user can find it. */
export interface RunningSession {
  readonly id: string;
  readonly pid: number;
  /** Port on loopback and the token that opens it. */
  readonly port: number;
  readonly token: string;
  readonly strategy: string;
  readonly venue: string;
  readonly statePath: string;
  /** Wall time. */
  readonly started: EpochMs;
  /** Address of its metrics, where it serves them. */
  readonly metrics?: string;
  /** Its log, where it writes one. */
  readonly log?: string;
  /** What it holds for itself alone: an account's symbols. */
  readonly holds?: readonly string[];
}

/** Where programs of this user keep their data, by the custom of the system. */
function userData(): string {
  const { XDG_DATA_HOME, APPDATA } = process.env;
  if (process.platform === "win32") return APPDATA ?? join(homedir(), "AppData", "Roaming");
  if (process.platform === "darwin") return join(homedir(), "Library", "Application Support");
  return XDG_DATA_HOME || join(homedir(), ".local", "share");
}

/** The folder of running sessions, for this user alone; `TESSERLAB__SESSIONS_DIR` names another. */
function sessionsFolder(): string {
  const folder = process.env.TESSERLAB__SESSIONS_DIR || join(userData(), "tesserlab", "sessions");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (process.platform !== "win32") chmodSync(folder, 0o700);
  return folder;
}

const fileOf = (id: string): string => join(sessionsFolder(), `${id}.json`);

/** File of what a session's process prints. */
export function outputOf(id: string): string {
  return join(sessionsFolder(), `${id}.out`);
}

/** Enters a session; whole or not at all. */
export function enterSession(session: RunningSession): void {
  const path = fileOf(session.id);
  writeFileSync(`${path}.part`, `${stableJson(session)}\n`, { mode: 0o600 });
  renameSync(`${path}.part`, path);
}

/** Takes a session out, with what it printed if that is nothing. */
export function leaveSession(id: string): void {
  const output = outputOf(id);
  if (existsSync(output) && readFileSync(output).length === 0) rmSync(output, { force: true });
  rmSync(fileOf(id), { force: true });
}

/** Sessions whose process is alive, the newest first; those of dead processes are taken out. */
export function runningSessions(): readonly RunningSession[] {
  const folder = sessionsFolder();
  const found: RunningSession[] = [];
  for (const name of readdirSync(folder)) {
    if (!name.endsWith(".json")) continue;
    const session = read(join(folder, name));
    if (session === undefined) continue;
    if (processIsAlive(session.pid)) found.push(session);
    else leaveSession(session.id);
  }
  return found.sort((a, b) => b.started - a.started);
}

function read(path: string): RunningSession | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as RunningSession;
  } catch {
    // It ended between the listing and the reading.
    return undefined;
  }
}

/** A running session by its id. @throws LabError `SESSION_UNKNOWN` with the nearest id. */
export function findSession(id: string): RunningSession {
  const sessions = runningSessions();
  const found = sessions.find((session) => session.id === id);
  if (found !== undefined) return found;
  const ids = sessions.map((session) => session.id);
  const near = suggest(id, ids);
  throw new LabError(
    "SESSION_UNKNOWN",
    `No session ${id} is running.${near === undefined ? "" : ` Did you mean ${near}?`} Running: ${ids.join(", ") || "none"}. One that has ended is read with state.open(path), or tesserlab state inspect FILE.`,
    { details: { id, running: ids, suggestion: near } },
  );
}

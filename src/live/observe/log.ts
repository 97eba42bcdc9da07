import { closeSync, lstatSync, rmSync, writeSync } from "node:fs";
import type { Clock } from "../../core/index.js";
import { stableJson } from "../../state/index.js";
import { endsTorn, openLog } from "./log-file.js";

/** Levels of log lines, the least first. */
export const LOG_LEVELS = ["debug", "info", "warning", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Where a session's log goes. */
export interface LogOptions {
  /** File to append to, a JSON object a line; none unless given. */
  readonly path?: string;
  /** The least level that is written. */
  readonly level?: LogLevel;
  readonly clock: Clock;
  /** Stands in every line. */
  readonly session: string;
}

/** A structured log: one JSON object a line, with time, level, session, code and message. A log that cannot be written is said once and never stops a session. */
export class SessionLog {
  readonly #options: LogOptions;
  readonly #least: number;
  #file: number | undefined;
  #failed = false;
  /** The newest line was written in part. */
  #isTorn = false;

  /** @throws LabError `LOG_UNUSABLE`. */
  constructor(options: LogOptions) {
    this.#options = options;
    this.#least = LOG_LEVELS.indexOf(options.level ?? "info");
    if (options.path === undefined) return;
    this.#file = openLog(options.path);
    this.#isTorn = endsTorn(options.path);
  }

  /** Whether lines of a level are written: what is only made for them need not be made. */
  has(level: LogLevel): boolean {
    return this.#file !== undefined && LOG_LEVELS.indexOf(level) >= this.#least;
  }

  write(level: LogLevel, code: string, message: string, details: Readonly<Record<string, unknown>> = {}): void {
    if (this.#file === undefined || !this.has(level)) return;
    const { clock, session } = this.#options;
    const line = { ...details, time: new Date(clock.now()).toISOString(), level, session, code, message };
    try {
      const bytes = Buffer.from(`${this.#isTorn ? "\n" : ""}${stableJson(line)}\n`);
      this.#isTorn = writeSync(this.#file, bytes) < bytes.length;
    } catch (error) {
      if (!this.#failed) process.emitWarning(`The log of session ${session} cannot be written: ${String(error)}`);
      this.#failed = true;
    }
  }

  /** Closes the log; one in which nobody has ever written anything leaves no file. What is no file of its own, such as a device or a link, stays. */
  close(): void {
    if (this.#file === undefined) return;
    closeSync(this.#file);
    this.#file = undefined;
    const left = lstatSync(this.#options.path!, { throwIfNoEntry: false });
    if (left?.isFile() === true && left.size === 0) rmSync(this.#options.path!, { force: true });
  }
}

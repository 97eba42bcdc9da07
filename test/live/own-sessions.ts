import { onTestFinished } from "vitest";
import { scratch } from "../state/samples.js";

/** Gives one test a folder of running sessions for itself. @returns the folder. */
export function ownSessions(): string {
  const folder = scratch();
  const before = process.env.TESSERLAB__SESSIONS_DIR;
  process.env.TESSERLAB__SESSIONS_DIR = folder;
  onTestFinished(() => {
    process.env.TESSERLAB__SESSIONS_DIR = before;
  });
  return folder;
}

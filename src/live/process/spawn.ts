import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, openSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { LabError } from "../../errors/index.js";
import { fromWire, type WireError } from "../failure.js";
import type { SessionSpec } from "../spec.js";
import { ProcessLink } from "./link.js";
import { leaveSession, outputOf, type RunningSession } from "./registry.js";

/** What the starter sends a session's process. */
export interface ToSession {
  readonly spec: SessionSpec;
  readonly token: string;
}

/** What it answers, once. */
export type FromSession =
  | { readonly kind: "ready"; readonly session: RunningSession }
  | { readonly kind: "refused"; readonly error: WireError };

/**
 * Starts a session in a process of its own, in a session (of the operating system) of its own: an interrupt at the keyboard, a kernel that is killed or runs out of
 * memory does not reach it.
 * @throws LabError what starting it throws there, `SESSION_LOST` when the process ends before it is ready.
 */
export async function spawnSession(spec: SessionSpec): Promise<ProcessLink> {
  const token = randomBytes(32).toString("hex");
  const output = outputOf(spec.id);
  const file = openSync(output, "a", 0o600);
  const child = spawn(process.execPath, [entryFile()], {
    detached: true,
    stdio: ["ignore", file, file, "ipc"],
    serialization: "advanced",
  });
  closeSync(file);
  const first = await new Promise<FromSession>((resolve, reject) => {
    child.once("message", (message) => resolve(message as FromSession));
    child.once("error", reject);
    child.once("exit", (code, signal) =>
      reject(
        new LabError(
          "SESSION_LOST",
          `The process of session ${spec.id} ended before it was ready (${signal ?? `exit code ${code}`}): ${printed(output)}`,
        ),
      ),
    );
    child.send({ spec, token } satisfies ToSession);
  });
  child.removeAllListeners();
  if (first.kind === "refused") {
    leaveSession(spec.id);
    throw fromWire(first.error);
  }
  try {
    return await ProcessLink.open(first.session);
  } finally {
    if (child.connected) child.disconnect();
    child.unref();
  }
}

function printed(path: string): string {
  const text = readFileSync(path, "utf8").trim();
  return text === "" ? "it printed nothing." : text.slice(-1000);
}

/** A process starts from JavaScript only: when this very file runs from its TypeScript source, as under a test runner, the entry is the built one. */
function entryFile(): string {
  const file = import.meta.url.endsWith(".ts") ? "../../../dist/cli/session.js" : "../../cli/session.js";
  return fileURLToPath(new URL(file, import.meta.url));
}

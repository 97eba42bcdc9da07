import { spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

export const ROOT: string = fileURLToPath(new URL("../../", import.meta.url));

/** How a command of the built command line ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command line (`npm run build` first, as `npm test` does) in a process of its own, of this checkout unless told. */
export async function tesserlab(
  args: readonly string[],
  options: { root?: string; cwd?: string; env?: Readonly<Record<string, string>> } = {},
): Promise<Ended> {
  const { root = ROOT, cwd = root } = options;
  const child = spawn(process.execPath, [join(root, "dist", "cli", "main.js"), ...args], {
    cwd,
    env: { ...process.env, NO_COLOR: "1", ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const closed = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return { code, stdout, stderr };
}

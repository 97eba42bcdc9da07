import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CellNames, CellResult, Output } from "../../src/kernel/index.js";

export type CellInput =
  | string
  | { source: string; id?: string; timeoutMs?: number; interruptAfterMs?: number; before?: Record<string, string> };

export interface Session {
  results: CellResult[];
  outputs: (Output & { cell: string })[];
  declarations: Record<string, CellNames>;
  /** What a cell printed on a stream, in one piece. */
  text(number: number, name?: "stdout" | "stderr"): string;
  /** `text/plain` of a cell's result. */
  result(number: number): unknown;
  /** Message of the error a cell ended with. */
  error(number: number): string | undefined;
}

/** The packages cells import, seen from a temporary folder. */
export const PACKAGES: string = fileURLToPath(new URL("../../node_modules", import.meta.url));

export function folderWith(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), "tesserlab-kernel-"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** Executes cells in a fresh process on the built executor (`npm run build` first, as `npm test` does). */
export async function runCells(cells: CellInput[], options: { folder?: string; lab?: string; settleMs?: number } = {}): Promise<Session> {
  const folder = options.folder ?? folderWith({});
  const child = spawn(process.execPath, [fileURLToPath(new URL("driver.mjs", import.meta.url))], { stdio: ["pipe", "pipe", "pipe"] });
  const collect = async (stream: NodeJS.ReadableStream): Promise<string> => {
    const parts: Buffer[] = [];
    for await (const part of stream) parts.push(part as Buffer);
    return Buffer.concat(parts).toString();
  };
  child.stdin.end(JSON.stringify({ ...options, folder, cells }));
  const [stdout, stderr] = await Promise.all([collect(child.stdout), collect(child.stderr)]);
  let session: Pick<Session, "results" | "outputs" | "declarations">;
  try {
    session = JSON.parse(stdout);
  } catch {
    throw new Error(`The driver failed:\n${stdout.slice(0, 2000)}\n${stderr}`);
  }
  if (stderr !== "") throw new Error(`The driver wrote to the terminal:\n${stderr}`);
  const of = (number: number) => session.outputs.filter(({ cell }) => cell === session.results[number - 1]?.id);
  return {
    ...session,
    text: (number, name = "stdout") =>
      of(number)
        .map((output) => (output.type === "stream" && output.name === name ? output.text : ""))
        .join(""),
    result: (number) => of(number).flatMap((output) => (output.type === "execute_result" ? [output.data["text/plain"]] : []))[0],
    error: (number) => session.results[number - 1]?.error?.evalue,
  };
}

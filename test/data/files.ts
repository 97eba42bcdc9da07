import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";
import { type LoadedCandles, type LoadOptions, loadCandles } from "../../src/data/index.js";
import { LabError } from "../../src/errors/index.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** The folder of real candles; tests that need it are skipped where it is missing. */
export const REAL_DATA: string = resolve(root, process.env.TESSERLAB__DATA_DIR ?? "../shared/data");
export const HAS_REAL_DATA: boolean = existsSync(REAL_DATA);

const folder = mkdtempSync(join(tmpdir(), "tesserlab-data-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

/** Writes a file into a folder of this test run and returns its path. */
export function file(content: string | Uint8Array, name = "candles.csv"): string {
  const path = join(folder, `${files++}-${name}`);
  writeFileSync(path, content);
  return path;
}

export function tempPath(name: string): string {
  return join(folder, `${files++}-${name}`);
}

export function load(content: string | Uint8Array, options: LoadOptions = {}, name?: string): Promise<LoadedCandles> {
  return loadCandles(file(content, name), { symbol: "BTCUSDT", ...options });
}

/** The LabError that a promise must fail with. */
export async function failure(promise: Promise<unknown>): Promise<LabError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof LabError) return error;
    throw error;
  }
  throw new Error("it did not fail");
}

export const HEADER = "timestamp,open,high,low,close,volume";

/** Rows of one-minute candles from 2024-01-01, all alike but for their time. */
export function minutes(...indices: number[]): string[] {
  return indices.map((i) => `${1_704_067_200_000 + i * 60_000},10.0,12.5,9.5,11.0,3.25`);
}

export function csv(...rows: string[]): string {
  return `${[HEADER, ...rows].join("\n")}\n`;
}

import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const FOLDER = resolve(import.meta.dirname, "../../..", process.env.TESSERLAB__DATA_DIR ?? "../shared/data", "bybit");

/** Why tests of recorded messages are skipped, or "". */
export const MISSING: string = existsSync(FOLDER)
  ? ""
  : ` (skipped: no recorded messages in ${process.env.TESSERLAB__DATA_DIR ?? "../shared/data"}/bybit)`;

export interface Recorded {
  readonly name: string;
  readonly kind?: string;
  readonly path?: string;
  // biome-ignore lint/suspicious/noExplicitAny: JSON as recorded
  readonly message?: any;
  // biome-ignore lint/suspicious/noExplicitAny: JSON as recorded
  readonly httpResponse?: any;
  // biome-ignore lint/suspicious/noExplicitAny: what ccxt made of it
  readonly ccxtParsed?: any;
}

function read(file: string): string {
  return MISSING === "" ? readFileSync(join(FOLDER, file), "utf8") : "";
}

function cases(file: string): readonly Recorded[] {
  return MISSING === "" ? (JSON.parse(read(file)) as { cases: Recorded[] }).cases : [];
}

/** Messages of streams. */
export const FRAMES: readonly Recorded[] = cases("ws_cases.json");
/** Answers of REST. */
export const RESPONSES: readonly Recorded[] = cases("response_cases.json");

/** A recorded case by the beginning of its name. */
export function recorded(list: readonly Recorded[], name: string): Recorded {
  const found = list.find((one) => one.name.startsWith(name));
  if (found === undefined) throw new Error(`no recorded case ${name}`);
  return found;
}

/** The order-book capture, message by message. */
export function capturedBook(): readonly unknown[] {
  return read("orderbook_xrpusdt_ob500.jsonl")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as unknown);
}

/** The exchange's own texts of its codes. */
export function errorTexts(): Readonly<Record<string, { docs?: { text: string }[]; ccxt?: string; nautilusAmbiguousForOrders?: boolean }>> {
  return MISSING === "" ? (JSON.parse(read("error_codes.json")) as { codes: never }).codes : {};
}

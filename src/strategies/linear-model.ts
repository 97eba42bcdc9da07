import { readFileSync } from "node:fs";
import { getStaticTOMLValue, parseTOML } from "toml-eslint-parser";
import { LabError } from "../errors/index.js";

/** A linear model of returns: what an artifact's file holds. */
export interface LinearModel {
  readonly bias: number;
  /** One weight a return, the oldest first. */
  readonly weights: readonly number[];
}

/** A return whose base is below this counts as none, as in Tesser. */
const NO_PRICE = 2.2e-16;

/** The return between two prices. */
export function returnOf(from: number, to: number): number {
  return Math.abs(from) < NO_PRICE ? 0 : (to - from) / from;
}

/** Weights times returns, added from the oldest, plus the bias: Tesser's score, a raw logit. */
export function scoreOf(model: LinearModel, returns: ArrayLike<number>): number {
  let score = 0;
  for (let i = 0; i < model.weights.length; i++) score += model.weights[i]! * returns[i]!;
  return score + model.bias;
}

/** An artifact as a file: Tesser's keys, each number in its shortest exact text. */
export function modelText({ bias, weights }: LinearModel): string {
  const literal = (value: number): string => (/[.e]/.test(String(value)) ? String(value) : `${value}.0`);
  return `bias = ${literal(bias)}\nweights = [\n${weights.map((weight) => `    ${literal(weight)},\n`).join("")}]\n`;
}

/**
 * Reads an artifact.
 * @throws LabError `MODEL_NOT_FOUND`, `MODEL_INVALID` for what is no TOML, lacks `bias` or `weights`, or has something else than numbers there.
 */
export function readModel(path: string): LinearModel {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new LabError("MODEL_NOT_FOUND", `Cannot read the model '${path}'; trainClassifier writes one.`, { details: { path }, cause });
  }
  return parseModel(text, path);
}

/** The same from a text. */
export function parseModel(text: string, path: string): LinearModel {
  const invalid = (problem: string, cause?: unknown): LabError =>
    new LabError("MODEL_INVALID", `The model '${path}' ${problem}.`, { details: { path }, ...(cause === undefined ? {} : { cause }) });
  let table: Readonly<Record<string, unknown>>;
  try {
    table = getStaticTOMLValue(parseTOML(text)) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    throw invalid("is no TOML", cause);
  }
  const number = (value: unknown, name: string): number => {
    const plain = typeof value === "bigint" ? Number(value) : value;
    if (typeof plain !== "number" || !Number.isFinite(plain)) throw invalid(`needs a finite number as ${name}, got ${String(value)}`);
    return plain;
  };
  const { bias, weights } = table;
  if (!Array.isArray(weights) || weights.length === 0) throw invalid("must contain at least one weight, as weights = [0.1, -0.2]");
  return Object.freeze({
    bias: number(bias, "bias"),
    weights: Object.freeze(weights.map((weight: unknown, i) => number(weight, `weight ${i + 1}`))),
  });
}

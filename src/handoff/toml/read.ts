import { type AST, ParseError, parseTOML } from "toml-eslint-parser";
import { LabError } from "../../errors/index.js";

/** A place in a file, both counted from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/**
 * Parses TOML 1.0, the version Tesser reads, keeping the source text and range of every value.
 * @throws LabError `TOML_SYNTAX` with file, line, column and the line itself.
 */
export function parseToml(text: string, file: string): AST.TOMLTopLevelTable {
  try {
    return parseTOML(text, { tomlVersion: "1.0" }).body[0];
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    const place = placeOfError(text, error);
    const line = text.split(/\r?\n/)[place.line - 1] ?? "";
    const frame = `\n\n  ${line}\n  ${" ".repeat(place.column - 1)}^`;
    throw new LabError("TOML_SYNTAX", `${located(file, place)}: ${error.message}. ${advice(error.message)}${frame}`, {
      details: { file, ...place },
      cause: error,
    });
  }
}

/** `file:line:column`, which editors and terminals open. */
export function located(file: string, place: Place): string {
  return `${file}:${place.line}:${place.column}`;
}

/** The parser notices a missing value only at the next line: it is missing on the line before. */
function placeOfError(text: string, { index, message }: ParseError): Place {
  const before = text.slice(0, index);
  const lines = (message.startsWith("Unspecified values") ? before.trimEnd() : before).split("\n");
  return { line: lines.length, column: lines.at(-1)!.length + 1 };
}

/** What to do about a syntax error, by the parser's message. */
function advice(message: string): string {
  if (message.includes("multiple times")) return "Keep one of the two.";
  if (message.includes("Unterminated")) return "Close the quote or bracket on the same line.";
  return "Text stands in quotes, a decimal has digits on both sides of its point (0.5), and every line is key = value, [table] or # comment.";
}

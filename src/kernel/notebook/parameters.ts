import { randomUUID } from "node:crypto";
import { parseSync } from "oxc-parser";
import { LabError, unknownName } from "../../errors/index.js";
import { lexicalNames, varNames } from "../compile/scope.js";
import { type CodeCell, type Notebook, tagsOf } from "./nbformat.js";

/** Values by name, as given on a command line (text) or by a program (any JSON value). */
export type Parameters = Readonly<Record<string, unknown>>;

/**
 * A copy of the notebook with a cell that sets parameters, as papermill does: after the cell tagged `parameters`, replacing an earlier
 * `injected-parameters` cell, or at the top where no cell is tagged. Text that parses as JSON is taken as JSON.
 * @throws LabError `PARAMETER_UNKNOWN` for a name the parameters cell does not declare, `PARAMETER_INVALID` for one that is no identifier.
 */
export function injectParameters(notebook: Notebook, parameters: Parameters): Notebook {
  const cells = notebook.cells.filter((cell) => !tagsOf(cell).includes("injected-parameters"));
  if (Object.keys(parameters).length === 0) return { ...notebook, cells: [...notebook.cells] };
  const at = cells.findIndex((cell) => cell.cell_type === "code" && tagsOf(cell).includes("parameters"));
  const known = at < 0 ? undefined : declaredNames(cells[at]!.source);
  for (const name of Object.keys(parameters)) {
    if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name))
      throw new LabError("PARAMETER_INVALID", `'${name}' cannot name a parameter: it must be a TypeScript identifier.`, {
        details: { name },
      });
    if (known !== undefined && !known.includes(name)) throw unknownName("PARAMETER_UNKNOWN", "parameter", name, known);
  }
  const injected: CodeCell = {
    cell_type: "code",
    id: randomUUID().slice(0, 8),
    metadata: { tags: ["injected-parameters"] },
    execution_count: null,
    outputs: [],
    source: ["// Parameters", ...Object.entries(parameters).map(([name, value]) => `let ${name} = ${literal(value)};`)].join("\n"),
  };
  return { ...notebook, cells: cells.toSpliced(at + 1, 0, injected) };
}

function declaredNames(source: string): string[] {
  const { program } = parseSync("parameters.ts", source, { lang: "ts", sourceType: "module" });
  return [...new Set([...lexicalNames(program.body), ...varNames(program)])];
}

/** `64000` and `{"a":1}` are JSON; `BTCUSDT` is not, so it is text. Digits a double cannot hold stay text: no number changes silently. */
function literal(value: unknown): string {
  if (typeof value !== "string") return JSON.stringify(value) ?? "undefined";
  try {
    const parsed: unknown = JSON.parse(value);
    if (typeof parsed === "number" && !isExact(value)) return JSON.stringify(value);
    return JSON.stringify(parsed);
  } catch {
    return JSON.stringify(value);
  }
}

/** Whether a number survives being read as a double: 17 significant digits or more may not. */
function isExact(text: string): boolean {
  return text.replace(/e.*$/i, "").replaceAll(/[^\d]/g, "").replace(/^0+/, "").length <= 15;
}

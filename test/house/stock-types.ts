import { createRequire } from "node:module";
import { join, relative, sep } from "node:path";
import type * as TypeScript from "@tslab/typescript-for-tslab";

const require = createRequire(import.meta.url);

/** TypeScript 5.0, which type-checks the cells of stock tslab; it is tslab's dependency, not ours. */
const ts = createRequire(require.resolve("tslab"))("@tslab/typescript-for-tslab") as typeof TypeScript;

/** tslab's own options (tslab/dist/converter.js, createConverter), but for skipLibCheck, without which a broken declaration is silence. */
const CELL_OPTIONS: TypeScript.CompilerOptions = {
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Node10,
  esModuleInterop: true,
  target: ts.ScriptTarget.ES2022,
  lib: ["lib.es2022.d.ts"],
  experimentalDecorators: true,
  resolveJsonModule: true,
  skipLibCheck: false,
  noEmit: true,
};

const text = ({ file, start, messageText }: TypeScript.Diagnostic): string => {
  const line = file === undefined || start === undefined ? "" : `:${file.getLineAndCharacterOfPosition(start).line + 1}`;
  return `${file?.fileName.split("/").slice(-2).join("/") ?? ""}${line} ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
};

export interface Verdict {
  /** Complaints about the cell. */
  cell: string[];
  /** Complaints about our declarations that the cell reaches. */
  declarations: string[];
  /** Those declarations, relative to dist. */
  read: string[];
}

/** What stock TypeScript 5.0 says of a cell in the notebooks folder of a copy of the package. The cell's file need not exist. */
export function checkCell(copy: string, cell: string): Verdict {
  const notebooks = join(copy, "notebooks");
  const name = join(notebooks, "cell.ts");
  const host = ts.createCompilerHost(CELL_OPTIONS);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (file) => file === name || fileExists(file);
  host.getSourceFile = (file, target, ...rest) =>
    file === name ? ts.createSourceFile(file, cell, target) : getSourceFile(file, target, ...rest);
  host.getCurrentDirectory = () => notebooks;
  const program = ts.createProgram([name], CELL_OPTIONS, host);
  const dist = join(copy, "dist");
  const ours = program.getSourceFiles().filter(({ fileName }) => !relative(dist, fileName).startsWith(".."));
  return {
    cell: messages(program, name),
    declarations: ours.flatMap(({ fileName }) => messages(program, fileName)),
    read: ours.map(({ fileName }) => relative(dist, fileName).split(sep).join("/")),
  };
}

function messages(program: TypeScript.Program, fileName: string): string[] {
  const file = program.getSourceFile(fileName);
  return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(text);
}

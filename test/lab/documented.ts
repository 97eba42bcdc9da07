import { createRequire } from "node:module";
import type * as TypeScript from "@tslab/typescript-for-tslab";

const require = createRequire(import.meta.url);

/** TypeScript 5.0 with its compiler's API, as stock tslab carries it: what our own compiler, a program, does not offer. */
const ts = createRequire(require.resolve("tslab"))("@tslab/typescript-for-tslab") as typeof TypeScript;

/** The exports of a declaration file, and what their comments say. */
export interface Declarations {
  readonly names: readonly string[];
  /** Whether a name is a whole module, as `charts`. */
  isNamespace(name: string): boolean;
  /** Names of the functions in a helper such as `data` or `charts`; none for one that is a function or a class itself. */
  functionsOf(name: string): readonly string[];
  /** The comment on `name` or `name.member`, or on the function that it is. */
  documentation(name: string): string;
  /** Names of the tags of that comment. */
  tags(name: string): readonly string[];
}

/** Reads a declaration file, from disk or as given. */
export function readTypes(path: string, source?: string): Declarations {
  const options: TypeScript.CompilerOptions = {
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    module: ts.ModuleKind.NodeNext,
    skipLibCheck: true,
  };
  const host = ts.createCompilerHost(options);
  if (source !== undefined) {
    const { getSourceFile, fileExists } = host;
    host.fileExists = (file) => file === path || fileExists(file);
    host.getSourceFile = (file, target, ...rest) =>
      file === path ? ts.createSourceFile(file, source, target) : getSourceFile(file, target, ...rest);
  }
  const program = ts.createProgram([path], options, host);
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(path)!;
  const exported = new Map(checker.getExportsOfModule(checker.getSymbolAtLocation(file)!).map((symbol) => [symbol.name, symbol]));

  const original = (symbol: TypeScript.Symbol): TypeScript.Symbol =>
    symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const isValue = (symbol: TypeScript.Symbol): boolean => (original(symbol).flags & ts.SymbolFlags.Value) !== 0;
  const isNamespace = (symbol: TypeScript.Symbol): boolean => (original(symbol).flags & ts.SymbolFlags.ValueModule) !== 0;
  const typeOf = (symbol: TypeScript.Symbol): TypeScript.Type => checker.getTypeOfSymbolAtLocation(original(symbol), file);
  const isClass = (symbol: TypeScript.Symbol): boolean => (original(symbol).flags & ts.SymbolFlags.Class) !== 0;
  const callable = (symbol: TypeScript.Symbol): boolean => !isClass(symbol) && typeOf(symbol).getCallSignatures().length > 0;

  const membersOf = (symbol: TypeScript.Symbol): TypeScript.Symbol[] => {
    if (isNamespace(symbol)) return checker.getExportsOfModule(original(symbol)).filter((member) => isValue(member) && callable(member));
    if (isClass(symbol) || callable(symbol)) return [];
    return typeOf(symbol)
      .getProperties()
      .filter((member) => isValue(member) && callable(member) && isOurs(member));
  };
  const isOurs = (symbol: TypeScript.Symbol): boolean =>
    !(symbol.declarations ?? []).some((d) => program.isSourceFileDefaultLibrary(d.getSourceFile()));

  const find = (name: string): TypeScript.Symbol => {
    const [head = "", member] = name.split(".");
    const symbol = exported.get(head)!;
    return member === undefined ? symbol : membersOf(symbol).find((one) => one.name === member)!;
  };
  const comment = (symbol: TypeScript.Symbol): string =>
    [
      original(symbol).getDocumentationComment(checker),
      ...(isNamespace(symbol) || isClass(symbol)
        ? []
        : typeOf(symbol)
            .getCallSignatures()
            .map((signature) => signature.getDocumentationComment(checker))),
    ]
      .map((parts) => ts.displayPartsToString(parts))
      .join("");

  return {
    names: [...exported.values()]
      .filter(isValue)
      .map(({ name }) => name)
      .sort(),
    isNamespace: (name) => isNamespace(find(name)),
    functionsOf: (name) => membersOf(find(name)).map((member) => member.name),
    documentation: (name) => comment(find(name)),
    tags: (name) =>
      original(find(name))
        .getJsDocTags(checker)
        .map((tag) => tag.name),
  };
}

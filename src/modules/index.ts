export { type Closure, localClosure } from "./closure.js";
export { type LoadedModule, loadModule } from "./load-module.js";
export { type Importer, importerFrom, registerLoader } from "./loader.js";
export { isLocalSpecifier, isTypeScript, resolveLocal } from "./local-files.js";
export { codeFrame, SourceError, type SourcePosition } from "./source-error.js";
export { isStamped, unstamped } from "./stamp.js";
export { findSyntaxError } from "./syntax-check.js";
export { type ImportPolicy, type Transpiled, transpile } from "./transpile.js";

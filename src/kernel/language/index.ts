export type { Completions, CompletionType } from "./completion.js";
export type { TypeProblem } from "./diagnostics.js";
export { LanguageService, type LanguageServiceOptions } from "./service.js";

export { type CellResult, KeyboardInterrupt } from "./cell.js";
export type { CellImport } from "./compile/imports.js";
export { type ExecuteOptions, Executor, type ExecutorOptions } from "./executor.js";
export { type CellNames, currentHost, type Host, type TypeMode } from "./host.js";
export { type FoundKernelspec, findKernelspecs, type Installed, installKernel, KERNEL_NAME, uninstallKernel } from "./install/install.js";
export { type InstallPlace, searchedFolders } from "./install/jupyter-folders.js";
export { runKernel } from "./install/run-kernel.js";
export {
  type Completions,
  type CompletionType,
  LanguageService,
  type LanguageServiceOptions,
  type TypeProblem,
} from "./language/index.js";
export { OutputCollector } from "./notebook/collect-outputs.js";
export {
  type CodeCell,
  KERNEL_METADATA,
  type Notebook,
  type NotebookBundle,
  type NotebookCell,
  type NotebookOutput,
  type TextCell,
} from "./notebook/nbformat.js";
export { injectParameters, type Parameters } from "./notebook/parameters.js";
export { parseNotebook, readNotebook } from "./notebook/read-notebook.js";
export { notebookText, writeNotebook } from "./notebook/write-notebook.js";
export type { Display, DisplayOptions, Format, MimeDisplay, SendOptions } from "./output/display.js";
export type { CellError, Output, OutputSink } from "./output/outputs.js";
export { type HtmlReportOptions, htmlReport, writeHtmlReport } from "./report/write-report.js";
export type { RunEvent } from "./run/progress.js";
export { type FailedCell, type RunNotebookOptions, type RunNotebookResult, runNotebook } from "./run/run-notebook.js";
export { type ProgressStream, terminalProgress } from "./run/terminal-progress.js";

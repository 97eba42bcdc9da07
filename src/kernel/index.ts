export { KeyboardInterrupt } from "./cell.js";
export type { CellImport } from "./compile/imports.js";
export { type CellResult, type ExecuteOptions, Executor, type ExecutorOptions } from "./executor.js";
export { type CellNames, currentHost, type Host } from "./host.js";
export type { Display, DisplayOptions, Format, MimeDisplay, SendOptions } from "./output/display.js";
export type { CellError, Output, OutputSink } from "./output/outputs.js";

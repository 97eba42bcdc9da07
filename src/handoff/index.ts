export type { NotebookHost } from "./cell-module.js";
export { type Comparable, diffStrategy, type StrategyDifference } from "./diff.js";
export { type ExportOptions, exportStrategy } from "./export.js";
export { candlesSha256, paramsSha256, settingsSha256 } from "./fingerprint.js";
export { type LoadStrategyOptions, loadStrategy } from "./load.js";
export { LoadedStrategy } from "./loaded-strategy.js";
export { camelCase, snakeCase } from "./names.js";
export type { Assumptions, DataIdentity, InstrumentIdentity, Provenance, ResultMetrics, SearchIdentity } from "./provenance.js";
export { type Reproduction, type ReproductionCheck, reproduce } from "./reproduce.js";
export { writeCellModule } from "./session-module.js";
export { backtestOptions, type StrategySettings } from "./settings.js";
export type { ExportSource } from "./source.js";
export type { ModuleLoader, StrategyModule } from "./strategy-module.js";
export { parseSymbol, type VenueSymbol } from "./symbols.js";
export {
  editToml,
  TomlDocument,
  type TomlItem,
  type TomlLiteral,
  type TomlSection,
  type TomlTable,
  type TomlValue,
  tomlValue,
} from "./toml/index.js";
export { assertTradable, checkProvenance, type ParamsVerdict, type TradeIntent, type Trust } from "./trust.js";

import { ComplianceMonitor, type ComplianceOptions } from "./monitor.js";
import { SymbolNormalizer, type SymbolNormalizerOptions } from "./normalizer.js";

export { checkFilters } from "./filters.js";
export { type ComplianceInput, ComplianceMonitor, type ComplianceOptions, ComplianceReport, type ComplianceViolation } from "./monitor.js";
export { SymbolNormalizer, type SymbolNormalizerOptions } from "./normalizer.js";

/** Instrument rules in scope of cells: `compliance.monitor({ instruments }).check(order)` rounds an order and says every rule it breaks. */
export const compliance: {
  /** A normaliser: knows instruments by any name and rounds to their grids toward less risk. */
  normalizer(options: SymbolNormalizerOptions): SymbolNormalizer;
  /** A monitor over instruments or over a normaliser. */
  monitor(known: SymbolNormalizerOptions | SymbolNormalizer, options?: ComplianceOptions): ComplianceMonitor;
} = Object.freeze({
  normalizer: (options: SymbolNormalizerOptions): SymbolNormalizer => new SymbolNormalizer(options),
  monitor: (known: SymbolNormalizerOptions | SymbolNormalizer, options: ComplianceOptions = {}): ComplianceMonitor =>
    new ComplianceMonitor(known instanceof SymbolNormalizer ? known : new SymbolNormalizer(known), options),
});

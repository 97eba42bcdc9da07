import { type MimeBundle, RichValue, type Table, table } from "../display/index.js";
import { type Comparable, type Comparison, type ComparisonRow, compare as comparison } from "../tune/index.js";

/** Metrics that are fractions: shown as percentages. */
const FRACTIONS: ReadonlySet<string> = new Set(["totalReturn", "buyAndHold", "maxDrawdown", "winRate"]);

function shown(name: string, value: string | number | null): string {
  if (value === null) return "";
  if (typeof value === "string" || Number.isInteger(value)) return String(value);
  return FRACTIONS.has(name) ? `${(value * 100).toFixed(2)} %` : String(Number(value.toPrecision(6)));
}

/** Results side by side: the settings that differ, then the metrics. The rows keep full precision, the table is for reading. */
export class ComparisonView extends RichValue implements Omit<Comparison, "table"> {
  readonly labels: readonly string[];
  readonly differences: readonly ComparisonRow[];
  readonly metrics: readonly ComparisonRow[];

  constructor({ labels, differences, metrics }: Comparison) {
    super();
    this.labels = labels;
    this.differences = differences;
    this.metrics = metrics;
  }

  /** Both as a table, a column an item. */
  table(): Table {
    const rows = [...this.differences, ...this.metrics].map(({ kind, name, values }) => ({
      kind,
      name,
      ...Object.fromEntries(this.labels.map((label, i) => [label, shown(name, values[i]!)])),
    }));
    return table(rows, { limit: 100, align: Object.fromEntries(this.labels.map((label) => [label, "right"])) });
  }

  override toBundle(): MimeBundle | Promise<MimeBundle> {
    return this.table().toBundle();
  }

  override toString(): string {
    return this.table().toString();
  }
}

/**
 * Runs, trials and studies (by their best trial) side by side: the settings that differ, then the metrics.
 * @example compare({ before: run, after: study.best })
 * @throws LabError `COMPARE_INVALID` for fewer than two items, or something else.
 */
export function compare(...items: readonly Comparable[] | readonly [Readonly<Record<string, Comparable>>]): ComparisonView {
  return new ComparisonView(comparison(...(items as readonly Comparable[])));
}

import type { TradingSummary } from "../../analytics/index.js";
import { timeText } from "../../core/index.js";
import { type MimeBundle, type Table, table } from "../../display/index.js";
import { section } from "./section.js";

function title({ start, end, riskFreeReturn }: TradingSummary): string {
  const span = start === null || end === null ? "" : `, ${timeText(start)} to ${timeText(end)}`;
  return `Trading summary${span}, risk-free return ${Number((riskFreeReturn * 100).toPrecision(12))} % a year`;
}

/** One row a statistic, one column a sheet; a dash where a sheet has no such statistic. */
function sheets(summary: TradingSummary): Table {
  const rows = summary.toRows();
  const names = [...new Set(rows.map(({ sheet }) => sheet))];
  const found = new Map(rows.map(({ sheet, label, text }) => [`${sheet}\n${label}`, text]));
  return table(
    [...new Set(rows.map(({ label }) => label))].map((figure) => ({
      figure,
      ...Object.fromEntries(names.map((name) => [name, found.get(`${name}\n${figure}`) ?? "-"])),
    })),
    { limit: 40, align: Object.fromEntries(names.map((name) => [name, "right" as const])) },
  );
}

/** Why a statistic of the total has no value. */
const reasons = ({ total }: TradingSummary): string[] => Object.entries(total.reasons).map(([name, why]) => `${name}: ${why}`);

export function tradingSummaryText(summary: TradingSummary): string {
  return [title(summary), sheets(summary).toString(), ...reasons(summary)].join("\n");
}

/** A session in figures in a notebook: total, instruments, strategies and assets side by side, and why a figure is missing. */
export function tradingSummaryBundle(summary: TradingSummary): Promise<MimeBundle> {
  return section(title(summary), [sheets(summary), { lines: reasons(summary) }]);
}

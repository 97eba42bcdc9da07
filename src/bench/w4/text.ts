import type { KernelFigures } from "./measure.js";
import type { W4Result } from "./run.js";

const ms = (value: number | null): string => (value === null ? "never" : value.toFixed(value < 10 ? 2 : 0));

const ratio = (value: number | null, floor: number | null): string =>
  value === null || floor === null || floor === 0 ? "-" : (value / floor).toFixed(2);

const ROWS: readonly (readonly [title: string, text: (figures: KernelFigures) => string])[] = [
  ["version", (k) => k.version],
  ["spawn to kernel_info, ms", (k) => ms(k.readyMs)],
  ["    an empty program of its runtime, ms", (k) => ms(k.emptyMs)],
  ["    ratio of the two", (k) => ratio(k.readyMs, k.emptyMs)],
  ["first 1+1, ms", (k) => ms(k.firstCellMs)],
  ["later 1+1, ms", (k) => ms(k.laterCellMs)],
  ["completion right after the start, ms", (k) => ms(k.firstCompletionMs)],
  ["later completions, ms", (k) => ms(k.laterCompletionMs)],
  ["20,000 lines to idle, ms", (k) => ms(k.printing.ms)],
  ["    lines that arrived, messages", (k) => `${k.printing.lines}, ${k.printing.messages}`],
  ["interrupt, median, ms", (k) => ms(k.interrupt.medianMs)],
  ["    99th percentile, ms", (k) => ms(k.interrupt.p99Ms)],
  ["    stopped of asked", (k) => `${k.interrupt.stopped} of ${k.interrupt.asked}`],
  ["10,000,000 steps over a variable, ms", (k) => ms(k.loop.cellMs)],
  ["    ratio to the same loop as a script", (k) => ratio(k.loop.cellMs, k.loop.scriptMs)],
  ["resident when idle, MB", (k) => String(k.idleMb)],
  ["    its language server, MB", (k) => (k.languageServerMb === 0 ? "-" : String(k.languageServerMb))],
  ["load average of the machine then", (k) => k.load.toFixed(1)],
];

/** W4 as a table for the terminal, a column per kernel; losses stand in it like gains. */
export function w4Text(result: W4Result): string {
  const kernels = Object.entries(result);
  const cells = (row: (figures: KernelFigures) => string): string =>
    kernels.map(([, figures]) => ("failed" in figures ? "failed" : row(figures)).padStart(18)).join("");
  const failed = kernels.flatMap(([name, figures]) => ("failed" in figures ? [`    ${name}: ${figures.failed}`] : []));
  return [
    `    ${"".padEnd(38)}${kernels.map(([name]) => name.padStart(18)).join("")}`,
    ...ROWS.map(([title, row]) => `    ${title.padEnd(38)}${cells(row)}`),
    ...failed,
  ].join("\n");
}

/** A notebook's file, as far as tests look into it. */
export interface Notebook {
  readonly cells: readonly {
    readonly cell_type: string;
    readonly source: string | string[];
    readonly outputs?: { output_type: string; data?: Record<string, unknown>; [key: string]: unknown }[];
    readonly [key: string]: unknown;
  }[];
  readonly [key: string]: unknown;
}

/** Cells with every kind of output, once. */
const CELLS = [
  'figure({ data: [{ x: [1, 2, 3], y: [3, 1, 2], mode: "lines+markers" }], layout: { title: { text: "First by eye" } } })',
  'figure({ data: [{ x: ["a", "b"], y: [3, 1], type: "bar" }], layout: { title: { text: "Second by eye" } } })',
  'figure({ data: [{ x: [1, 2, 3], y: [3, 1, 2] }], layout: { title: { text: "Still by eye" } }, displayMode: "static" })',
  'figure({ data: [{ x: [1, 2, 3], y: [3, 1, 2] }], layout: { title: { text: "Third by eye" } }, displayMode: "interactive" })',
  `const fills = table([
  { symbol: "BTCUSDT", price: new Decimal("60000.5"), quantity: 0.01 },
  { symbol: "ETHUSDT", price: new Decimal("0.25"), quantity: 2 },
], { title: "Fills" })
fills`,
  "await fills.toDanfo()",
  "const candles = data.synthetic({ bars: 300, seed: 5 })\ncandles",
  '({ exact: new Decimal("0.1").plus("0.2"), list: new Map([["BTCUSDT", new Decimal("0.01")]]) })',
  'let seen = 0\nfor (const bar of progress(Array.from({ length: 30 }, (_, i) => i), { label: "bars" })) seen += bar\nseen',
  'console.log("printed \\u001b[32mgreen\\u001b[0m")\nconsole.error("warned")',
  'for (const state of ["connecting", "ready"]) display("feed: " + state, { id: "feed" })',
  `await backtest({
  data: candles, strategy: "SmaCross", params: { fastPeriod: 5, slowPeriod: 20 },
  sizer: sizers.percent("0.10"), fees: "bybit-linear",
})`,
  `function checkPrice(price: number): number {
  if (!(price > 0)) throw new RangeError(\`a price must be positive, got \${price}\`)
  return price
}
checkPrice(-1)`,
  '"after the error"',
] as const;

/** A notebook of ours before it is run. The cell that throws is tagged so that a run goes on after it. */
export const SHOWN: Notebook = {
  nbformat: 4,
  nbformat_minor: 5,
  metadata: { kernelspec: { name: "tesserlab", display_name: "Tesserlab", language: "typescript" } },
  cells: [
    { cell_type: "markdown", id: "title", metadata: {}, source: "# What a notebook shows" },
    ...CELLS.map((source, i) => ({
      cell_type: "code",
      id: `cell-${i}`,
      metadata: source.includes("throw") ? { tags: ["raises-exception"] } : {},
      source,
      outputs: [],
      execution_count: null,
    })),
  ],
};

/** Titles of its figures that are drawn where scripts run. */
export const FIGURES = ["First by eye", "Second by eye", "Third by eye", "BTCUSDT 1m", "SmaCross on BTCUSDT"] as const;

/** What a person reads in its outputs, spaces and tabs as one blank. */
export const READS: readonly (string | RegExp)[] = [
  /^Fills\s+symbol price quantity\s+BTCUSDT 60000\.50 0\.0100\s+ETHUSDT 0\.25 2\.0000$/,
  /^symbol price quantity\s+0 BTCUSDT 60000\.50 0\.0100\s+1 ETHUSDT 0\.25 2\.0000$/,
  /300 candles of BTCUSDT, 1m.*time open high low close volume/s,
  "{ exact: 0.3, list: Map(1) { 'BTCUSDT' => 0.01 } }",
  /^bars\s+100 % · 30 \/ 30/,
  /^435$/,
  /^printed green/,
  /^(printed green\s+)?warned$/,
  /^feed: ready$/,
  /Final equity.*Buy and hold return.*Trades/s,
  /RangeError: a price must be positive, got -1.*> 2 \|.*at checkPrice \(cell-\d+\.ts:2:27\)/s,
  /^after the error$/,
];

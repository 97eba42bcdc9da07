import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import {
  candleChart,
  equityChart,
  heatmapChart,
  returnsHistogram,
  SYNTHETIC_NOTE,
  sliceChart,
  tradeScatter,
  trialsChart,
} from "../../src/charts/index.js";
import { CandleSeries, Decimal, type EquityPoints, type ExitReason, seededRandom, type Trade } from "../../src/core/index.js";
import type { Figure } from "../../src/display/index.js";

const START = Date.UTC(2024, 0, 1);
const FIVE = 300_000;

function walk(n: number, synthetic = true): CandleSeries {
  const random = seededRandom(11);
  const column = (): Float64Array => new Float64Array(n);
  const c = { time: column(), open: column(), high: column(), low: column(), close: column(), volume: column() };
  let price = 6_000_000;
  for (let i = 0; i < n; i++) {
    c.time[i] = START + i * FIVE;
    c.open[i] = price;
    price += Math.round((random() - 0.5) * 20_000);
    c.close[i] = price;
    c.high[i] = Math.max(c.open[i]!, price) + Math.round(random() * 5000);
    c.low[i] = Math.min(c.open[i]!, price) - Math.round(random() * 5000);
    c.volume[i] = Math.round(random() * 1e6);
  }
  return new CandleSeries({ symbol: "BTCUSDT", interval: "5m", priceDp: 2, volumeDp: 3, ...c, source: { name: "walk", synthetic } });
}

function trade(
  index: number,
  from: number,
  to: number,
  pnl: string,
  exitReason: ExitReason = "signal",
  side: Trade["side"] = "long",
): Trade {
  return {
    index,
    symbol: "BTCUSDT",
    side,
    quantity: new Decimal("0.01"),
    entryTime: START + from * FIVE,
    entryPrice: new Decimal("60000.10"),
    exitTime: START + to * FIVE,
    exitPrice: new Decimal("60100.25"),
    grossPnl: new Decimal(pnl),
    fees: new Decimal("0"),
    netPnl: new Decimal(pnl),
    return: Number(pnl) / 600,
    bars: to - from,
    exitReason,
  };
}

function curve(values: readonly number[], initial = 100): EquityPoints {
  return {
    time: Float64Array.from(values, (_, i) => START + i * FIVE),
    value: Float64Array.from(values),
    initial,
    periodsPerYear: 105_120,
  };
}

const traces = (figure: Figure, type: string): Record<string, unknown>[] => figure.data.filter((t) => t.type === type);
const titleOf = (figure: Figure): string => (figure.layout.title as { text: string }).text;
const count = (svg: string, pattern: RegExp): number => svg.match(pattern)?.length ?? 0;

/** Every chart must draw in plain Node, without a hole in its geometry, and as a PNG of its own size. */
async function drawn(figure: Figure): Promise<string> {
  const svg = await figure.toSvg();
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  const png = await figure.toPng({ scale: 1 });
  expect(png.subarray(1, 4).toString()).toBe("PNG");
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([figure.layout.width, figure.layout.height]);
  return svg;
}

beforeAll(() => drawn(trialsChart([1])));

describe("candleChart", () => {
  test("draws each candle, its volume, indicators in panes, and trades", async () => {
    const series = walk(120);
    const values = series.prices("close");
    const figure = candleChart(series, {
      trades: [trade(0, 10, 30, "5.5"), trade(1, 40, 60, "-2", "stop", "short"), trade(2, 500, 600, "1")],
      indicators: [
        { name: "SMA", values: values.map((v, i) => (i < 20 ? Number.NaN : v)) },
        { name: "RSI", values: values.map((_, i) => i % 100), pane: "RSI" },
        { name: "average volume", values: series.volumes(), pane: "volume" },
      ],
      title: "<Bitcoin>",
      note: "five minutes",
    });
    const svg = await drawn(figure);
    expect(count(svg, /class="box"/g)).toBe(120);
    expect(count(svg, /class="point"/g)).toBe(120 + 4);
    expect(count(svg, /class="js-line"/g)).toBeGreaterThanOrEqual(3);
    expect(titleOf(figure)).toContain("&lt;Bitcoin&gt;");
    expect(titleOf(figure)).toContain(`<b>${SYNTHETIC_NOTE}</b>`);
    expect(titleOf(figure)).toContain("1 trade outside it not drawn");
    expect(titleOf(figure)).not.toContain("shown as");
    expect(svg).toContain("five minutes");
    expect(figure.data.map((t) => t.name)).toEqual(
      expect.arrayContaining(["SMA", "RSI", "long entry", "short entry", "exit, won", "exit, lost"]),
    );
    expect(figure.data.find((t) => t.name === "average volume")!.yaxis).toBe("y2");
    expect(figure.data.find((t) => t.name === "RSI")!.yaxis).toBe("y3");
    expect((figure.data.find((t) => t.name === "SMA")!.y as unknown[]).slice(0, 21)).toEqual([...Array(20).fill(null), values[20]]);
    expect(JSON.stringify(figure.data)).toContain("in 2024-01-01 00:50 at 60000.1");
  });

  test("long series are merged, say so, and keep their extremes", async () => {
    const series = walk(30_000, false);
    const figure = candleChart(series, { indicators: [{ name: "close", values: series.prices("close") }] });
    const candles = traces(figure, "candlestick")[0]!;
    expect((candles.x as number[]).length).toBeLessThanOrEqual(1501);
    expect((candles.x as number[]).length).toBeGreaterThan(700);
    expect(titleOf(figure)).toContain("5m candles shown as 2h");
    expect(titleOf(figure)).not.toContain(SYNTHETIC_NOTE);
    expect(Math.max(...(candles.high as number[]))).toBe(series.extremes.high / 100);
    expect(Math.min(...(candles.low as number[]))).toBe(series.extremes.low / 100);
    expect(figure.data.find((t) => t.name === "close")!.y).toEqual(candles.close);
    expect((await figure.toPng()).subarray(1, 4).toString()).toBe("PNG");
  });

  test("misuse", () => {
    const series = walk(10);
    expect(() => candleChart(series, { indicators: [{ name: "SMA", values: [1] }] })).toThrow(/SMA has 1 values for 10 candles/);
    expect(() => candleChart(series.slice(0, 0))).toThrow(/no candles/);
    expect(() => candleChart(series, { trade: [] } as never)).toThrow(/Did you mean trades\?/);
  });
});

describe("equityChart", () => {
  test("marks the deepest drawdown from its peak to its low", async () => {
    const figure = equityChart(curve([110, 120, 90, 100, 130, 125]), {
      benchmark: { time: [START, START + 5 * FIVE], value: [100, 80] },
      trades: [trade(0, 0, 4, "30")],
      synthetic: true,
    });
    const svg = await drawn(figure);
    expect(svg).toContain("max drawdown −25.00 % on 2024-01-01");
    expect(titleOf(figure)).toContain("100.00 to 125.00 (+25.00 %) · buy and hold −20.00 % · 1 trade");
    expect(titleOf(figure)).toContain(SYNTHETIC_NOTE);
    const drawdown = figure.data.find((t) => t.name === "drawdown")!;
    expect((drawdown.y as number[]).map((v) => Math.round(v * 100) / 100)).toEqual([0, 0, -25, -16.67, 0, -3.85]);
    expect(figure.layout.shapes).toContainEqual(expect.objectContaining({ type: "rect", x0: START + FIVE, x1: START + 2 * FIVE }));
    expect(figure.data.find((t) => t.name === "won (1)")!.y).toEqual([130]);
  });

  test("a first loss counts from the initial equity; no loss, no mark", async () => {
    expect(JSON.stringify(equityChart(curve([90, 95])).layout.annotations)).toContain("−10.00 %");
    const rising = equityChart(curve([101, 102]));
    expect(rising.layout.annotations).toEqual([]);
    await drawn(rising);
    await drawn(equityChart(curve([100])));
  });

  test("half a million points keep the worst one", async () => {
    const values = Array.from({ length: 500_000 }, (_, i) => 1000 + Math.sin(i / 5000) * 10);
    values[333_333] = 500;
    const figure = equityChart(curve(values, 1000));
    expect((figure.data[0]!.x as number[]).length).toBeLessThanOrEqual(1800);
    expect(figure.data[0]!.y).toContain(500);
    expect(titleOf(figure)).toMatch(/500000 points drawn as \d+/);
    await drawn(figure);
  });

  test("misuse", () => {
    expect(() => equityChart(curve([]))).toThrow(/no points/);
    expect(() => equityChart(curve([1]), { benchmark: { time: [1], value: [] } })).toThrow(/benchmark has 1 times and 0 values/);
  });
});

describe("returnsHistogram", () => {
  test("counts every finite return once, with an edge at zero", async () => {
    const random = seededRandom(3);
    const returns = Array.from({ length: 5000 }, () => (random() + random() + random() - 1.5) / 50);
    returns.push(0.9, -0.9, Number.NaN);
    const figure = returnsHistogram(returns, { unit: "trade" });
    const bars = traces(figure, "bar")[0]!;
    expect((bars.y as number[]).reduce((a, b) => a + b, 0)).toBe(5002);
    const edges = (bars.x as number[]).map((x) => x - (bars.width as number) / 2);
    expect(Math.min(...edges.map(Math.abs))).toBeLessThan(1e-9);
    expect(titleOf(figure)).toContain("5002 trades");
    expect(titleOf(figure)).toContain("beyond the ends");
    expect(titleOf(figure)).toContain("1 not finite left out");
    expect(count(await drawn(figure), /class="point"/g)).toBe((bars.x as unknown[]).length);
  });

  test("works for one return, equal returns, and a given number of bars", async () => {
    await drawn(returnsHistogram([0.01]));
    await drawn(returnsHistogram([0, 0, 0]));
    expect((traces(returnsHistogram([0.01, 0.02, 0.03], { bins: 2 }), "bar")[0]!.y as number[]).reduce((a, b) => a + b)).toBe(3);
    expect(() => returnsHistogram([Number.NaN])).toThrow(/no finite returns/);
    expect(() => returnsHistogram([1], { bins: 1 })).toThrow(/from 2 to 500/);
  });
});

describe("tradeScatter", () => {
  test("colours by exit reason and sums exactly", async () => {
    const figure = tradeScatter([trade(0, 0, 5, "0.1"), trade(1, 6, 7, "0.2", "target"), trade(2, 8, 9, "-0.7", "stop", "short")]);
    expect(titleOf(figure)).toContain("3 trades, 2 won (67 %), net -0.4");
    const svg = await drawn(figure);
    for (const text of ["signal (1)", "target (1)", "stop (1)", "long", "short"]) expect(svg).toContain(`>${text}</text>`);
    expect(() => tradeScatter([])).toThrow(/no trades/);
  });
});

describe("heatmapChart", () => {
  const grid = {
    x: [5, 10, 20],
    y: [50, 100],
    z: [
      [1, -2, 0.5],
      [null, Number.NaN, 1.25],
    ],
    xTitle: "fast",
    yTitle: "slow",
    zTitle: "Sharpe",
  };

  test("diverges around zero, shows missing cells, frames the best", async () => {
    const figure = heatmapChart({ ...grid, best: { x: 20, y: 100 } });
    const heat = figure.data[0]!;
    expect([heat.zmin, heat.zmax]).toEqual([-2, 2]);
    expect(heat.z).toEqual([
      [1, -2, 0.5],
      [null, null, 1.25],
    ]);
    expect(titleOf(figure)).toContain("best: fast 20, slow 100 at 1.25 · grey: 2 without a result");
    expect(figure.layout.shapes).toContainEqual(expect.objectContaining({ x0: 1.5, x1: 2.5, y0: 0.5, y1: 1.5 }));
    const svg = await drawn(figure);
    expect(count(svg, /<image /g)).toBe(1);
    for (const text of ["−2.00", "1.25", "slow", "fast", ">100<", ">20<"]) expect(svg).toContain(text);
  });

  test("scores of one sign use one direction; one score still draws; many ticks thin out", async () => {
    expect(
      heatmapChart({
        ...grid,
        z: [
          [1, 2, 3],
          [4, 5, 6],
        ],
      }).data[0]!.zmin,
    ).toBe(1);
    await drawn(heatmapChart({ x: [1], y: [1], z: [[3]] }));
    const wide = heatmapChart({ x: Array.from({ length: 100 }, (_, i) => i), y: [1], z: [Array.from({ length: 100 }, (_, i) => i)] });
    expect((wide.layout.xaxis as { tickvals: number[] }).tickvals.length).toBeLessThanOrEqual(16);
    await drawn(wide);
  });

  test("misuse", () => {
    expect(() => heatmapChart({ ...grid, z: [[1, 2, 3]] })).toThrow(/1 rows for 2 values of y/);
    expect(() =>
      heatmapChart({
        ...grid,
        z: [
          [1, 2],
          [1, 2],
        ],
      }),
    ).toThrow(/2 values for 3 values of x/);
    expect(() => heatmapChart({ ...grid, best: { x: 7, y: 50 } })).toThrow(/not on the grid: x is one of 5, 10, 20/);
    expect(() =>
      heatmapChart({
        ...grid,
        z: [
          [null, null, null],
          [null, null, null],
        ],
      }),
    ).toThrow(/None of the heatmap's cells/);
  });
});

describe("trialsChart and sliceChart", () => {
  test("the best so far only improves, either way", async () => {
    const scores = [null, 1, 0.5, 2, Number.NaN, 1.5, 3];
    const up = trialsChart(scores, { objective: "sharpe" });
    expect(up.data[1]!.x).toEqual([2, 4, 7, 7]);
    expect(up.data[1]!.y).toEqual([1, 2, 3, 3]);
    expect(titleOf(up)).toContain("best 3.00 at trial 7 of 7 · 2 trials without a score");
    expect(trialsChart(scores, { direction: "minimize" }).data[1]!.y).toEqual([1, 0.5, 0.5]);
    expect(await drawn(up)).toContain("best so far");
    expect(() => trialsChart([null])).toThrow(/None of the trials/);
    expect(() => trialsChart([1], { direction: "max" as never })).toThrow(/Unknown direction 'max'/);
  });

  test("a slice shows every trial and the median of each value", async () => {
    const figure = sliceChart({ x: [20, 10, 10, 10, 20], y: [4, 1, 3, 9, null], xTitle: "fast", yTitle: "sharpe" });
    expect(figure.data[1]!.x).toEqual([10, 20]);
    expect(figure.data[1]!.y).toEqual([3, 4]);
    expect(titleOf(figure)).toContain("4 trials · 1 without a score");
    expect(count(await drawn(figure), /class="point"/g)).toBe(6);
    await drawn(sliceChart({ x: ["a", "b", "a"], y: [1, 2, 3] }));
    expect(() => sliceChart({ x: [1], y: [] })).toThrow(/x has 1 values, y has 0/);
  });
});

const dataDir = process.env.TESSERLAB__DATA_DIR ?? "../shared/data";
const file = join(dataDir, "bybit_linear_BTCUSDT_5m_20240501-20240809.csv");

test.skipIf(!existsSync(file))("real candles draw (skipped where the data folder is missing)", async () => {
  const rows = readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .slice(1)
    .map((row) => row.split(","));
  const column = (k: number, scale: number): Float64Array => Float64Array.from(rows, (row) => Math.round(Number(row[k]) * scale));
  const series = new CandleSeries({
    symbol: "BTCUSDT",
    interval: "5m",
    priceDp: 1,
    volumeDp: 3,
    time: Float64Array.from(rows, (row) => Date.parse(row[1]!)),
    open: column(2, 10),
    high: column(3, 10),
    low: column(4, 10),
    close: column(5, 10),
    volume: column(6, 1000),
  });
  const figure = candleChart(series);
  expect(titleOf(figure)).toContain("2024-05-01 00:00 to 2024-08-09");
  const svg = await drawn(figure);
  expect(count(svg, /class="box"/g)).toBe((traces(figure, "candlestick")[0]!.x as unknown[]).length);
  expect(svg).toContain(">60,000</text>");
  expect(svg).toContain(">Jun 2<");
});

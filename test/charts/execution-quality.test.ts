import { beforeAll, describe, expect, test } from "vitest";
import { algorithmQuality, orderQuality } from "../../src/analytics/index.js";
import { executionQuality, SYNTHETIC_NOTE } from "../../src/charts/index.js";
import { decimal } from "../../src/core/index.js";
import type { Figure } from "../../src/display/index.js";
import { MINUTE, play, still } from "../backtest/scripted.js";
import { expectMisuse } from "../misuse.js";

const titleOf = (figure: Figure): string => (figure.layout.title as { text: string }).text;
const axisOf = (figure: Figure): { ticktext: string[] } => figure.layout.xaxis as { ticktext: string[] };
const rows = [100, 101, 101, 102, 102, 103, 103, 99, 99, 99, 98, 98].map((price) => still(price));
const run = play(
  rows,
  {
    0: (desk) => desk.enterLong({ quantity: "3", hint: { algorithm: "twap", durationMs: 4 * MINUTE } }),
    6: (desk) => desk.exitLong(),
    8: (desk) => desk.enterLong({ limit: 1 }),
  },
  { fees: { maker: 0, taker: "0.001" } },
);

// The chart library is loaded with the first drawing.
beforeAll(() => executionQuality(run).toSvg());

describe("executionQuality", () => {
  test("a bar a group with its weighted shortfall, a point an order within its bar, in order of time", async () => {
    const figure = executionQuality(run, { note: "a twap" });
    const [bars, points] = figure.data;
    const groups = algorithmQuality(run).filter(({ shortfallBps }) => shortfallBps !== null);
    expect(groups.map(({ group }) => group)).toEqual(["twap", "exit"]);
    expect(bars!.y).toEqual(groups.map(({ shortfallBps }) => shortfallBps!.toNumber()));
    expect((bars!.y as number[]).every((cost) => cost > 0)).toBe(true);
    const priced = orderQuality(run).filter(({ shortfallBps }) => shortfallBps !== null);
    expect(points!.y).toEqual(priced.map(({ shortfallBps }) => shortfallBps!.toNumber()));
    const twaps = priced.filter(({ group }) => group === "twap").length;
    expect(twaps).toBeGreaterThan(1);
    const x = points!.x as number[];
    expect(x.map((at) => Math.round(at + 1) - 1)).toEqual([...Array.from({ length: twaps }, () => 0), 1]);
    expect(x).toEqual([...x].sort((a, b) => a - b));
    expect(axisOf(figure).ticktext).toEqual([`twap (${twaps})`, "exit (1)"]);
    expect(titleOf(figure)).toContain(`${priced.length} orders, `);
    expect(titleOf(figure)).toContain("1 without a fill or an arrival price left out");
    expect(titleOf(figure)).toContain("a twap");
    const quarter = {
      ...orderQuality(run)[0]!,
      group: "twap",
      filled: decimal(0),
      shortfall: null,
      shortfallBps: null,
      quantity: decimal(9),
    };
    const [whole] = executionQuality([...priced, quarter]).data;
    expect((whole!.text as string[])[0]).toContain("25.00 % filled");
    const svg = await figure.toSvg();
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    // The axis' title stands beside the numbers, not on them or in the plot: it is turned about where it stands, and its group stays.
    const label = Number(/<g class="ytick"><text text-anchor="end" x="([\d.]+)"/.exec(svg)![1]);
    const title =
      /<g class="g-ytitle"(?: transform="translate\(([-\d.]+),[-\d.]+\)")?><text class="ytitle" transform="rotate\(-90,([\d.]+),/.exec(
        svg,
      )!;
    expect(Number(title[1] ?? 0) + Number(title[2])).toBeLessThan(label - 8);
    expect(svg.match(/class="point"/g)?.length).toBe(priced.length + 2);
    expect((await figure.toPng({ scale: 1 })).subarray(1, 4).toString()).toBe("PNG");
  });

  test("rows draw the same as their run; groups are the caller's where he says so", () => {
    expect(executionQuality(orderQuality(run)).data).toEqual(executionQuality(run).data);
    const one = executionQuality(run, { group: () => "<all>" });
    expect(axisOf(one).ticktext).toEqual([expect.stringMatching(/^&lt;all&gt; \(\d+\)$/)]);
  });

  test("a gain lies below zero in the colour of gains", () => {
    const falling = play([100, 99, 98, 97].map(still), { 0: (desk) => desk.enterLong() }, { fees: "none" });
    const [bars] = executionQuality(falling).data;
    expect((bars!.y as number[])[0]).toBe(-100);
    const marker = (figure: Figure): unknown => (figure.data[0]!.marker as { color: unknown[] }).color[0];
    expect(marker(executionQuality(falling))).not.toBe(marker(executionQuality(run)));
  });

  test("says that its candles are generated, from the run or from prices given", () => {
    const source = { ...run.series[0]!.source, synthetic: true };
    const generated = Object.create(run.series[0]!, { source: { value: source } }) as (typeof run.series)[0];
    expect(titleOf(executionQuality({ orders: run.orders, fills: run.fills, orderTimes: "open", series: [generated] }))).toContain(
      SYNTHETIC_NOTE,
    );
    expect(titleOf(executionQuality(run, { prices: [generated] }))).toContain(SYNTHETIC_NOTE);
    expect(titleOf(executionQuality(run, { synthetic: false }))).not.toContain(SYNTHETIC_NOTE);
    expect(titleOf(executionQuality(orderQuality(run), { synthetic: true }))).toContain(SYNTHETIC_NOTE);
  });

  test("misuse", () => {
    expectMisuse(() => executionQuality([]), "CHART_EMPTY", /No order has both/);
    expectMisuse(() => executionQuality(run, { grup: () => "" } as never), "OPTION_UNKNOWN", /Did you mean group/);
  });
});

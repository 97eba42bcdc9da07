import { Decimal } from "decimal.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { escapeHtml, table } from "../../src/display/index.js";

const D = (text: string): Decimal => new Decimal(text);
const code = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return "no error";
};

const trades = table(
  [
    { time: Date.UTC(2024, 4, 1, 10, 5), side: "long", price: D("64250.1"), quantity: 1, share: 0.125, won: true },
    { time: Date.UTC(2024, 4, 1, 12, 0), side: "short", price: D("9.25"), quantity: -20, share: -0.5, won: false },
    { time: null, side: "long", price: null, quantity: null, share: null, won: null },
  ],
  { title: "Trades", formats: { share: "percent" } },
);

describe("text", () => {
  test("is aligned the way a person would type it", () => {
    expect(trades.toString()).toBe(
      [
        "Trades",
        "time              side      price  quantity     share  won",
        "────────────────  ─────  ────────  ────────  ────────  ───",
        "2024-05-01 10:05  long   64250.10         1   12.50 %  yes",
        "2024-05-01 12:00  short      9.25       -20  -50.00 %  no",
        "                  long",
      ].join("\n"),
    );
  });

  test("every line of a column ends at the same place, whatever the cells", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ a: fc.integer(), b: fc.string({ unit: "grapheme-ascii" }) }), { minLength: 1, maxLength: 15 }),
        (rows) => {
          const lines = table(rows, { align: { b: "right" } })
            .toString()
            .split("\n");
          const clean = rows.some(({ b }) => b.trim() !== b || b === "");
          if (!clean) expect(new Set(lines.map((line) => line.length)).size).toBe(1);
          expect(lines).toHaveLength(rows.length + 2);
        },
      ),
    );
  });

  test("long tables show head and tail and how much is between", () => {
    const long = table({ n: Array.from({ length: 1000 }, (_, i) => i) }, { limit: 4 });
    expect(long.toString().split("\n").slice(2)).toEqual(["  0", "  1", "… 996 rows", "998", "999"]);
    expect(long.toHtml()).toContain("… 996 rows");
    expect(long.toHtml().match(/<tr>/g)).toHaveLength(6);
    expect(long.toCsv().split("\n")).toHaveLength(1002);
  });

  test("wide characters take two places", () => {
    const lines = table({ a: ["日本", "ab"], b: ["x", "y"] })
      .toString()
      .split("\n");
    expect(lines.slice(2)).toEqual(["日本  x", "ab    y"]);
  });

  test("an empty table says so", () => {
    expect(table([]).toString()).toBe("(no columns)");
    expect(table({ a: [] }).toString()).toBe("a\n─\n(no rows)");
    expect(table([]).toHtml()).toContain("(no rows)");
  });
});

describe("values", () => {
  test("a small number never prints as zero, a long decimal is cut and marked", () => {
    const shown = table({ x: [1234.5, 1e-9, 0, -0, Number.NaN, Number.POSITIVE_INFINITY] })
      .toString()
      .split("\n")
      .slice(2)
      .map((line) => line.trim());
    expect(shown).toEqual(["1234.50", "1.00e-9", "0.00", "0.00", "NaN", "∞"]);
    const third = table({ p: [D("1").div(3)] });
    expect(third.toString()).toContain("0.333333333333…");
    expect(third.toHtml()).toContain(`title="${D("1").div(3).toString()}"`);
    expect(third.toCsv()).toBe(`p\n${D("1").div(3).toFixed()}\n`);
  });

  test("epoch milliseconds are times only in a column named so", () => {
    expect(table({ entryTime: [1714557900000] }).toString()).toContain("2024-05-01 10:05");
    expect(table({ orderId: [1714557900000] }).toString()).toContain("1714557900000");
    expect(table({ id: [1714557900123] }, { formats: { id: "time" } }).toString()).toContain("2024-05-01 10:05:00.123");
  });

  test("formats: digits, functions, bigint", () => {
    const shown = table(
      { a: [D("1.005")], b: [2], c: [12345678901234567890n] },
      { formats: { a: { kind: "decimal", digits: 1 }, b: (v) => `<${v}>` } },
    );
    expect(shown.toString().split("\n")[2]).toBe("1.0  <2>  12345678901234567890");
  });

  test("rows of different keys leave cells empty", () => {
    expect(table([{ a: 1 }, { b: 2 }]).toRows()).toEqual([
      { a: 1, b: undefined },
      { a: undefined, b: 2 },
    ]);
  });
});

describe("html", () => {
  test("escapes every cell, header and title", () => {
    const html = table([{ "<i>": '<script>alert("x")</script>&\'' }], { title: "<b>t</b>" }).toHtml();
    expect(html).not.toContain("<script>");
    expect(html).not.toContain("<i>");
    expect(html).not.toContain("<b>");
    expect(html).toContain("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;&#39;");
  });

  test("escaping holds for any text", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const safe = escapeHtml(text);
        expect(safe).not.toMatch(/[<>"']/);
        const back = safe
          .replaceAll("&lt;", "<")
          .replaceAll("&gt;", ">")
          .replaceAll("&quot;", '"')
          .replaceAll("&#39;", "'")
          .replaceAll("&amp;", "&");
        expect(back).toBe(text);
      }),
    );
  });

  test("numbers stand right with tabular figures, text left", () => {
    const html = trades.toHtml();
    expect(html).toContain("tabular-nums");
    expect(html).toContain('<td style="text-align:right">64250.10</td>');
    expect(html).toContain('<td style="text-align:left">short</td>');
    expect(html).toContain("--jp-ui-font-color1");
  });
});

describe("taking parts", () => {
  test("head, tail, select, column, filter are new tables over the same values", () => {
    expect(trades.head(1).toRows()).toEqual([trades.toRows()[0]]);
    expect(trades.tail(2).length).toBe(2);
    expect(trades.select("side", "time").columns).toEqual(["side", "time"]);
    expect(trades.filter((row) => row.side === "long").length).toBe(2);
    expect(trades.column("quantity")).toEqual([1, -20, null]);
    expect(trades.length).toBe(3);
  });

  test("a part keeps the kinds of the whole", () => {
    const mixed = table({ x: [0.5, 2, 3] });
    expect(mixed.tail(2).toString()).toContain("2.0000");
  });

  test("sorting is stable, exact for decimals, and puts missing values last either way", () => {
    const exact = table({ p: [D("0.3"), D("0.1").plus("1e-20"), null, D("0.1"), Number.NaN], i: [0, 1, 2, 3, 4] });
    expect(exact.sortBy("p").column("i")).toEqual([3, 1, 0, 2, 4]);
    expect(exact.sortBy("p", "descending").column("i")).toEqual([0, 1, 3, 2, 4]);
  });

  test("200,000 rows are sorted whole", () => {
    const big = table({ x: Float64Array.from({ length: 200_000 }, (_, i) => (i * 7919) % 200_003) });
    const sorted = big.sortBy("x").column("x") as number[];
    expect(sorted).toHaveLength(200_000);
    expect(sorted.every((value, i) => i === 0 || sorted[i - 1]! <= value)).toBe(true);
  });
});

describe("csv", () => {
  test("quotes what needs it and keeps values whole", () => {
    const csv = table({
      name: ['say "hi"', "a,b", "line\nbreak"],
      at: [new Date(0), null, new Date(1)],
      p: [D("1.10"), D("1e-12"), null],
    }).toCsv();
    expect(csv).toBe(
      'name,at,p\n"say ""hi""",1970-01-01T00:00:00.000Z,1.1\n"a,b",,0.000000000001\n"line\nbreak",1970-01-01T00:00:00.001Z,\n',
    );
  });
});

describe("misuse", () => {
  test.each([
    ["TABLE_RAGGED", () => table({ a: [1], b: [1, 2] })],
    ["TABLE_INPUT", () => table([1 as never])],
    ["TABLE_INPUT", () => table({ a: 3 as never })],
    ["OPTION_UNKNOWN", () => table([{ a: 1 }], { titel: "x" } as never)],
    ["COLUMN_UNKNOWN", () => table([{ price: 1 }], { formats: { pricee: "number" } })],
    ["TABLE_FORMAT", () => table([{ a: 1 }], { formats: { a: "percnt" as never } })],
    ["TABLE_FORMAT", () => table([{ a: 1 }], { formats: { a: { kind: "number", digits: -1 } } })],
    ["TABLE_FORMAT", () => table([{ a: 1 }], { align: { a: "middle" as never } })],
    ["TABLE_ROWS", () => table([{ a: 1 }], { limit: 1 })],
    ["TABLE_ROWS", () => trades.head(-1)],
    ["TABLE_ORDER", () => trades.sortBy("side", "desc" as never)],
  ])("%s", (expected, run) => {
    expect(code(run)).toBe(expected);
  });

  test("an unknown column names the nearest one", () => {
    expect(() => trades.column("quantiy")).toThrow(/Did you mean quantity\?/);
  });
});

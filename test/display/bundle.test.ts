import { createContext, runInContext } from "node:vm";
import { Decimal } from "decimal.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { JUPYTER_DISPLAY, type MimeBundle, plainText, table, toBundle } from "../../src/display/index.js";
import { LabError } from "../../src/errors/index.js";

const text = async (value: unknown): Promise<unknown> => (await toBundle(value))["text/plain"];

describe("toBundle", () => {
  test("shows nothing for undefined, and null as null", async () => {
    expect(await toBundle(undefined)).toEqual({});
    expect(await toBundle(null)).toEqual({ "text/plain": "null" });
  });

  test("any value has text/plain", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true }),
        async (value) => {
          fc.pre(value !== undefined);
          expect(typeof (await text(value))).toBe("string");
        },
      ),
      { numRuns: 300 },
    );
  });

  test("decimals of any clone print all their digits, alone and nested", async () => {
    const Other = Decimal.clone({ precision: 60, toExpPos: 3 });
    expect(await text(new Other("1234567.000000000000000000089"))).toBe("1234567.000000000000000000089");
    expect(await text({ price: new Other("64250.10"), deep: [new Decimal("1e-9")] })).toBe("{ price: 64250.1, deep: [ 0.000000001 ] }");
  });

  test("strings are bare, dates ISO, bigints marked, functions named, typed arrays cut", async () => {
    expect(await text("it's")).toBe("it's");
    expect(await text(new Date(0))).toBe("1970-01-01T00:00:00.000Z");
    expect(await text(new Date(Number.NaN))).toBe("Invalid Date");
    expect(await text(10n)).toBe("10n");
    expect(await text(function fast() {})).toBe("[Function: fast]");
    expect(await text(new Float64Array(1000))).toMatch(/^Float64Array\(1000\) \[[\s\S]*920 more items/);
  });

  test("an error shows its stack, its code and its causes", async () => {
    const error = new LabError("SOME_CODE", "outer", { cause: new TypeError("inner") });
    const shown = await text(error);
    expect(shown).toMatch(/^LabError \[SOME_CODE\]: outer\n +at /);
    expect(shown).toContain("Caused by: TypeError: inner\n");
    const foreign = runInContext("new RangeError('from a cell')", createContext({}));
    expect(await text(foreign)).toMatch(/^RangeError: from a cell/);
  });

  test("a pending promise never blocks and says what is missing", async () => {
    expect(await text(new Promise(() => {}))).toContain("put await before it");
    expect(await text(Promise.resolve(3))).toBe("Promise { 3 }");
  });

  test("arrays of plain objects become tables, also those of another realm; mixed arrays do not", async () => {
    const rows = [
      { a: 1, b: "x" },
      { a: 2, b: "y" },
    ];
    expect(await toBundle(rows)).toEqual(table(rows).toBundle());
    const foreign = runInContext("[{ a: 1 }, { a: 2 }]", createContext({}));
    expect((await toBundle(foreign))["text/plain"]).toBe("a\n─\n1\n2");
    expect(Object.keys(await toBundle([{ a: 1 }, 2]))).toEqual(["text/plain"]);
    expect(Object.keys(await toBundle([]))).toEqual(["text/plain"]);
    expect(Object.keys(await toBundle([{}]))).toEqual(["text/plain"]);
  });

  test("a Map is a table of keys and values with the usual text", async () => {
    const bundle = await toBundle(new Map([["fast", 12]]));
    expect(bundle["text/plain"]).toBe("Map(1) { 'fast' => 12 }");
    expect(bundle["text/html"]).toContain("fast</td>");
    expect(await text(new Set([1, 2]))).toBe("Set(2) { 1, 2 }");
  });

  test("an object's own form wins, gains text when it has none, and may fail without hiding the value", async () => {
    const own = (give: () => unknown): object => ({ name: "mine", [JUPYTER_DISPLAY]: give as () => MimeBundle });
    expect(await toBundle(own(() => ({ "text/html": "<b>1</b>", "text/plain": "one" })))).toEqual({
      "text/html": "<b>1</b>",
      "text/plain": "one",
    });
    const bare = await toBundle(own(async () => ({ "image/svg+xml": "<svg/>" })));
    expect(bare["image/svg+xml"]).toBe("<svg/>");
    expect(bare["text/plain"]).toContain("mine");
    const failed = await text(
      own(() => {
        throw new Error("no pen");
      }),
    );
    expect(failed).toContain("mine");
    expect(failed).toContain("could not be shown richly: Error: no pen");
    expect(await text(own(() => "just text"))).toContain("gave string instead of a MIME bundle");
  });

  test("circular structures and deep ones end", () => {
    const circle: Record<string, unknown> = { name: "loop", price: new Decimal(1) };
    circle.self = circle;
    expect(plainText(circle)).toContain("loop");
    const plain: Record<string, unknown> = { name: "plain" };
    plain.self = plain;
    expect(plainText(plain)).toBe("<ref *1> { name: 'plain', self: [Circular *1] }");
    // First met where it lies too deep to be looked into.
    const inner = { price: { last: [new Decimal("1e-9")] } };
    expect(plainText([{ a: { b: { inner } } }, inner])).toContain("{ price: { last: [ 0.000000001 ] } }");
  });
});

test("values that throw when they are looked at are shown all the same, alone and inside others", async () => {
  const trap = {
    get price(): number {
      throw new Error("no such field");
    },
  };
  expect(await text(trap)).toBe("{ price: [Getter] }");
  expect(await text({ rows: [[trap]], a: { b: trap } })).toContain("price: [Getter]");
  expect(await text([trap, trap])).toContain("price: [Getter]");
  const sealed = new Proxy(
    {},
    {
      getPrototypeOf: () => {
        throw new TypeError("sealed");
      },
    },
  );
  expect(await text(sealed)).toContain("cannot be printed: sealed");
  const trapped = new Proxy(
    {},
    {
      get: () => {
        throw new TypeError("trapped");
      },
    },
  );
  expect(await text(trapped)).toContain("cannot be printed: trapped");
});

test("an object that prints itself is not taken apart", async () => {
  const series = { at: [1], [Symbol.for("nodejs.util.inspect.custom")]: () => "Series 'a' [f64]" };
  expect(await text(series)).toBe("Series 'a' [f64]");
  expect(await text([[series]])).toContain("Series 'a' [f64]");
});

/** A series of nodejs-polars 0.26 as far as it counts here: a plain object whose methods are its own, without a rich form. */
function polarsSeries(name: string, items: readonly unknown[]): object {
  const series = {
    _s: {},
    dtype: "DataType(Float64)",
    name,
    length: items.length,
    head: (rows: number) => polarsSeries(name, items.slice(0, rows)),
    tail: (rows: number) => polarsSeries(name, items.slice(-rows)),
    toArray: () => items,
    toString: () => `shape: (${items.length},)\nSeries: '${name}' [f64]`,
    [Symbol.for("nodejs.util.inspect.custom")]: () => series.toString(),
  };
  return series;
}

/**
 * A frame of nodejs-polars 0.26 as far as it counts here: a proxy that answers to reading alone and lists its columns as its keys, with a rich form that
 * holds every row and big integers.
 */
function polarsFrame(columns: Record<string, readonly unknown[]>): object {
  const names = Object.keys(columns);
  const height = columns[names[0]!]!.length;
  const part = (start: number, end: number): object =>
    polarsFrame(Object.fromEntries(names.map((n) => [n, columns[n]!.slice(start, end)])));
  const methods = {
    columns: names,
    height,
    head: (rows: number) => part(0, rows),
    tail: (rows: number) => part(height - rows, height),
    getColumn: (name: string) => polarsSeries(name, columns[name]!),
    toString: (): string => `shape: (${height}, ${names.length})`,
    [Symbol.for("nodejs.util.inspect.custom")]: (): string => methods.toString(),
    [JUPYTER_DISPLAY]: () => ({ "application/vnd.dataresource+json": { data: [{ n: 1n }] }, "text/html": "<table></table>" }),
  };
  const column = (key: string | symbol): object | undefined =>
    typeof key === "string" && names.includes(key) ? polarsSeries(key, columns[key]!) : undefined;
  return new Proxy<object>(methods, {
    // A column comes before a method of its name.
    get: (_, key) => column(key) ?? Reflect.get(methods, key),
    has: () => false,
    ownKeys: () => names,
    getOwnPropertyDescriptor: (_, key) => ({ configurable: true, enumerable: true, value: column(key) }),
  });
}

test("a polars frame is a table with its size, a long one its first and last rows, beside polars' own text", async () => {
  const short = await toBundle(polarsFrame({ id: [1n, 2n], name: ["<b>", null] }));
  expect(Object.keys(short).sort()).toEqual(["text/html", "text/plain"]);
  expect(short["text/plain"]).toBe("shape: (2, 2)");
  expect(short["text/html"]).toContain("<caption>2 rows × 2 columns</caption>");
  expect(short["text/html"]).toContain("&lt;b&gt;</td>");
  const long = await toBundle(polarsFrame({ n: Array.from({ length: 50_000 }, (_, i) => i) }));
  expect(long["text/html"]).toContain("50,000 rows × 1 columns: the first and the last 10");
  const shown = [...String(long["text/html"]).matchAll(/<td[^>]*>(\d+)<\/td>/g)].map((cell) => Number(cell[1]));
  expect(shown).toEqual([...Array(10).keys(), ...Array.from({ length: 10 }, (_, i) => 49_990 + i)]);
});

test("a polars series is a table of its values, a long one of its ends, beside polars' own text", async () => {
  const short = await toBundle(polarsSeries("price", [1n, null]));
  expect(short["text/plain"]).toBe("shape: (2,)\nSeries: 'price' [f64]");
  expect(short["text/html"]).toContain("<caption>2 values</caption>");
  expect(short["text/html"]).toMatch(/>price<\/th>.*>1<\/td>.*><\/td>/s);
  const long = await toBundle(
    polarsSeries(
      "n",
      Array.from({ length: 3000 }, (_, i) => i),
    ),
  );
  expect(long["text/html"]).toContain("3,000 values: the first and the last 10");
  const shown = [...String(long["text/html"]).matchAll(/<td[^>]*>(\d+)<\/td>/g)].map((cell) => Number(cell[1]));
  expect(shown).toEqual([...Array(10).keys(), ...Array.from({ length: 10 }, (_, i) => 2990 + i)]);
});

test("polars frames and series in a list print themselves; columns named as methods keep polars' own form", async () => {
  const frame = polarsFrame({ a: [1] });
  for (const list of [[frame], [polarsSeries("a", [1]), frame]]) {
    const bundle = await toBundle(list);
    expect(Object.keys(bundle)).toEqual(["text/plain"]);
    expect(bundle["text/plain"]).toContain("shape: (1, 1)");
  }
  const shadowed = await toBundle(polarsFrame({ columns: [1], height: [2], head: [3], getColumn: [4] }));
  expect(shadowed["text/html"]).toBe("<table></table>");
});

test("a long list is shown by its count, head and tail", () => {
  const text = plainText(Float64Array.from({ length: 10_000 }, (_, i) => i / 2));
  expect(text).toMatch(/^Float64Array\(10000\) \[\n {2}0, /);
  expect(text).toContain("… 9920 more items …");
  expect(text).toMatch(/4999\.5\n\]$/);
  expect(plainText(Array.from({ length: 101 }, (_, i) => `x${i}`))).toContain("'x100'");
  expect(plainText([1, 2, 3])).toBe("[ 1, 2, 3 ]");
  expect(plainText(new Uint8Array(3))).toBe("Uint8Array(3) [ 0, 0, 0 ]");
});

test("a Set is a table of its items, and its text stays a Set's", async () => {
  const bundle = await toBundle(new Set(["a", "<b>"]));
  expect(bundle["text/html"]).toContain("&lt;b&gt;");
  expect(bundle["text/plain"]).toBe("Set(2) { 'a', '<b>' }");
  expect((await toBundle(new Set()))["text/html"]).toBeUndefined();
});

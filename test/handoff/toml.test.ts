import fc from "fast-check";
import { parse } from "smol-toml";
import { describe, expect, test } from "vitest";
import { decimal } from "../../src/core/index.js";
import { editToml, TomlDocument, type TomlLiteral, tomlValue } from "../../src/handoff/index.js";

const text = (value: string): TomlLiteral => ({ value, text: JSON.stringify(value) });
const whole = (value: number): TomlLiteral => ({ value, text: String(value) });
const float = (value: string): TomlLiteral => ({ value: decimal(value), text: value });
const read = (source: string, ...path: (string | number)[]): unknown => {
  const item = new TomlDocument(source, "x.toml").at(path);
  return item?.type === "leaf" ? tomlValue(item.value) : item?.type;
};
const edit = (source: string, path: (string | number)[], entries: [string, TomlLiteral][], remove?: readonly string[] | "others"): string =>
  editToml(new TomlDocument(source, "x.toml"), [{ path, entries, ...(remove === undefined ? {} : { remove }) }]);

describe("reading", () => {
  test("numbers are what the text says", () => {
    expect(read("a = 2.2", "a")).toEqual(decimal("2.2"));
    expect(read("a = 0.1000000000000000000001", "a")).toEqual(decimal("0.1000000000000000000001"));
    expect(read("a = 1_000.5e-1_0", "a")).toEqual(decimal("1000.5e-10"));
    expect(read("a = 9007199254740993", "a")).toBe(9007199254740993n);
    expect(read("a = 0xff", "a")).toBe(255);
    expect(read("a = inf", "a")).toBe(Number.POSITIVE_INFINITY);
  });

  test("every spelling of a table is one table", () => {
    for (const source of ["[p.q]\na = 1", "p.q.a = 1", "p = { q = { a = 1 } }", "[p]\nq.a = 1", '["p"]\n"q".a = 1', "[p.q]\na=1\n[p]\nb=2"])
      expect(read(source, "p", "q", "a")).toBe(1);
    expect(read("[[p.d]]\na = 1\n[[p.d]]\na = 2\n[p.d.sub]\nb = 3", "p", "d", 1, "a")).toBe(2);
    expect(read("[[p.d]]\na = 1\n[[p.d]]\na = 2\n[p.d.sub]\nb = 3", "p", "d", 1, "sub", "b")).toBe(3);
    expect(read("[a.a.a]\nb = 1", "a", "a", "a", "b")).toBe(1);
  });

  test.each([
    ["[params]\na = \n", 2, "Unspecified"],
    ["a = 1\na = 2\n", 2, "Keep one of the two"],
    ["a = BTCUSDT\n", 1, "quotes"],
    ["a = 1.\n", 1, "both sides of its point"],
    ['a = "x\n', 1, "Close the quote"],
  ])("says where %j is wrong, and what to do", (source, line, words) => {
    expect(() => new TomlDocument(source, "bad.toml")).toThrow(
      expect.objectContaining({ code: "TOML_SYNTAX", details: expect.objectContaining({ line }), message: expect.stringContaining(words) }),
    );
    expect(() => new TomlDocument(source, "bad.toml")).toThrow(`bad.toml:${line}:`);
  });
});

const COMMENTED = `# top
strategy_name = "SmaCross" # who

# before
[params]
  fast_period=12   # bars
symbol = 'BTCUSDT'
# the slow one
slow_period = 30
level = 28

[notes] # another tool's
x = 1
`;

describe("editing", () => {
  test("what already says it stays byte for byte", () => {
    const same: [string, TomlLiteral][] = [
      ["fast_period", whole(12)],
      ["symbol", text("BTCUSDT")],
      ["slow_period", whole(30)],
      ["level", float("28.0")],
    ];
    expect(edit(COMMENTED, ["params"], same, "others")).toBe(COMMENTED);
  });

  test("a changed value changes its own characters only", () => {
    expect(edit(COMMENTED, ["params"], [["fast_period", whole(7)]])).toBe(COMMENTED.replace("fast_period=12 ", "fast_period=7 "));
  });

  test("a new key goes to the end of its table, a new table to the end of the file", () => {
    expect(edit(COMMENTED, ["params"], [["min_samples", whole(5)]])).toBe(
      COMMENTED.replace("level = 28\n", "level = 28\nmin_samples = 5\n"),
    );
    expect(edit(COMMENTED, ["execution"], [["sizer", text("percent:0.1")]])).toBe(`${COMMENTED}\n[execution]\nsizer = "percent:0.1"\n`);
    expect(edit(COMMENTED, [], [["strategy_module", text("./x.ts")]])).toBe(
      COMMENTED.replace("# who\n", '# who\nstrategy_module = "./x.ts"\n'),
    );
  });

  test("a removed key takes its line, not the comment above it", () => {
    const without = edit(
      COMMENTED,
      ["params"],
      [
        ["fast_period", whole(12)],
        ["symbol", text("BTCUSDT")],
        ["level", whole(28)],
      ],
      "others",
    );
    expect(without).toBe(COMMENTED.replace("slow_period = 30\n", ""));
    expect(edit(COMMENTED, ["params"], [["last", whole(1)]], ["level"])).toBe(COMMENTED.replace("level = 28\n", "last = 1\n"));
  });

  test("keeps Windows line ends, dotted keys, inline tables, and a missing last newline", () => {
    expect(edit("a = 1\r\n[p]\r\nb = 2\r\n", ["p"], [["c", whole(3)]])).toBe("a = 1\r\n[p]\r\nb = 2\r\nc = 3\r\n");
    expect(edit("p.b = 2 # two\nq = 1\n", ["p"], [["c", whole(3)]])).toBe("p.b = 2 # two\np.c = 3\nq = 1\n");
    expect(
      edit(
        "p = { b = 2, d = 'x' } # in\n",
        ["p"],
        [
          ["b", whole(9)],
          ["c", whole(3)],
        ],
      ),
    ).toBe("p = { b = 9, d = 'x', c = 3 } # in\n");
    expect(edit("p = { b = 2 }\n", ["p"], [["b", whole(9)]])).toBe("p = { b = 9 }\n");
    expect(edit("[p]\nb = 2", ["p"], [["c", whole(3)]])).toBe("[p]\nb = 2\nc = 3\n");
    expect(edit("[p]", ["p"], [["c", whole(3)]])).toBe("[p]\nc = 3\n");
    expect(edit("[p]\n[q]\n", ["p"], [["c", whole(3)]])).toBe("[p]\nc = 3\n[q]\n");
    expect(edit("[p]\nlist = [ # a\n  1,\n  2\n]\n", ["p"], [["c", whole(3)]])).toBe("[p]\nlist = [ # a\n  1,\n  2\n]\nc = 3\n");
    expect(edit("b = 2", ["p"], [["c", whole(3)]])).toBe("b = 2\n\n[p]\nc = 3\n");
    expect(edit("# only a comment\n", [], [["a", whole(1)]])).toBe("a = 1\n# only a comment\n");
  });

  test("refuses to make a table of a value, or a value of a table", () => {
    expect(() => edit("p = 1\n", ["p"], [["c", whole(3)]])).toThrow(expect.objectContaining({ code: "TOML_FORM" }));
    expect(() => edit("[p.c]\n", ["p"], [["c", whole(3)]])).not.toThrow();
    expect(() => edit("[p]\nx = 1\n[p.c]\n", ["p"], [["c", whole(3)]])).toThrow(expect.objectContaining({ code: "TOML_FORM" }));
    expect(() => edit("p = { x = 1 }\n", ["p", "q"], [["c", whole(3)]])).toThrow(expect.objectContaining({ code: "TOML_FORM" }));
  });

  test("any edit is read back by a second TOML library, and no other line changes", () => {
    const key = fc.constantFrom("fast_period", "symbol", "slow_period", "level", "added", "more");
    const wanted = fc.uniqueArray(fc.tuple(key, fc.integer({ min: 0, max: 99 })), { selector: ([name]) => name });
    fc.assert(
      fc.property(wanted, fc.boolean(), (pairs, crlf) => {
        const source = crlf ? COMMENTED.replaceAll("\n", "\r\n") : COMMENTED;
        const out = edit(
          source,
          ["params"],
          pairs.map(([name, value]) => [name, whole(value)]),
        );
        const expected = { fast_period: 12, symbol: "BTCUSDT", slow_period: 30, level: 28, ...Object.fromEntries(pairs) };
        expect(parse(out)).toMatchObject({ strategy_name: "SmaCross", params: expected, notes: { x: 1 } });
        const touched = new Set(pairs.map(([name]) => name as string));
        const kept = source.split("\n").filter((line) => !touched.has(/^\s*(\w+)\s*=/.exec(line)?.[1] ?? ""));
        expect(out.split("\n").filter((line) => !touched.has(/^\s*(\w+)\s*=/.exec(line)?.[1] ?? ""))).toEqual(kept);
      }),
    );
  });
});

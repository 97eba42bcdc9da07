import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { SIZER_FORMS } from "../../src/execution/index.js";
import { LanguageService, type TypeProblem } from "../../src/kernel/index.js";
import { scope } from "../../src/lab/index.js";

const HELPERS = ["display", "lab", ...Object.keys(scope())];

let folder: string;
let service: LanguageService;
let cells = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tesserlab-language-"));
  service = LanguageService.start({ folder, helpers: HELPERS, detailPatienceMs: 60_000 });
  await service.ready;
});

afterAll(async () => {
  await service.stop();
  rmSync(folder, { recursive: true });
});

// Each test has a notebook to itself; the server is the same, as starting one takes a while.
beforeEach(() => {
  for (let cell = 0; cell <= cells; cell++) service.forget(`cell-${cell}`);
  cells = 0;
});

const run = (code: string): void => service.remember(`cell-${++cells}`, code);

/** Completes at the bar. */
async function matches(marked: string): Promise<string[]> {
  const cursor = marked.indexOf("|");
  return (await service.complete(marked.replace("|", ""), cursor)).matches;
}

async function typesAt(marked: string): Promise<Record<string, string>> {
  const cursor = marked.indexOf("|");
  const { types } = await service.complete(marked.replace("|", ""), cursor);
  return Object.fromEntries(types.map(({ text, type }) => [text, type]));
}

async function inspected(marked: string, detail: 0 | 1 = 0): Promise<string> {
  const bundle = await service.inspect(marked.replace("|", ""), marked.indexOf("|"), detail);
  return String(bundle?.["text/plain"] ?? "");
}

const brief = (problems: readonly TypeProblem[] = []): string[] => problems.map(({ line, column, code }) => `${line}:${column} ${code}`);

async function diagnosed(code: string): Promise<TypeProblem[]> {
  const found = await service.diagnostics(code);
  if (found === undefined) throw new Error(`not checked: ${service.problem}`);
  return found;
}

const problems = async (code: string): Promise<string[]> => brief(await diagnosed(code));

describe("completion", () => {
  test("members of a helper, in a cell of its own", async () => {
    expect(await matches("data.|")).toEqual(expect.arrayContaining(["load", "funding", "resample"]));
  });

  test("what is typed already narrows it, and is what gets replaced", async () => {
    const code = "const a = 1;\nconsole.lo";
    const { matches: found, start, end } = await service.complete(code, code.length);
    expect(found).toContain("log");
    expect(code.slice(start, end)).toBe("lo");
    expect(found.every((name) => name.startsWith("lo"))).toBe(true);
  });

  test("case does not count when nothing fits otherwise", async () => {
    expect(await matches("console.LO|")).toContain("log");
  });

  test("option keys of helpers, the required ones first", async () => {
    const keys = await matches("backtest({ |");
    expect(keys.slice(0, 2)).toEqual(["data", "strategy"]);
    expect(keys).toEqual(expect.arrayContaining(["params", "sizer", "slippageBps"]));
    expect(await matches('backtest({ data: [], strategy: "SmaCross", sli| })')).toEqual(["slippageBps"]);
  });

  test("names in string positions", async () => {
    expect(await matches('tune({ objective: "s|" })')).toEqual(expect.arrayContaining(["sharpe", "sortino"]));
    expect(await matches('backtest({ strategy: "|" })')).toEqual(expect.arrayContaining(["SmaCross", "RsiReversion"]));
    for (const unfinished of ['await backtest({ data: [], strategy: "|', "await backtest({ data: [], strategy: '|"]) {
      const found = await matches(unfinished);
      expect([found.includes("SmaCross"), found.includes("")]).toEqual([true, false]);
    }
    const schedules = ["bybit-inverse", "bybit-linear", "bybit-spot", "none"];
    for (const code of ['backtest({ fees: "|" })', 'paper({ fees: "|" })', 'fees.rates("|")'])
      expect((await matches(code)).sort()).toEqual(schedules);
    const styles = ["maker_both", "maker_entry", "maker_exit", "taker"];
    for (const code of ['router.create({ style: "|" })', 'backtest({ router: { style: "|" } })'])
      expect((await matches(code)).sort()).toEqual(styles);
  });

  test("the forms of sizers in a string, of which each is one as it stands", async () => {
    for (const code of [
      'backtest({ sizer: "|" })',
      'tune({ strategy: "SmaCross", sizer: "|" })',
      'live.start({ strategy: "SmaCross", sizer: "|" })',
      'engine({ sizer: "|" })',
    ])
      expect((await matches(code)).sort()).toEqual([...SIZER_FORMS].sort());
    expect((await matches('backtest({ sizer: "vol|" })')).every((form) => form.startsWith("volatility-target:"))).toBe(true);
    expect(
      await problems(
        'backtest({ data: [], strategy: "SmaCross", sizer: "percent:0.35" }); const text = String(1); backtest({ data: [], strategy: "SmaCross", sizer: text })',
      ),
    ).toEqual([]);
  });

  test("parameters of a strategy that is given by name or by definition, in params and in space", async () => {
    const cross = ["fastPeriod", "minSamples", "slowPeriod", "symbol", "vwapDurationSecs", "vwapParticipation"];
    for (const strategy of ['"SmaCross"', 'strategies.get("SmaCross")']) {
      expect((await matches(`await backtest({ data: btc, strategy: ${strategy}, params: { | } })`)).sort()).toEqual(cross);
      expect(await matches(`backtest({ strategy: ${strategy}, params: { fastPeriod: 5, slo| } })`)).toEqual(["slowPeriod"]);
      expect((await matches(`tune({ strategy: ${strategy}, space: { | } })`)).sort()).toEqual(cross);
      expect(await matches(`tune({ strategy: ${strategy}, space: { fastPeriod: range(1, 5) }, params: { min| } })`)).toEqual([
        "minSamples",
      ]);
      expect((await matches(`walkForward({ strategy: ${strategy}, space: { | }, train: "30d" })`)).sort()).toEqual(cross);
      expect((await matches(`live.start({ strategy: ${strategy}, params: { | }, venue: paper() })`)).sort()).toEqual(cross);
    }
    run('import { SmaCross } from "tesserlab/strategies";');
    expect((await matches("backtest({ strategy: SmaCross, params: { | } })")).sort()).toEqual(cross);
    run('const Dip = defineStrategy({ name: "Dip", params: { period: param.integer({ default: 14 }) }, create: () => ({}) });');
    expect((await matches("backtest({ strategy: Dip, params: { | } })")).sort()).toEqual(["period", "symbol"]);
    expect((await matches("tune({ strategy: Dip, space: { | } })")).sort()).toEqual(["period", "symbol"]);
    expect((await matches("live.start({ strategy: Dip, params: { | } })")).sort()).toEqual(["period", "symbol"]);
  });

  test("module names, named imports and local files", async () => {
    writeFileSync(join(folder, "my-signals.ts"), "export const threshold = 3;\n");
    expect(await matches('import fs from "node:f|"')).toContain("node:fs");
    expect(await matches('import { readFileS| } from "node:fs"')).toEqual(["readFileSync"]);
    expect(await matches('import { | } from "./my-signals"')).toContain("threshold");
    expect(await matches('import { threshold } from "./my-s|"')).toEqual(["my-signals"]);
  });

  test("locals and parameters of the cell, nearest scope before globals", async () => {
    const found = await matches("function f(priceNow: number) { const priceThen = 1; return pr| }");
    expect(found.slice(0, 2).sort()).toEqual(["priceNow", "priceThen"]);
    expect(found.indexOf("process")).toBeGreaterThan(1);
  });

  test("variables of earlier cells, also in a cell that does not parse yet", async () => {
    run("const threshold = 3;\nconst rows = [{ price: 1, volume: 2 }];");
    expect(await matches("thres|")).toEqual(["threshold"]);
    expect(await matches("const x = rows[0].|\nconst y = foo(")).toEqual(expect.arrayContaining(["price", "volume"]));
  });

  test("types by Jupyter's words, signatures of functions", async () => {
    run("class Book { bids = 1 }\nfunction spread(bid: number, ask: number): number { return ask - bid; }");
    expect(await typesAt("new Bo|")).toMatchObject({ Book: "class", Boolean: "instance" });
    const { types } = await service.complete("spr", 3);
    expect(types.find(({ text }) => text === "spread")).toMatchObject({
      type: "function",
      signature: "(bid: number, ask: number): number",
    });
    expect(await typesAt("retur|")).toMatchObject({ return: "keyword" });
    expect((await typesAt("lab.|")).charts).toBe("module");
    expect((await typesAt("backtest({ |")).data).toBe("property");
  });

  test("deprecated members come last", async () => {
    run("const old = {\n  /** @deprecated use zeta */\n  alpha: 1,\n  zeta: 2,\n};");
    expect(await matches("old.|")).toEqual(["zeta", "alpha"]);
  });

  test("a function's own members come before those of every function", async () => {
    const found = await matches("display.|");
    expect(found.indexOf("apply")).toBeGreaterThan(found.indexOf("html"));
  });

  test("nothing of the service's own names shows", async () => {
    run("let a = 1; const b = 2; a + b");
    run("a = 3");
    const found = await matches("const data = data.load; let a = 5; |");
    expect(found.filter((name) => /[^\x20-\x7e]/.test(name))).toEqual([]);
    expect(found).toEqual(expect.arrayContaining(["a", "b", "data", "_"]));
  });

  test("a name typed in its own new declaration still means the helper", async () => {
    expect(await matches("const data = await da|")).toContain("data");
    expect(await matches("const data = await data.|")).toContain("load");
    expect(await matches("const data = await data.lo|ad('x.csv')")).toContain("load");
  });

  test("offsets are UTF-16 units, whatever is in front", async () => {
    const code = "const s = '😀';\nconst t = '𝛼'; s.toUpper";
    const { matches: found, start, end } = await service.complete(code, code.length);
    expect(found).toEqual(["toUpperCase"]);
    expect(code.slice(start, end)).toBe("toUpper");
  });

  test("questions asked at once are all answered, each about the cells before it", async () => {
    const early = service.complete("prices.", 7);
    run("const prices = { open: 1 };");
    const [first, other] = [service.complete("prices.", 7), service.complete("console.lo", 10)];
    run("const prices = { close: 1 };");
    const last = service.complete("prices.", 7);
    const found = (await Promise.all([early, first, other, last])).map(({ matches: all }) => all);
    expect(found).toEqual([[], ["open"], ["log"], ["close"]]);
  });
});

describe("names of the notebook", () => {
  test("a cell may declare any helper's name: the initialiser sees the helper, later cells the variable", async () => {
    const lines = HELPERS.map((name) => `const ${name} = { held: ${name} }; ${name}.held; ${name}.missing;`);
    expect((await problems(lines.join("\n"))).map((text) => text.replace(/:.* /, " "))).toEqual(HELPERS.map((_, i) => `${i + 1} TS2339`));
    run(lines.join("\n"));
    for (const name of HELPERS) expect(await matches(`${name}.|`), name).toEqual(["held"]);
    expect(await problems(HELPERS.map((name) => `${name}.held;`).join("\n"))).toEqual([]);
  });

  test("`const data = await data.load(…)` is the candles afterwards", async () => {
    const code = 'const data = await data.load("x.csv", { symbol: "BTCUSDT", interval: "5m" });\ndata.slice(0, 2).symbol';
    expect(await problems(code)).toEqual([]);
    run(code);
    expect(await matches("data.sli|")).toEqual(["slice"]);
    expect(await problems("data.load")).toEqual(["1:6 TS2339"]);
    expect(await problems("lab.data.load")).toEqual([]);
  });

  test("a cell that did not parse, or is forgotten, leaves the helper alone", async () => {
    run("const data = ");
    expect(await problems("data.load")).toEqual([]);
    run("const data = 5");
    service.forget(`cell-${cells}`);
    expect(await problems("data.load")).toEqual([]);
  });

  test("of a cell that threw, new names count; those there before keep their old value", async () => {
    run("let n = 1;");
    service.remember(
      "cell-2",
      "const fresh = 'x';\nconst data = await data.load('missing.csv');\nn = await data.count;\nthrow new Error();",
      { failed: true },
    );
    cells = 2;
    expect(await problems("fresh.toUpperCase(); data.load; n.toFixed()")).toEqual([]);
  });

  test("callbacks in the initialiser see the value before, functions and hoisted declarations the new one", async () => {
    run("let rows = [1, 2, 3];");
    expect(await problems("let rows = rows.map((row) => row + '/' + rows.length);\nrows[0].toUpperCase()")).toEqual([]);
    expect(await problems("const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));\nfactorial(3).toFixed()")).toEqual(
      [],
    );
    expect(await problems("console.log(later());\nfunction later() { return 1; }")).toEqual([]);
    expect(await problems("rows.push(4);\nconst rows = 'text';\nrows.toUpperCase()")).toEqual([]);
    expect(await problems("const keep = rows.filter((rows) => rows > 1);\nlet rows = keep;\nrows[0].toFixed()")).toEqual([]);
  });

  test("in a shorthand property, too, the name means what it meant", async () => {
    expect(await problems("const data = { data, kept: 1 };\ndata.kept.toFixed()")).toEqual([]);
    run("const data = { data, kept: 1 };\n({ data, kept: 2 });");
    expect(await problems("data.kept.toFixed(); data.data.load; data.other; _.kept.toFixed()")).toEqual(["1:43 TS2339"]);
    expect(await problems("const fresh = { fresh };")).toEqual(["1:17 TS2448"]);
  });

  test("a name never declared before is an error in its own initialiser", async () => {
    expect(await problems("const fresh = fresh + 1")).toContain("1:15 TS2448");
  });

  test("a name of a global keeps the global's meaning in its initialiser", async () => {
    expect(await problems("const performance = performance.now();\nperformance.toFixed()")).toEqual([]);
  });

  test("anything may be declared anew as anything", async () => {
    for (const code of [
      "const x = 1",
      "let x = 'a'",
      "class x { y = 1 }",
      "function x() { return true }",
      "import x from 'node:fs'",
      "enum x { A }",
    ])
      run(code);
    expect(await problems("const a: number = x.A")).toEqual([]);
    run("import { readFileSync } from 'node:fs';\nconst Decimal = 1");
    run("import { readFileSync, writeFileSync } from 'node:fs';");
    expect(await problems("readFileSync('x'); writeFileSync('x', ''); Decimal.toFixed()")).toEqual([]);
    expect(await problems("import { readFileSync } from 'node:fs'; readFileSync.name")).toEqual([]);
  });

  test("types, interfaces, enums and classes reach later cells", async () => {
    run("interface Row { price: number }\ntype Rows = Row[];\nenum Side { Buy, Sell }\nclass Book { best = 1 }\nexport const shared = 1;");
    expect(
      await problems("const rows: Rows = [{ price: 'x' }];\nconst side: Side = Side.Buy;\nnew Book().worst; shared.toFixed()"),
    ).toEqual(["1:23 TS2322", "3:12 TS2339"]);
  });

  test("variables carry their declared type and what they hold", async () => {
    run("let session;\nlet found: string | undefined;\nconst list = [];\nlet n = 0;");
    expect(await problems("session = new Map<string, number>(); list.push(1); list.push('a'); n = 5; found = 'x'")).toEqual([]);
    run("session = new Map<string, number>();\nfound = 'x';");
    expect(await matches("session.ge|")).toContain("get");
    expect(await problems("found.toUpperCase(); found = undefined; n = 'text'")).toEqual(["1:41 TS2322"]);
  });

  test("what a variable does not hold yet may have been filled by a function", async () => {
    run("let answer;\nlet text: string | undefined;");
    run("function fill() { answer = 5; text = 'x'; }\nfill()");
    expect(await problems("answer.toFixed()")).toEqual([]);
    expect(await problems("text!.toUpperCase()")).toEqual([]);
  });

  test("assigning a constant of another cell works, and is pointed out", async () => {
    run("const limit = 1;");
    const [problem] = await diagnosed("limit = 2");
    expect(problem).toMatchObject({ severity: "warning", line: 1, column: 1 });
    expect(problem!.message).toBe("Cannot assign to 'limit' because it is a constant of another cell.");
  });

  test("many cells executed in a row are all known to what is asked next", async () => {
    for (let i = 1; i <= 60; i++) run(`const v${i} = ${i};`);
    expect(await problems("v1.toFixed(); v60.toFixed(); v1.bar; v60.bar")).toEqual(["1:33 TS2339", "1:42 TS2339"]);
    service.forget("cell-60");
    expect(await problems("v59; v60")).toEqual(["1:6 TS2304"]);
  });

  test("a cell executed again keeps its type however often it builds on itself", async () => {
    run("let rows = [1, 2]; let total = 0;");
    for (let i = 0; i < 30; i++) service.remember("cell-9", "rows = rows.filter((row) => row > total);\nlet total = total + rows.length;");
    cells = 9;
    expect(await problems("rows[0].toFixed(); total.toFixed(); rows.foo; total.foo")).toEqual(["1:42 TS2339", "1:53 TS2339"]);
  });

  test("cells that build on each other, executed in turn, follow each other's types", async () => {
    service.remember("cell-1", "let x = 1;");
    service.remember("cell-2", "let y = x;");
    service.remember("cell-1", "let x = String(y);");
    for (let i = 0; i < 12; i++) {
      service.remember("cell-2", "let y = x;");
      service.remember("cell-1", "let x = String(y);");
    }
    cells = 2;
    expect(await problems("x.toUpperCase(); y.toUpperCase(); y.foo")).toEqual(["1:37 TS2339"]);
  });

  test("a cell edited and executed again replaces its names, those it no longer declares stay alive", async () => {
    service.remember("cell-1", "const a = 1; const b = 'x';");
    service.remember("cell-1", "const a = 'now text';");
    cells = 1;
    expect(await problems("a.toUpperCase(); b.toUpperCase()")).toEqual([]);
  });

  test("`_` is the last result", async () => {
    run("({ price: 1, volume: 2 })");
    expect(await matches("_.|")).toEqual(["price", "volume"]);
    run("console.log(1)");
    expect(await problems("_.anything")).toEqual([]);
    run("{ a: 1, b: 'x' }");
    expect(await matches("_.|")).toEqual(["a", "b"]);
    run("const _ = { mine: 1 }; 5");
    expect(await matches("_.|")).toEqual(["mine"]);
  });

  test("random notebooks: every variable has the type of its last declaration", async () => {
    const VALUES = { number: "1", string: "'s'", boolean: "true" } as const;
    const kind = fc.constantFrom("number", "string", "boolean") as fc.Arbitrary<keyof typeof VALUES>;
    const statement = fc.record({
      name: fc.constantFrom("a", "b", "data"),
      keyword: fc.constantFrom("let", "const", "var"),
      kind,
      cell: fc.integer({ min: 1, max: 3 }),
    });
    cells = 3;
    await fc.assert(
      fc.asyncProperty(fc.array(statement, { minLength: 1, maxLength: 6 }), async (statements) => {
        for (let cell = 0; cell <= 3; cell++) service.forget(`cell-${cell}`);
        const last = new Map<string, keyof typeof VALUES>();
        for (const { name, keyword, kind: of, cell } of statements) {
          service.remember(`cell-${cell}`, `${keyword} ${name}: ${of} = ${VALUES[of]};`);
          last.set(name, of);
        }
        const lines = [...last].map(([name, of]) => `{ const right: ${of} = ${name}; const wrong: symbol = ${name}; }`);
        expect((await problems(`;${lines.join("\n")}`)).map((text) => text.replace(/:.* /, " "))).toEqual(
          lines.map((_, i) => `${i + 1} TS2322`),
        );
      }),
      { numRuns: 12 },
    );
  }, 240_000);
});

describe("diagnostics", () => {
  test("stand at the cell's own lines and columns, sorted, with TypeScript's words", async () => {
    run("const earlier: number = 'not reported again';");
    const found = await service.diagnostics("const a = 1;\n\n  a.foo;\nconst b: string = a;");
    expect(found).toEqual([
      { line: 3, column: 5, code: "TS2339", severity: "error", message: "Property 'foo' does not exist on type '1'." },
      { line: 4, column: 7, code: "TS2322", severity: "error", message: "Type 'number' is not assignable to type 'string'." },
    ]);
  });

  test("what is noise in a notebook is not said", async () => {
    const cell = `import { readFileSync } from "node:fs";
const unused = (a, b) => a;
function nothing(x) {}
const trades = (fills) => fills.map(({ side, price }) => [side, price].join(" "));
try { await Promise.resolve(1); } catch (error) { error.message; }
for await (const x of [1]) x;
const first = [1, 2][0].toFixed();
import.meta.dirname; require("x"); signal.aborted; process.pid; fetch("x"); new URL("x:y"); structuredClone({});
const empty = []; empty.push(1); empty.push("a");`;
    expect(await problems(cell)).toEqual([]);
  });

  test("what a browser or a newer Node has is not there", async () => {
    expect(await problems("document.title")).toEqual(["1:1 TS2584"]);
  });

  test("nullish mistakes and misspelt options are said", async () => {
    expect(await problems("const found = [1].find((x) => x > 1);\nfound.toFixed()")).toEqual(["2:1 TS18048"]);
    const [problem] = await diagnosed('const wrong = await backtest({ data: [], strategy: "SmaCross", slipageBps: 1 });');
    expect(problem!.message).toContain("slippageBps");
  });

  test("a misspelt parameter of a strategy is said, with the nearest; what cannot be known is not", async () => {
    run('const Dip = defineStrategy({ name: "Dip", params: { period: param.integer({ default: 14 }) }, create: () => ({}) });');
    run("declare const btc: Awaited<ReturnType<typeof data.load>>; let name = 'SmaCross';");
    for (const [code, word] of [
      ['backtest({ data: btc, strategy: "SmaCross", params: { fastPeriods: 5 } })', "fastPeriod"],
      ["backtest({ data: btc, strategy: Dip, params: { periods: 5 } })", "period"],
      ["tune({ data: btc, strategy: Dip, space: { perod: [5] } })", "period"],
      ['live.start({ data: btc, strategy: "RsiReversion", params: { oversolt: 5 } })', "oversold"],
      ['backtest({ data: btc, strategy: "SmaCross", params: { fastPeriod: true } })', "Type 'true'"],
    ] as const) {
      const found = await diagnosed(code);
      expect(
        found.map(({ severity }) => severity),
        code,
      ).toEqual(["error"]);
      expect(found[0]!.message).toContain(word);
    }
    const fine = `const run = await backtest({ data: btc, strategy: "SmaCross", params: { fastPeriod: "5", slowPeriod: new Decimal(9) } });
const study = await tune({ data: btc, strategy: Dip, space: { period: range(5, 60, 5), symbol: choice("BTCUSDT") }, params: {} });
await backtest({ data: btc, strategy: Dip, params: study.best.params });
await backtest({ data: btc, strategy: "SmaCross", params: { ...run.params, fastPeriod: 3 } });
await backtest({ data: btc, strategy: "smacross", params: { fastPeriod: 3 } });
await backtest({ data: btc, strategy: name, params: { anything: 3 } });
const settings = { data: btc, strategy: "SmaCross" };
await backtest({ ...settings, params: { fastPeriod: 3 } });
await backtest({ data: btc, strategy: strategies.get(name), params: { anything: 3 } });
await backtest({ data: btc, strategy: study.strategy, params: { anything: 3 } });
await live.start({ strategy: { module: "./mine.ts" }, params: { anything: 3 }, venue: paper() });
await live.start({ config: "strategies/x.toml", venue: paper() });`;
    expect(await diagnosed(fine)).toEqual([]);
  });

  test("an object literal is an expression, as when it runs", async () => {
    expect(await problems("{ a: 1, b: 2 }")).toEqual([]);
    expect(await problems("{ a: 1,\n  b: missing }")).toEqual(["2:6 TS2304"]);
  });

  test("private names and paths stay out of messages", async () => {
    run("let held: number = 1;");
    const found = [
      ...(await diagnosed("const data = data.nothing;")),
      ...(await diagnosed("held = 'x'; held.foo;")),
      ...(await diagnosed("const d: number = new lab.Decimal(1);")),
    ];
    expect(found).toHaveLength(4);
    for (const { message } of found) expect(message).toMatch(/^[\x20-\x7e\n]*$/);
    for (const { message } of found) expect(message).not.toContain(folder);
  });

  test("what tslab notebooks import is there", async () => {
    expect(
      await problems('import { display, newDisplay } from "tslab";\ndisplay.html("<b>1</b>"); newDisplay().text("x"); display.svg(5)'),
    ).toEqual(["2:63 TS2345"]);
    expect(await problems('import { backtest } from "tesserlab/lab";\nbacktest.foo')).toEqual(["2:10 TS2339"]);
  });
});

describe("files beside the notebook", () => {
  test("local TypeScript with and without extension, JavaScript and JSON have their types", async () => {
    mkdirSync(join(folder, "lib"), { recursive: true });
    writeFileSync(join(folder, "lib", "signals.ts"), "export const threshold: number = 3;\n");
    writeFileSync(join(folder, "plain.mjs"), "export const word = 'x';\n");
    writeFileSync(join(folder, "settings.json"), '{ "period": 14 }\n');
    const cell = `import { threshold } from "./lib/signals";
import { threshold as again } from "./lib/signals.ts";
import { word } from "./plain.mjs";
import settings from "./settings.json";
import typed from "./settings.json" with { type: "json" };
threshold.toFixed(); again.toFixed(); word.toUpperCase(); settings.period.toFixed(); typed.period.toFixed();
settings.periods`;
    expect(await problems(cell)).toEqual(["7:10 TS2551"]);
  });

  test("an edit is seen at the next question, in what a module imports too", async () => {
    writeFileSync(join(folder, "outer.ts"), 'export * from "./inner.js";\n');
    writeFileSync(join(folder, "inner.ts"), "export const value = 1;\n");
    run('import { value } from "./outer";');
    expect(await problems("value.toFixed()")).toEqual([]);
    writeFileSync(join(folder, "inner.ts"), "export const value = 'text';\nexport const more = 1;\n");
    expect(await problems("value.toFixed()")).toEqual(["1:7 TS2551"]);
    expect(await problems('import { more } from "./outer";')).toEqual([]);
  });

  test("a module that is missing is an error until it is there", async () => {
    const cell = 'import { x } from "./not-yet";\nx.toFixed()';
    expect(await problems(cell)).toEqual(["1:19 TS2307"]);
    writeFileSync(join(folder, "not-yet.ts"), "export const x = 1;\n");
    expect(await problems(cell)).toEqual([]);
    rmSync(join(folder, "not-yet.ts"));
    expect(await problems(cell)).toEqual(["1:19 TS2307"]);
  });

  test("a tsconfig.json there has no say, and nothing is ever written", async () => {
    const own = mkdtempSync(join(tmpdir(), "tesserlab-language-own-"));
    writeFileSync(
      join(own, "tsconfig.json"),
      '{ "compilerOptions": { "strict": false, "noUnusedLocals": true, "types": [] }, "include": ["nowhere"] }',
    );
    const other = LanguageService.start({ folder: own, helpers: HELPERS });
    try {
      other.remember("1", "const kept = 1;");
      expect(brief(await other.diagnostics("const x: string = null; process.pid; kept.foo"))).toEqual(["1:7 TS2322", "1:43 TS2339"]);
      expect(readdirSync(own)).toEqual(["tsconfig.json"]);
    } finally {
      await other.stop();
      rmSync(own, { recursive: true });
    }
  });
});

describe("inspection", () => {
  test("shows signature and documentation, as Markdown and as plain text", async () => {
    const bundle = await service.inspect("backtest", 3, 0);
    expect(bundle?.["text/markdown"]).toMatch(
      /^```typescript\nfunction backtest<.*>\(options: BacktestOptions<S>\): Promise<BacktestRun>\n```\n/,
    );
    expect(bundle?.["text/plain"]).toMatch(/^function backtest<.*>\(options: BacktestOptions<S>\): Promise<BacktestRun>\n[A-Z]/);
    expect(bundle?.["text/plain"]).not.toContain("```");
  });

  test("of variables of earlier cells, of members, and of nothing", async () => {
    run("/** How far apart. */\nconst spread = (bid: number, ask: number) => ask - bid;\nlet n = 1;");
    expect(await inspected("spr|ead")).toBe("const spread: (bid: number, ask: number) => number\nHow far apart.");
    expect(await inspected("n|")).toBe("let n: number");
    expect(await inspected("[1].ma|p")).toContain("Array<number>.map");
    expect(await inspected("const data = da|ta.load")).toMatch(/^const data: \{/);
    expect(await service.inspect("   ", 1, 0)).toBeUndefined();
    expect(await service.inspect("nowhere", 3, 0)).toBeUndefined();
  });

  test("a property that holds a documented function has its documentation", async () => {
    for (const code of ["data.lo|ad", "data.load('x.csv', |)", "const data = await data.load(|"])
      expect(await inspected(code)).toMatch(/^\(property\) load: .*Promise<LoadedCandles>\n[A-Z]/);
  });

  test("between the parentheses of a call it is the function's", async () => {
    run("/** Adds. */\nfunction add(a: number, b: number) { return a + b; }");
    for (const code of ["add(|", "add(|)", "add(1, |)", "add((1), [2, |"])
      expect(await inspected(code)).toMatch(/^function add\(.*\nAdds\.$/);
  });

  test("the second level adds the declaration", async () => {
    run("class Book {\n  best = 1;\n}");
    expect(await inspected("new Bo|ok()", 1)).toContain("class Book {\n  best = 1;\n}");
  });

  test.each(HELPERS)("%s says what it is", async (name) => {
    const text = await inspected(`${name}|`);
    expect(text).not.toBe("");
    expect(text).not.toMatch(/^import |\bany$/);
    if (name !== "lab" && name !== "analytics" && name !== "charts")
      expect(text.split("\n").length, `${name} has no documentation`).toBeGreaterThan(1);
  });
});

describe("the server", () => {
  test("is started anew when it dies; what was executed is not forgotten", async () => {
    run("const survivor = { alive: true };");
    const before = service.pid!;
    process.kill(before, "SIGKILL");
    expect(await matches("survivor.|")).toEqual(["alive"]);
    expect(service.pid).not.toBe(before);
    const asked = service.diagnostics("survivor.dead");
    process.kill(service.pid!, "SIGKILL");
    expect(brief(await asked)).toEqual(["1:10 TS2339"]);
  });

  test("that keeps dying is given up: no answers, and the reason", async () => {
    let now = 0;
    const doomed = LanguageService.start({ folder, helpers: ["display"], now: () => now });
    await doomed.ready;
    for (let i = 1; i <= 5; i++) {
      expect((await doomed.complete("console.lo", 10)).matches).toContain("log");
      process.kill(doomed.pid!, "SIGKILL");
      await expect.poll(() => doomed.pid, { timeout: 60_000 }).toBeUndefined();
    }
    expect((await doomed.complete("console.", 8)).matches).toEqual([]);
    expect(await doomed.diagnostics("nonsense")).toBeUndefined();
    expect(doomed.problem).toMatch(/ended 5 times within a minute, last with signal SIGKILL/);
    now = 61_000;
    expect((await doomed.complete("console.lo", 10)).matches).toContain("log");
    expect(doomed.problem).toBeUndefined();
    await doomed.stop();
  }, 180_000);

  test("ends when stopped, and then nothing is answered", async () => {
    const brief = LanguageService.start({ folder: join(folder, "not", "there"), helpers: [] });
    expect((await brief.complete("console.lo", 10)).matches).toContain("log");
    const pid = brief.pid!;
    const waiting = brief.complete("console.", 8);
    await brief.stop();
    await waiting;
    expect(() => process.kill(pid, 0)).toThrow();
    expect(await brief.complete("console.", 8)).toEqual({ matches: [], start: 8, end: 8, types: [] });
    expect(await brief.inspect("console", 1, 0)).toBeUndefined();
    await brief.stop();
  });

  test("the kernel's own helpers are typed where it gives them", async () => {
    const own = LanguageService.start({ folder, helpers: ["display", "prompt", "confirm", "comms"] });
    expect(
      brief(await own.diagnostics("const name: string = prompt('Name?', { password: true }); const sure: number = confirm('Sure?');")),
    ).toEqual(["1:65 TS2322"]);
    expect((await own.inspect("prompt", 2, 0))?.["text/plain"]).toContain("Waits for a line of text.");
    expect((await own.inspect("comms", 2, 0))?.["text/plain"]).toMatch(/^const comms: Pick<CommHub, "open" | "register">\n/);
    expect((await own.complete("backt", 5)).matches).toEqual([]);
    await own.stop();
  });

  test("helpers may come from any module with exports", async () => {
    writeFileSync(
      join(folder, "own-lab.mjs"),
      "/** Greets. @param {string} name */\nexport function greet(name) { return 'hello ' + name; }\n",
    );
    const own = LanguageService.start({ folder, helpers: ["greet", "lab"], lab: join(folder, "own-lab.mjs") });
    expect((await own.complete("greet('x').toUp", 15)).matches).toEqual(["toUpperCase"]);
    expect((await own.complete("lab.", 4)).matches).toEqual(["greet"]);
    await own.stop();
  });

  test("a project in a folder above is neither read nor asked", async () => {
    const project = mkdtempSync(join(tmpdir(), "tesserlab-language-project-"));
    const notebooks = join(project, "notebooks");
    mkdirSync(notebooks);
    writeFileSync(join(project, "tsconfig.json"), '{ "compilerOptions": { "types": [], "noLib": true } }');
    writeFileSync(join(project, "global.d.ts"), "declare const leaked: number;\n");
    const inner = LanguageService.start({ folder: notebooks, helpers: HELPERS });
    inner.remember("1", "const kept = 1;");
    expect(brief(await inner.diagnostics("kept.toFixed(); leaked;"))).toEqual(["1:17 TS2304"]);
    await inner.stop();
    rmSync(project, { recursive: true });
  });

  test("thousands of names are all there: completed, checked, and taken over by the next cell", async () => {
    run(
      Array.from({ length: 3_000 }, (_, i) => `${i % 2 === 0 ? "const" : "let"} many${i} = ${i % 3 === 0 ? `"text ${i}"` : i};`).join("\n"),
    );
    run("many1 = 5;\nlet many7 = [many1];");
    expect(await problems("many3.toUpperCase(); many1.toFixed(); many7[0].toFixed(); many2998.foo; manyless")).toEqual([
      "1:68 TS2339",
      "1:73 TS2304",
    ]);
    expect(await problems("const many4 = many4 + 1; let many3 = many3.length; many4.foo; many3.foo")).toEqual([
      "1:58 TS2339",
      "1:69 TS2339",
    ]);
    expect(await matches("many2999.toFi|")).toEqual(["toFixed"]);
    expect(await matches("many299|")).toHaveLength(11);
  }, 240_000);

  test("more cells than were foreseen, and names beyond them, stay in scope", async () => {
    const small = LanguageService.start({ folder, helpers: ["display"], foreseenCells: 4 });
    for (let i = 0; i < 11; i++) small.remember(`cell-${i}`, `const v${i} = ${i === 0 ? "[1]" : `v${i - 1}.map((x) => x + 1)`};`);
    expect(brief(await small.diagnostics("v0[0].toFixed(); v10[0].toFixed(); v10.foo"))).toEqual(["1:40 TS2339"]);
    expect((await small.complete("v1", 2)).matches).toEqual(["v1", "v10"]);
    await small.stop();
  });
});

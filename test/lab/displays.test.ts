import { Console } from "node:console";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import { SYNTHETIC_NOTE } from "../../src/charts/index.js";
import { JUPYTER_DISPLAY, toBundle } from "../../src/display/index.js";
import {
  backtest,
  data,
  defineStrategy,
  exportStrategy,
  live,
  loadStrategy,
  paper,
  range,
  replay,
  show,
  state,
  strategies,
  tune,
  walkForward,
} from "../../src/lab/index.js";
import { btc, expectWhole, readable, scratch, shown, tesserFile } from "./samples.js";

const params = { fastPeriod: 12, slowPeriod: 30 };
const never = defineStrategy({ name: "Never", params: {}, create: () => ({ onCandle() {} }) });
const space = { fastPeriod: range(10, 30, 10), slowPeriod: range(40, 80, 20) };

function printed(...values: unknown[]): string {
  let text = "";
  const stdout = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  new Console({ stdout }).log(...values);
  return text;
}

const run = await backtest({
  data: btc,
  strategy: "SmaCross",
  params,
  sizer: "percent:0.50",
  slippageBps: 1,
  risk: { maxOrderQuantity: "1" },
});

describe("a run", () => {
  test("says what was tested on which assumptions, how it went and what to doubt, as text and richly", async () => {
    const all = await shown(run);
    expectWhole(all);
    for (const form of [all.console, all.text, readable(all.html)]) {
      expect(form).toContain("SmaCross on BTCUSDT 5m, 2023-01-01T00:00:00Z to ");
      expect(form).toContain("fastPeriod 12, slowPeriod 30");
      expect(form).toContain("cash 10000 USDT; linear, leverage 1; sizer percent:0.5; risk maxOrderQuantity 1; fees bybit-linear");
      expect(form).toContain("slippage 1 bps; latency 1 bar");
      expect(form).toContain(`${run.finalEquity.toFixed(8)} USDT`);
      expect(form).toContain(String(run.roundTrips));
      expect(form).toContain("Buy and hold return");
      expect(run.warnings.length).toBeGreaterThan(0);
      for (const { message } of run.warnings) expect(form).toContain(message);
    }
    expect(all.html).toContain(SYNTHETIC_NOTE);
    expect(readable(all.html)).toContain("Trades");
  });

  test("prints the same in a console, alone and inside other values", () => {
    expect(printed(run)).toContain(`${run.finalEquity.toFixed(8)} USDT`);
    expect(printed({ run })).toMatch(/^\{\n {2}run: SmaCross on BTCUSDT 5m/);
    expect(printed([run.finalEquity], "%s")).toContain("%s");
  });

  test("is not changed by being shown", async () => {
    const options = { data: btc, strategy: "SmaCross", params };
    const [fresh, displayed] = [await backtest(options), await backtest(options)];
    const facts = (one: typeof fresh) => ({
      own: Object.keys(one),
      trades: one.trades,
      orders: one.orders,
      fills: one.fills,
      signals: one.signals,
      equity: one.equity,
      warnings: one.warnings,
      counts: one.counts,
      settings: one.settings,
      params: one.params,
      close: [...one.series[0]!.close],
    });
    await shown(displayed);
    printed(displayed);
    expect(displayed).toEqual(fresh);
    expect(facts(displayed)).toEqual(facts(fresh));
    expect(Object.keys(displayed)).not.toContain("toBundle");
    for (const key in displayed) expect(typeof key).toBe("string");
    expect(Object.getOwnPropertySymbols(displayed)).toEqual([]);
    expect(JUPYTER_DISPLAY in displayed).toBe(true);
  });

  test("without a trade has a dash for what is not defined, and says so", async () => {
    const idle = await backtest({ data: btc, strategy: never });
    const all = await shown(idle);
    expectWhole(all);
    for (const form of [all.console, all.text, readable(all.html)]) expect(form).toContain("The strategy never traded.");
  });

  test("through a router says how orders reached the venue and what became of quotes; one at the market does not speak of it", async () => {
    const quoted = await backtest({
      data: btc,
      strategy: "SmaCross",
      params,
      router: { style: "maker_both", entryMiss: "retry", offsetTicks: 30 },
    });
    const text = (await shown(quoted)).text;
    expect(text).toContain("router maker_both, entries 8 s then retry x 1 then skip, exits 5 s");
    const { makerEntries, takerEntries, entryMissSkip, entryMissRetry } = quoted.router.counters;
    expect(makerEntries).toBeGreaterThan(0);
    expect(text).toMatch(new RegExp(`Entries resting / at the market\\s+${makerEntries} / ${takerEntries}`));
    expect(text).toMatch(new RegExp(`Missed: skipped / retried / bought\\s+${entryMissSkip} / ${entryMissRetry} / 0`));
    expect((await shown(run)).text).not.toContain("router");
  });

  test("of one candle and one that loses everything are shown whole", async () => {
    expectWhole(await shown(await backtest({ data: btc.slice(0, 1), strategy: never })));
    const fees = { maker: "0.07", taker: "0.07" };
    const ruined = await backtest({ data: btc, strategy: "SmaCross", params, fees, sizer: "percent:8", leverage: 100 });
    const all = await shown(ruined);
    expectWhole(all);
    expect(all.text).toContain("Equity fell to zero or below");
    expect(all.text).toContain("fees maker 0.07, taker 0.07; slippage");
  });
});

describe("a walk forward", () => {
  test("says how its windows went, what would trade next, and draws the equity of all tests", async () => {
    const walk = await walkForward({ data: btc, strategy: "SmaCross", space, train: 600, test: 300 });
    const all = await shown(walk);
    expectWhole(all);
    for (const form of [all.console, all.text, readable(all.html)]) {
      expect(form).toContain(`SmaCross walked forward: ${walk.windows.length} windows of 300 bars, each trained on 600 bars`);
      expect(form).toContain(walk.text);
      expect(form).toContain(`next: fastPeriod ${walk.best.searched.fastPeriod}, slowPeriod ${walk.best.searched.slowPeriod}`);
      expect(form).toContain("trainSharpe");
      for (const { message } of walk.warnings) expect(form).toContain(message);
    }
    expect(all.html).toContain(SYNTHETIC_NOTE);
  });
});

describe("a study", () => {
  test("says what won, how much to believe of it, and the best trials", async () => {
    const study = await tune({ data: btc, strategy: "SmaCross", space });
    const all = await shown(study);
    expectWhole(all);
    for (const form of [all.console, all.text, readable(all.html)]) {
      expect(form).toMatch(/^\s*SmaCross: 9 trials by grid search in [\d.]+ s, maximize sharpe/);
      expect(form).toContain(`fastPeriod ${study.best.searched.fastPeriod}, slowPeriod ${study.best.searched.slowPeriod}`);
      expect(form).toContain(study.best.finalEquity.toFixed(8));
      expect(form).toContain(study.overfitting.text);
      expect(form).toContain("Best trials");
      for (const { message } of study.warnings) expect(form).toContain(message);
    }
    expect(all.html.split(SYNTHETIC_NOTE).length - 1).toBe(2);
  });

  test("is not changed by being shown", async () => {
    const study = await tune({ data: btc, strategy: "SmaCross", space });
    const facts = () => ({
      table: study.table(),
      warnings: study.warnings,
      best: study.best.params,
      scores: study.scores,
      search: study.search,
    });
    const before = structuredClone(facts());
    await shown(study);
    expect(facts()).toEqual(before);
    expect(Object.keys(study)).toEqual(["kind", "search", "skipped", "elapsedMs"]);
  });

  test("of one parameter, of random trials and of one trial are shown whole", async () => {
    const one = await shown(await tune({ data: btc, strategy: "SmaCross", space: { fastPeriod: [5, 10, 15] } }));
    const random = await shown(await tune({ data: btc, strategy: "SmaCross", space, search: "random", trials: 3, seed: 7 }));
    const single = await shown(await tune({ data: btc, strategy: "SmaCross", space: { fastPeriod: [5] } }));
    for (const all of [one, random, single]) expectWhole(all);
    expect(one.html).toContain("sharpe by fastPeriod");
    expect(random.text).toContain("3 trials by random search, seed 7");
    expect(single.html).not.toContain(">Trials<");
  });

  test("without a best, and stopped before its first trial, says so instead of failing", async () => {
    const none = await tune({ data: btc, strategy: "SmaCross", space, minRoundTrips: 100_000 });
    const stop = new AbortController();
    stop.abort();
    const empty = await tune({ data: btc, strategy: "SmaCross", space, signal: stop.signal });
    for (const study of [none, empty]) {
      const all = await shown(study);
      expect(all.text).toContain("No trial has a score.");
      expect(readable(all.html)).toContain("No trial has a score.");
      expect(`${all.text}${all.console}`).not.toMatch(/undefined|NaN|could not be shown/);
    }
    expect((await shown(empty)).text).toMatch(/0 trials .*stopped early/);
  });

  test("'s trials show their parameters, score and equity", async () => {
    const study = await tune({ data: btc, strategy: "SmaCross", space });
    const all = await shown(study.best);
    expectWhole(all);
    for (const form of [all.console, all.text, readable(all.html)]) {
      expect(form).toContain(`Trial ${study.best.index} of SmaCross: fastPeriod ${study.best.searched.fastPeriod}`);
      expect(form).toContain(`final equity ${study.best.finalEquity.toFixed(8)}`);
    }
    const unscored = await tune({ data: btc, strategy: "SmaCross", space, minRoundTrips: 100_000 });
    expect((await shown(unscored.trial(0))).text).toMatch(/no score: .*100000/);
  });

  test("has charts of its parameters, marked as synthetic", async () => {
    const study = await tune({ data: btc, strategy: "SmaCross", space });
    const heat = study.heatmap();
    expect(heat.title).toBe("sharpe of SmaCross by fastPeriod and slowPeriod");
    const grid = study.grid("fastPeriod", "slowPeriod");
    expect((heat.data[0] as { z: unknown }).z).toEqual(grid.z);
    const { xaxis, yaxis } = heat.layout as Record<"xaxis" | "yaxis", { title: { text: string }; ticktext: string[] }>;
    expect([xaxis.title.text, xaxis.ticktext]).toEqual(["fastPeriod", grid.x.map(String)]);
    expect([yaxis.title.text, yaxis.ticktext]).toEqual(["slowPeriod", grid.y.map(String)]);
    expect(JSON.stringify(heat.layout)).toContain(SYNTHETIC_NOTE);
    expect(study.heatmap("slowPeriod").title).toBe("sharpe of SmaCross by slowPeriod and fastPeriod");
    const curve = study.curve("fastPeriod");
    const slice = study.slice("fastPeriod");
    expect((curve.data[0] as { y: unknown }).y).toEqual(slice.y);
    expect(curve.title).toBe("sharpe by fastPeriod");
  });

  test("refuses axes it has not searched", async () => {
    const study = await tune({ data: btc, strategy: "SmaCross", space: { fastPeriod: [5, 10] } });
    expect(() => study.heatmap()).toThrow(
      'A heatmap needs two searched parameters, this study has fastPeriod; use study.curve("fastPeriod").',
    );
    expect(() => study.heatmap("fastPeriod", "slowPeriod")).toThrow("Unknown searched parameter 'slowPeriod'");
    expect(() => study.curve("fastPeriode")).toThrow("Did you mean fastPeriod?");
  });
});

describe("candles", () => {
  test("loaded from a file say what was read, what was wrong with it, and show both ends and a chart", async () => {
    const path = join(scratch(), "synthetic_bad.csv");
    const rows = ["timestamp,open,high,low,close,volume", "2024-01-01T00:00:00Z,1,2,0.5,1.5,10", "2024-01-01T00:05:00Z,1,x,0.5,1.5,10"];
    for (let i = 2; i < 12; i++) rows.push(`2024-01-01T00:${String(i * 5).padStart(2, "0")}:00Z,1,2,0.5,1.5,10`);
    writeFileSync(path, `${rows.join("\n")}\n`);
    const all = await shown(await data.load(path, { symbol: "ABC", interval: "5m" }));
    expectWhole(all);
    for (const form of [all.console, all.text, readable(all.html)]) {
      expect(form).toContain("SYNTHETIC DATA");
      expect(form).toContain("11 candles of ABC (given), 5m (given)");
      expect(form).toContain("1 bad row left out (number 1):");
      expect(form).toContain("line 3: high is not a decimal number");
      expect(form).toContain("1 gap, 1 candle missing");
    }
    expect(all.text).toContain("2024-01-01T00:55:00Z   1.0   2.0  0.5    1.5      10");
    expect(all.html).toContain("data-tesserlab-figure");
  });

  test("sliced, resampled, one and none are shown whole", async () => {
    const whole = await shown(btc);
    expect(whole.text).toContain("made of 1m candles");
    const part = await shown(btc.slice(10, 500));
    expect(part.text).toContain("490 candles of BTCUSDT, 5m, 2023-01-01T00:50:00Z to ");
    const single = await shown(btc.slice(0, 1));
    expect(single.text).toContain("1 candle of BTCUSDT, 5m");
    const none = await shown(btc.slice(0, 0));
    expect(none.text).toContain("0 candles of BTCUSDT, 5m, empty");
    for (const all of [whole, part, single, none]) {
      expectWhole(all);
      expect(all.text).toContain("SYNTHETIC DATA");
    }
    for (const all of [whole, part, single]) expect(all.html).toContain(SYNTHETIC_NOTE);
  });

  test("say which candles resampling left out", async () => {
    const odd = data.resample(data.synthetic({ bars: 130 }).slice(7), "1h");
    expect((await shown(odd)).text).toContain(
      '1h of 2023-01-01T00:00:00Z has 53 of 60 candles and was left out (partial: "keep" keeps it)',
    );
    const kept = data.resample(data.synthetic({ bars: 130 }).slice(7), "1h", { partial: "keep" });
    expect((await shown(kept)).text).toContain("has 53 of 60 candles and was kept");
  });

  test("are exact in their table and not changed by it", () => {
    const before = [...btc.open];
    expect(data.table(btc, [0]).toRows()).toEqual([
      {
        time: "2023-01-01T00:00:00Z",
        open: btc.at(0)!.open.toFixed(1),
        high: btc.at(0)!.high.toFixed(1),
        low: btc.at(0)!.low.toFixed(1),
        close: btc.at(0)!.close.toFixed(1),
        volume: btc.at(0)!.volume.toFixed(3),
      },
    ]);
    expect(data.table(btc.slice(0, 7))).toHaveLength(7);
    expect([...btc.open]).toEqual(before);
  });
});

describe("sessions", () => {
  const start = (statePath: string, strategy: Parameters<typeof live.start>[0]["strategy"] = "SmaCross") =>
    live.start({ strategy: strategy!, venue: paper({ feed: replay(btc, { speed: "max" }) }), statePath, thread: "caller" });

  test("show where they stand, and where they ended with their doubts", async () => {
    const path = join(scratch(), "s.db");
    const session = await start(path);
    expectWhole(await shown(session));
    const summary = await session.done;
    const all = await shown(session);
    expectWhole(all);
    expect(all.console).toContain(`Session ${session.id}: SmaCross on paper, kept in ${path}`);
    for (const form of [all.text, readable(all.html)]) {
      expect(form).toContain(`completed, ${btc.length} of ${btc.length} bars`);
      expect(form).toContain(`equity ${summary.equity.toFixed(8)} USDT, ${summary.fills} fills`);
      expect(summary.warnings.map(({ code }) => code)).toEqual(expect.arrayContaining(["SYNTHETIC_DATA", "NO_FUNDING"]));
      for (const { message } of summary.warnings) expect(form).toContain(message);
    }
  });

  test("stored show their figures, doubts, positions and an equity chart that says what it is of", async () => {
    const path = join(scratch(), "s.db");
    const session = await start(path);
    await session.done;
    const view = state.session(path);
    const all = await shown(view);
    expectWhole(all);
    for (const form of [all.console, all.text, readable(all.html)]) {
      expect(form).toContain(`State of session ${session.id}`);
      expect(form).toContain(view.summary().equity.toFixed());
      for (const message of view.warnings) expect(form).toContain(message);
    }
    expect(all.html).toContain(SYNTHETIC_NOTE);
    view.close();
    const closed = await shown(view);
    expect(closed.text).toContain("is closed; open the file again");
    expect(closed.console).toContain("SessionView (This view of");
  });

  test("whose router rests orders say what became of quotes, as the backtest does; others do not speak of it", async () => {
    const path = join(scratch(), "s.db");
    const router = { style: "maker_both", entryMiss: "retry", offsetTicks: 30 } as const;
    const options = { strategy: "SmaCross", router, thread: "caller", statePath: path } as const;
    const session = await live.start({ ...options, venue: paper({ feed: replay(btc) }) });
    await session.done;
    const { makerEntries, takerEntries, entryMissSkip, entryMissRetry } = (await backtest({ data: btc, strategy: "SmaCross", router }))
      .router.counters;
    expect(Math.min(makerEntries, entryMissRetry)).toBeGreaterThan(0);
    const view = state.session(path);
    for (const form of [(await shown(view)).text, readable((await shown(view)).html)]) {
      expect(form).toMatch(new RegExp(`Entries resting / at the market\\s+${makerEntries} / ${takerEntries}\\b`));
      expect(form).toMatch(new RegExp(`Missed: skipped / retried / bought\\s+${entryMissSkip} / ${entryMissRetry} / 0`));
    }
    expect((await shown(session)).text).toContain(`router maker_both: entries resting / at the market ${makerEntries} / ${takerEntries}; `);
    view.close();
    const plain = join(scratch(), "s.db");
    await (await start(plain)).done;
    expect((await shown(state.session(plain))).text).not.toMatch(/resting|router/);
  });

  test("that failed say of what", async () => {
    const path = join(scratch(), "s.db");
    const failing = defineStrategy({
      name: "Failing",
      params: {},
      create: () => ({
        onCandle(bar) {
          if (bar.index === 20) throw new RangeError("no such level");
        },
      }),
    });
    const session = await start(path, failing);
    await expect(session.done).rejects.toThrow("no such level");
    const view = state.session(path);
    for (const value of [session, view]) {
      const all = await shown(value);
      expectWhole(all);
      for (const form of [all.text, readable(all.html)]) expect(form).toMatch(/The session failed: .*no such level/);
    }
    view.close();
  });

  test("of Tesser show balances, positions and why the balances are not the money", async () => {
    const view = state.open(tesserFile());
    const all = await shown(view);
    expectWhole(all);
    for (const form of [all.text, readable(all.html)]) {
      expect(form).toContain("Tesser state");
      expect(form).toContain("21231.93");
      expect(form).toContain("ETHUSDT");
      for (const message of view.warnings) expect(form).toContain(message);
    }
    for (const message of view.warnings) expect(all.console).toContain(message);
    expect(view.warnings.length).toBeGreaterThan(0);
    view.close();
  });

  test("of ours are told from Tesser's by state.session", () => {
    const path = tesserFile();
    expect(() => state.session(path)).toThrow(`is a Tesser state file and holds no session of ours; state.open("${path}") reads it.`);
    expect(() => state.session(join(scratch(), "none.db"))).toThrow("There is no state file");
  });

  test("are chosen by id", async () => {
    const path = join(scratch(), "s.db");
    const first = await start(path);
    await first.done;
    const second = await start(path);
    await second.done;
    const view = state.session(path, first.id);
    expect([view.record.id, state.session(path).record.id]).toEqual([first.id, second.id]);
    expect(() => state.session(path, first.id.slice(1))).toThrow(`Did you mean ${first.id}?`);
    view.close();
  });
});

describe("strategy files", () => {
  test("show what they trade, where from, whether it was tested, and their text", async () => {
    const study = await tune({ data: btc, strategy: "SmaCross", space });
    const path = join(scratch(), "tuned.toml");
    const exported = await exportStrategy(study.best, path);
    const loaded = await loadStrategy(path);
    for (const file of [exported, loaded]) {
      const all = await shown(file);
      expectWhole(all);
      for (const form of [all.console, all.text, readable(all.html)]) {
        expect(form).toContain(`SmaCross from ${path} (ok)`);
        expect(form).toContain(`fastPeriod ${study.best.params.fastPeriod}`);
        expect(form).toContain("[provenance]");
      }
    }
  });

  test("that were never tested say so", async () => {
    const path = join(scratch(), "plain.toml");
    writeFileSync(path, 'strategy_name = "SmaCross"\n\n[params]\nfast_period = 3\n');
    const all = await shown(await loadStrategy(path));
    expectWhole(all);
    for (const form of [all.console, all.text, readable(all.html)]) {
      expect(form).toContain("(missing)");
      expect(form).toContain("Nothing records that SmaCross was ever tested");
    }
  });
});

test("a strategy list names every parameter with its range", async () => {
  const all = await shown(strategies.list());
  expectWhole(all);
  expect(all.text).toMatch(/SmaCross +fastPeriod +5 +a whole number/);
  expect(strategies.get("SmaCross").name).toBe("SmaCross");
  expect((await shown(strategies.overview())).text).toMatch(/OrderBookImbalance +OBI +book +BTCUSDT +Enters long where bids outweigh/);
  expect(() => strategies.get("SmaCros")).toThrow("Did you mean SmaCross?");
});

test("show() prints the text where no notebook listens", async () => {
  const lines: string[] = [];
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = ((text: string) => lines.push(text) > 0) as typeof process.stdout.write;
  try {
    await show(btc.slice(0, 2));
  } finally {
    process.stdout.write = write;
  }
  expect(lines.join("")).toContain("2 candles of BTCUSDT");
  expect(await toBundle(btc.slice(0, 2))).toHaveProperty(["text/html"]);
});

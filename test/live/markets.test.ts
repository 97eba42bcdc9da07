import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { syntheticCandles } from "../../src/data/index.js";
import { type Markets, readMarkets, startLive } from "../../src/live/index.js";
import { bybit } from "../../src/venues/bybit/index.js";
import { paperServer } from "../../src/venues/paper/index.js";
import { expectMisuse } from "../misuse.js";
import { scratch } from "../state/samples.js";
import { ownSessions } from "./own-sessions.js";

const entry = (values: Record<string, string>): string => {
  const all = {
    symbol: '"BTCUSDT"',
    base: '"BTC"',
    quote: '"USDT"',
    settlement_currency: '"USDT"',
    kind: '"linear_perpetual"',
    tick_size: "0.1",
    lot_size: '"0.001"',
    ...values,
  };
  return `[[markets]]\n${Object.entries(all)
    .filter(([, value]) => value !== "")
    .map(([key, value]) => `${key} = ${value}`)
    .join("\n")}\n`;
};

function read(...entries: string[]): Markets {
  const path = join(scratch(), "markets.toml");
  writeFileSync(path, entries.join("\n"));
  return readMarkets(path);
}

test("a file of Tesser's early and late shape: plain symbols, those with an exchange in front, decimals as numbers or text", () => {
  const markets = read(
    entry({}),
    entry({ symbol: '"bybit_spot:btcusdt"', exchange: '"bybit_spot"', kind: '"spot"', tick_size: "1e-2", lot_size: "0.000001" }),
    entry({
      symbol: '"BTCUSD"',
      kind: '"inverse_perpetual"',
      quote: '"USD"',
      settlement_currency: '"BTC"',
      tick_size: "0.5",
      lot_size: "1",
    }),
    entry({ symbol: '"ETHUSDT"', base: '"ETH"', tick_size: "0.01", min_notional: "5", max_quantity: '"7240"' }),
  );
  expect(markets.symbols).toEqual(["BTCUSDT", "BTCUSD", "ETHUSDT"]);
  expect(markets.of(["BTCUSDT"], "spot")).toEqual([
    { symbol: "BTCUSDT", kind: "spot", base: "BTC", quote: "USDT", settlement: "USDT", tickSize: "0.01", lotSize: "0.000001" },
  ]);
  expect(markets.of(["BTCUSDT"], "linear")).toMatchObject([{ kind: "linear", tickSize: "0.1", lotSize: "0.001" }]);
  expect(markets.of(["BTCUSD", "ETHUSDT"])).toMatchObject([
    { kind: "inverse", settlement: "BTC", lotSize: "1" },
    { minNotional: "5", maxQuantity: "7240" },
  ]);
  expectMisuse(() => markets.of(["BTCUSDT"]), "MARKET_AMBIGUOUS", /BTCUSDT twice, with kind linear and spot/);
  expectMisuse(() => markets.of(["BTCUSD"], "spot"), "MARKET_MISSING", /BTCUSD is inverse \(markets\.toml:\d+:1\), but spot/);
});

test("what stands there twice alike counts once; different values are an error that names both places", () => {
  expect(read(entry({}), entry({ tick_size: "0.10" })).of(["BTCUSDT"])).toHaveLength(1);
  expectMisuse(
    () => read(entry({}), entry({ lot_size: "0.01" })),
    "MARKET_TWICE",
    /markets\.toml:10:1: BTCUSDT stands at markets\.toml:1:1 already, with lotSize 0\.001 and 0\.01/,
  );
  // Two exchanges may differ, until the one that is traded cannot be told.
  const two = read(entry({ exchange: '"bybit_linear"' }), entry({ exchange: '"binance_perp"', tick_size: "0.5" }));
  expectMisuse(() => two.of(["BTCUSDT"]), "MARKET_AMBIGUOUS", /tickSize 0\.1 and 0\.5: bybit_linear .* and binance_perp/);
});

test.each([
  [{ lot_size: "" }, /a market needs lot_size as well/],
  [{ kind: '"perpetual"' }, /Unknown kind \(markets\.toml:6:1\) 'perpetual'.*linear_perpetual/],
  [{ tick_size: "0" }, /tickSize must be greater than zero, got 0/],
  [{ tick_size: '"cheap"' }, /markets\.toml:7:1: tick_size must be a number, got cheap/],
  [{ tick_size: "-0.1" }, /tick_size must be a number, got -0\.1/],
  [{ base: "7" }, /base must be a text, got 7/],
  [{ leverage: "5" }, /Unknown key of \[\[markets\]\] \(markets\.toml:9:1\) 'leverage'/],
])("a wrong entry is refused with its line: %o", (values, message) => {
  expectMisuse(() => read(entry(values as Record<string, string>)), "MARKET_INVALID", message);
});

test("a file without markets, with something else in it, or without a file", () => {
  expectMisuse(() => read(""), "MARKETS_FILE", /holds no \[\[markets\]\]/);
  expectMisuse(
    () => read(entry({}), "[market]\nx = 1\n"),
    "MARKETS_FILE",
    /Unknown table of markets\.toml 'market'\. Did you mean markets\?/,
  );
  expectMisuse(() => readMarkets(join(scratch(), "none.toml")), "MARKETS_FILE", /none\.toml cannot be read/);
});

test("on a venue its own filters hold: a file that says otherwise keeps a session from starting, one that agrees does not", {
  timeout: 120_000,
}, async () => {
  const folder = scratch();
  ownSessions();
  const server = await paperServer({ data: syntheticCandles({ bars: 40, seed: 5 }), lockStep: true, limits: "none" });
  onTestFinished(() => server.close());
  onTestFinished(() => void vi.unstubAllEnvs());
  vi.stubEnv("TESSERLAB__BYBIT__API_KEY", server.key.apiKey);
  vi.stubEnv("TESSERLAB__BYBIT__API_SECRET", server.key.apiSecret);
  const marketsFile = join(folder, "markets.toml");
  const start = (text: string) => {
    writeFileSync(marketsFile, text);
    const venue = bybit({ env: "local", urls: server.url });
    return startLive({ strategy: "SmaCross", venue, marketsFile, statePath: join(folder, "state.db"), trade: { symbols: "BTCUSDT" } });
  };
  await expect(start(entry({ tick_size: "0.5" }))).rejects.toMatchObject({
    code: "MARKET_DIFFERS",
    message: expect.stringMatching(/BTCUSDT: the markets file and bybit\S* say tickSize 0\.5 and 0\.1\. The venue's word holds/),
  });
  await expect(start(entry({ symbol: '"ETHUSDT"' }))).rejects.toMatchObject({ code: "MARKET_MISSING" });
  const session = await start(entry({ min_notional: "5" }));
  expect((await session.stop()).status).toBe("stopped");
});

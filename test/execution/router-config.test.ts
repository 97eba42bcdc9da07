import { describe, expect, test } from "vitest";
import { Router, type RouterConfigInput, routerConfig, routerConfigFromEnv, tickSize } from "../../src/execution/index.js";
import { expectMisuse } from "../misuse.js";

describe("the settings of a router", () => {
  test("take everything at the market unless told otherwise", () => {
    expect(routerConfig()).toEqual({
      style: "taker",
      entryTtlS: 8,
      exitTtlS: 5,
      entryMiss: "skip",
      entryRetries: 1,
      retryExhaust: "skip",
      offsetTicks: 1,
      maxSpreadBps: 5,
      postOnly: true,
      tickOverrides: {},
      restingReasons: ["TAKE_PROFIT"],
    });
    expect(Object.isFrozen(routerConfig())).toBe(true);
  });

  test("are plain text and numbers, with ticks by symbol in upper case", () => {
    const config = routerConfig({ tickOverrides: { btcusdt: 0.5, ETHUSDT: "0.050" }, restingReasons: ["take_profit", "Max_Hold"] });
    expect(config.tickOverrides).toEqual({ BTCUSDT: "0.5", ETHUSDT: "0.05" });
    expect(config.restingReasons).toEqual(["TAKE_PROFIT", "MAX_HOLD"]);
    expect(JSON.parse(JSON.stringify(config))).toEqual(config);
  });

  test.each<[string, unknown, string, string]>([
    ["a misspelt style", { style: "makr_both" }, "ROUTER_INVALID", "Did you mean maker_both?"],
    ["a misspelt option", { entryTtl: 5 }, "OPTION_UNKNOWN", "Did you mean entryTtlS?"],
    ["a miss that is none", { entryMiss: "again" }, "ROUTER_INVALID", "Known: skip, retry, market"],
    ["a retry as the end of retries", { retryExhaust: "retry" }, "ROUTER_INVALID", "Known: skip, market"],
    ["too short a time", { entryTtlS: 0.4 }, "ROUTER_INVALID", "entryTtlS must be a number from 0.5 to 300, got 0.4"],
    ["no time", { exitTtlS: Number.NaN }, "ROUTER_INVALID", "exitTtlS must be a number from 0.5 to 300, got NaN"],
    ["half a retry", { entryRetries: 1.5 }, "ROUTER_INVALID", "entryRetries must be a whole number from 0 to 10, got 1.5"],
    ["a tick of nothing", { tickOverrides: { BTCUSDT: "0" } }, "ROUTER_INVALID", "The tick of BTCUSDT must be greater than zero, got 0"],
    ["text for a switch", { postOnly: "no" }, "ROUTER_INVALID", "postOnly must be true or false, got no"],
    ["a reason alone", { restingReasons: "TAKE_PROFIT" }, "ROUTER_INVALID", "list of exit reasons"],
    ["text", "maker_both", "ROUTER_INVALID", "an object"],
  ])("refuse %s", (_what, input, code, message) => {
    expectMisuse(() => new Router(input as RouterConfigInput), code, message);
  });
});

const read = (env: Record<string, string>, prefix = "DOLPHIN_PINK_"): ReturnType<typeof routerConfigFromEnv> =>
  routerConfigFromEnv(Object.fromEntries(Object.entries(env).map(([name, value]) => [prefix + name, value])), { prefix });

describe("settings from the environment", () => {
  test("an empty one gives the defaults, silently", () => {
    expect(routerConfigFromEnv({ PATH: "/bin" })).toEqual({ config: routerConfig(), warnings: [] });
    expect(read({ EXEC_STYLE: "  ", MAKER_ENTRY_TTL_S: "" })).toEqual({ config: routerConfig(), warnings: [] });
  });

  test.each(["DOLPHIN_PINK_", "TESSERLAB__ROUTER__"])("every name of the source works under %s", (prefix) => {
    const { config, warnings } = read(
      {
        EXEC_STYLE: " Maker_Both ",
        MAKER_ENTRY_TTL_S: "12.5",
        MAKER_EXIT_TTL_S: "3",
        MAKER_ENTRY_MISS: "RETRY",
        MAKER_ENTRY_RETRIES: "2.9",
        MAKER_RETRY_EXHAUST: "market",
        MAKER_OFFSET_TICKS: "3",
        MAKER_MAX_SPREAD_BPS: "7.5",
        POST_ONLY: "off",
        TICK_SIZE_BTCUSDT: "0.5",
        TICK_SIZE_ethusdt: "1_0",
      },
      prefix,
    );
    expect(warnings).toEqual([]);
    expect(config).toEqual({
      style: "maker_both",
      entryTtlS: 12.5,
      exitTtlS: 3,
      entryMiss: "retry",
      entryRetries: 2,
      retryExhaust: "market",
      offsetTicks: 3,
      maxSpreadBps: 7.5,
      postOnly: false,
      tickOverrides: { BTCUSDT: "0.5", ETHUSDT: "10" },
      restingReasons: ["TAKE_PROFIT"],
    });
  });

  test("its own prefix is the default", () => {
    expect(routerConfigFromEnv({ TESSERLAB__ROUTER__EXEC_STYLE: "maker_exit" }).config.style).toBe("maker_exit");
  });

  test.each([
    ["1", true],
    ["true", true],
    ["YES", true],
    ["on", true],
    ["0", false],
    ["false", false],
    ["never", false],
  ])("POST_ONLY=%s is %s", (text, value) => {
    expect(read({ POST_ONLY: text })).toMatchObject({ config: { postOnly: value }, warnings: [] });
  });

  test.each([
    ["a number with a unit", "MAKER_ENTRY_TTL_S", "8s", "entryTtlS", 8, "UNREADABLE"],
    ["no number", "MAKER_ENTRY_TTL_S", "nan", "entryTtlS", 8, "UNREADABLE"],
    ["no number where a whole one is", "MAKER_ENTRY_RETRIES", "nan", "entryRetries", 1, "UNREADABLE"],
    ["too little", "MAKER_ENTRY_TTL_S", "0.1", "entryTtlS", 0.5, "OUT_OF_RANGE"],
    ["too much", "MAKER_EXIT_TTL_S", "301", "exitTtlS", 300, "OUT_OF_RANGE"],
    ["infinitely much", "MAKER_MAX_SPREAD_BPS", "inf", "maxSpreadBps", 1000, "OUT_OF_RANGE"],
    ["less than none", "MAKER_OFFSET_TICKS", "-0.5", "offsetTicks", 0, "OUT_OF_RANGE"],
    ["too many retries", "MAKER_ENTRY_RETRIES", "1e3", "entryRetries", 10, "OUT_OF_RANGE"],
    ["an unknown choice", "EXEC_STYLE", "maker", "style", "taker", "UNKNOWN_CHOICE"],
  ])("%s is a warning, and something safe stands in its place", (_what, name, text, key, value, code) => {
    const { config, warnings } = read({ [name]: text });
    expect(config[key as keyof typeof config]).toBe(value);
    expect(warnings).toMatchObject([{ code, name: `DOLPHIN_PINK_${name}` }]);
    expect(warnings[0]!.message).toContain(text);
  });

  test("a tick of zero or less is none, one that cannot be read a warning", () => {
    const { config, warnings } = read({ TICK_SIZE_A: "0", TICK_SIZE_B: "-1", TICK_SIZE_C: "small", TICK_SIZE_D: "0.25" });
    expect(config.tickOverrides).toEqual({ D: "0.25" });
    expect(warnings).toMatchObject([{ code: "UNREADABLE", name: "DOLPHIN_PINK_TICK_SIZE_C" }]);
  });

  test("a name that is nearly one of ours is a warning; under our own prefix every unknown one is", () => {
    expect(read({ MAKER_ENTRY_TTL: "9", COLOUR: "pink" }).warnings).toMatchObject([
      { code: "UNKNOWN_NAME", message: expect.stringContaining("Did you mean MAKER_ENTRY_TTL_S?") },
    ]);
    expect(read({ COLOUR: "pink" }, "TESSERLAB__ROUTER__").warnings).toMatchObject([{ code: "UNKNOWN_NAME" }]);
  });
});

describe("ticks", () => {
  test.each([
    ["BTCUSDT", "0.1"],
    ["ethusdt", "0.01"],
    ["SOLUSDT", "0.001"],
    ["SHIBUSDT", "0.000000001"],
    ["BTC-USDT", "0"],
    ["toString", "0"],
  ])("of %s: %s", (symbol, tick) => {
    expect(tickSize(symbol).toFixed()).toBe(tick);
  });

  test("of an unknown symbol: 1e-5 of the reference price", () => {
    expect(tickSize("BTC-USDT", "60000").toFixed()).toBe("0.6");
    expect(tickSize("XYZ", Number.NaN).toFixed()).toBe("0");
  });

  test("overrides go before what the instruments say, and these before the table", () => {
    const router = new Router({ tickOverrides: { BTCUSDT: "0.5" } }, { ticks: { BTCUSDT: "0.2", ETHUSDT: "0.05" } });
    expect(["btcusdt", "ETHUSDT", "SOLUSDT"].map((symbol) => router.tickSize(symbol).toFixed())).toEqual(["0.5", "0.05", "0.001"]);
  });
});

import { describe, expect, test } from "vitest";
import { LabError } from "../../src/errors/index.js";
import {
  algos,
  ComplianceMonitor,
  compliance,
  defineSizer,
  FixedOrderSizer,
  handleSignal,
  parseRisk,
  parseSizer,
  positionSizing,
  Router,
  risk,
  routerConfig,
  routerConfigFromEnv,
  routerHooks,
  SymbolNormalizer,
  sizers,
} from "../../src/execution/index.js";
import { CircuitBreaker } from "../../src/resilience/index.js";
import { defineStrategy, SmaCross } from "../../src/strategies/index.js";

const btc = { symbol: "BTCUSDT", tickSize: "0.1", lotSize: "0.001" };
const parent = { id: "p", side: "buy", quantity: 1, instrument: btc, reduceOnly: false, price: 100 };
const order = { side: "buy", quantity: 1, price: 1, position: 0, equity: 100, reduceOnly: false, liquidateOnly: false, time: 0 };
const twap = (): ReturnType<typeof algos.start> => algos.start({ algorithm: "twap", durationMs: 1000 }, parent as never, 0);
const router = (): Router => new Router({ style: "maker_both" });
const intent = { tradeId: "t", asset: "BTCUSDT", side: "LONG", referencePrice: "100", spreadBps: 1, quantity: 1, strategy: "s" };

/** What is called, and what it takes when all is well. */
// biome-ignore lint/suspicious/noExplicitAny: what it is given is wrong on purpose
type Call = readonly [string, (...args: any[]) => unknown, readonly unknown[]];
const CALLS: readonly Call[] = [
  ["sizers.fixed", sizers.fixed, ["1"]],
  ["sizers.percent", sizers.percent, ["0.1"]],
  ["sizers.riskAdjusted", sizers.riskAdjusted, ["0.01", { volatility: "0.02", maxLeverage: 1 }]],
  ["sizers.volatilityTarget", sizers.volatilityTarget, ["0.1", { volatility: "realised:3", maxLeverage: 1 }]],
  ["sizers.kelly", sizers.kelly, [{ winRate: "0.5", payoff: "1.5", fraction: "0.5", cap: "0.4" }]],
  ["sizers.atr", sizers.atr, [14]],
  ["sizers.realised", sizers.realised, [14]],
  ["positionSizing", positionSizing, ["1000", "0.1", "100", { maxLeverage: 2, lot: "0.01" }]],
  ["defineSizer", defineSizer, [{ name: "x", size: () => 1 }]],
  ["parseSizer", parseSizer, ["fixed:1"]],
  ["FixedOrderSizer", (...args: [never]) => new FixedOrderSizer(...args), ["1"]],
  [
    "risk.basic",
    risk.basic,
    [{ maxOrderQuantity: "1", maxHeat: "1", heatReduce: "1.5", heatStep: "0.5", heatWeights: "A=1", maxOrders: 1, perMs: 5 }],
  ],
  ["risk.balance", risk.balance, [{ leverage: 1, feeRate: "0.001" }]],
  ["risk.collar", risk.collar, ["0.1"]],
  ["risk.drawdown", risk.drawdown, ["0.1"]],
  ["risk.heat", risk.heat, [{ warn: "1", refuse: "2", reduce: "3", step: "0.5", measure: "gross", weights: { A: 1 } }]],
  ["risk.rate", risk.rate, [{ maxOrders: 1, perMs: 1 }]],
  ["risk.define", risk.define, [{ name: "x", check: () => undefined }]],
  ["risk.portfolioHeat", risk.portfolioHeat, [[{ symbol: "A", quantity: 1, price: 1 }]]],
  ["parseRisk", parseRisk, [{ maxOrderQuantity: "1" }]],
  ["basic().check", (input) => risk.basic({ maxOrderQuantity: 1 }).check(input), [order]],
  ["noop().check", (input) => risk.noop().check(input), [order]],
  ["rate().check", (input) => risk.rate().check(input), [order]],
  ["define().check", (input) => risk.define({ name: "d", check: () => undefined }).check(input), [order]],
  [
    "SymbolNormalizer",
    (...args: [never]) => new SymbolNormalizer(...args),
    [{ instruments: [btc], symbols: { XBT: "BTCUSDT" }, venues: {} }],
  ],
  ["compliance.monitor", compliance.monitor, [{ instruments: [btc] }, { mode: "strict", autoRound: true }]],
  [
    "monitor.check",
    (input) => new ComplianceMonitor(new SymbolNormalizer({ instruments: [btc] })).check(input),
    [{ symbol: "BTCUSDT", side: "buy", quantity: "1", price: "100" }],
  ],
  [
    "roundPrice",
    (...args: [string, never, "buy"]) => new SymbolNormalizer({ instruments: [btc] }).roundPrice(...args),
    ["BTCUSDT", "1.5", "buy"],
  ],
  [
    "routerConfig",
    routerConfig,
    [{ style: "maker_entry", entryTtlS: 1, entryRetries: 1, tickOverrides: { A: "1" }, restingReasons: ["X"] }],
  ],
  ["routerConfigFromEnv", routerConfigFromEnv, [{ X_EXEC_STYLE: "taker" }, { prefix: "X_" }]],
  ["routerHooks", routerHooks, [{ preSubmit: () => undefined }]],
  ["Router", (...args: [never, never]) => new Router(...args), [{ style: "maker_both" }, { guard: "global", ticks: { A: "1" } }]],
  ["planEntry", (input) => router().planEntry(input), [intent]],
  ["planExit", (input) => router().planExit(input), [{ ...intent, reason: "TAKE_PROFIT" }]],
  ["makerPrice", (...args: [string, "buy", string]) => router().makerPrice(...args), ["BTCUSDT", "buy", "100"]],
  ["algos.start", algos.start, [{ algorithm: "twap", durationMs: 1000, slices: 2 }, parent, 0]],
  ["algos.start", algos.start, [{ algorithm: "pegged", offsetBps: 1, refreshMs: 1, clipQuantity: 1 }, parent, 0]],
  ["algos.start", algos.start, [{ algorithm: "trailingStop", callbackRate: "0.1", activationPrice: 1 }, parent, 0]],
  ["algos.define", algos.define, [{ name: "x", params: {}, start: () => ({}), onEvent: () => {} }]],
  ["algos.restore", algos.restore, [twap().save()]],
  ["process a fill", (event) => twap().process(event), [{ type: "fill", time: 1, childId: "p-1", price: 1, quantity: "0.5" }]],
  ["process an end", (event) => twap().process(event), [{ type: "ended", time: 1, childId: "p-1", status: "cancelled" }]],
  ["cancel", (time) => twap().cancel(time), [1]],
  [
    "handleSignal",
    handleSignal,
    [
      { id: "s", kind: "enterLong", quantity: "1" },
      { instrument: btc, price: "100", equity: "1000", sizer: "fixed:1", liquidateOnly: false },
    ],
  ],
  ["CircuitBreaker", (...args: [never]) => new CircuitBreaker(...args), [{ failureThreshold: 5, recoveryMs: 1000, halfOpenTrials: 3 }]],
  ["defineStrategy", defineStrategy, [{ name: "X", params: {}, create: () => ({}) }]],
  ["SmaCross.parse", (input) => SmaCross.parse(input), [{ fastPeriod: 3 }]],
];
const WRONG: readonly unknown[] = [
  undefined,
  null,
  Number.NaN,
  Infinity,
  -1,
  0,
  "",
  " ",
  "abc",
  "false",
  true,
  [],
  {},
  () => 1,
  new Date(0),
  { nonsense: 1 },
];

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** The code that refuses a call, `fine` where nothing does; anything that is no LabError is thrown on. */
function said([, call]: Call, args: readonly unknown[]): string {
  try {
    call(...args);
    return "fine";
  } catch (error) {
    if (error instanceof LabError) return error.code;
    throw error;
  }
}

describe.each(CALLS)("%s", (...call) => {
  const good = call[2];
  const at = (i: number, value: unknown): unknown[] => good.map((one, j) => (j === i ? value : one));

  test("takes what it is made for", () => expect(said(call, good)).toBe("fine"));

  test("refuses what is wrong by code, or takes it as a value; never an error of another kind", () => {
    for (const [i, one] of good.entries())
      for (const wrong of WRONG) {
        expect(said(call, at(i, wrong))).toMatch(/^[A-Z_]+$|^fine$/);
        if (isPlain(one))
          for (const key of Object.keys(one)) expect(said(call, at(i, { ...one, [key]: wrong }))).toMatch(/^[A-Z_]+$|^fine$/);
      }
  });
});

describe("is never taken for something else", () => {
  /** Things that are keyed by names of the user's own, or told of by somebody else. */
  const OPEN = [
    "routerConfigFromEnv",
    "algos.restore",
    "planEntry",
    "planExit",
    "process a fill",
    "process an end",
    "handleSignal",
    "algos.start",
  ];
  test.each(CALLS.filter(([name, , good]) => good.some(isPlain) && !OPEN.includes(name)))("an option that %s does not have", (...call) => {
    const last = call[2].findLastIndex(isPlain);
    const args = call[2].map((one, i) => (i === last ? { ...(one as object), nonsense: 1 } : one));
    expect(said(call, args)).not.toBe("fine");
  });

  test.each<[string, () => unknown, string]>([
    [
      "a misspelt reduceOnly",
      () => algos.start({ algorithm: "twap", durationMs: 1 }, { ...parent, reduceonly: true } as never, 0),
      "OPTION_UNKNOWN",
    ],
    [
      "reduceOnly as text",
      () => algos.start({ algorithm: "twap", durationMs: 1 }, { ...parent, reduceOnly: "false" } as never, 0),
      "OPTION_INVALID",
    ],
    ["no time", () => algos.start({ algorithm: "twap", durationMs: 1 }, parent as never, Number.NaN), "ALGORITHM_PARENT"],
    [
      "a price of nothing",
      () => algos.start({ algorithm: "twap", durationMs: 1 }, { ...parent, price: 0 } as never, 0),
      "ALGORITHM_PARENT",
    ],
    ["an event there is not", () => twap().process({ type: "filled", time: 1 } as never), "ALGORITHM_EVENT"],
    [
      "an end in other words",
      () => twap().process({ type: "ended", time: 1, childId: "p-1", status: "canceled" } as never),
      "ALGORITHM_EVENT",
    ],
    ["limits that are none", () => risk.basic(5 as never), "RISK_INVALID"],
    ["limits as a list", () => parseRisk([] as never), "RISK_INVALID"],
    ["a misspelt stage of heat", () => risk.heat({ refuze: 1 } as never), "OPTION_UNKNOWN"],
    ["liquidateOnly as text", () => risk.noop().check({ ...order, liquidateOnly: "false" } as never), "OPTION_INVALID"],
    ["autoRound as text", () => compliance.monitor({ instruments: [btc] }, { autoRound: "false" } as never), "OPTION_INVALID"],
    ["a misspelt cap", () => sizers.volatilityTarget("0.1", { maxLevarage: 2 } as never), "OPTION_UNKNOWN"],
    ["a misspelt threshold", () => new CircuitBreaker({ failureTreshold: 2 } as never), "OPTION_UNKNOWN"],
  ])("%s", (_, act, code) => {
    expect(act).toThrowError(expect.objectContaining({ name: "LabError", code }));
  });

  test("a check of one's own lets reducing orders pass and nothing else while only those may", () => {
    const never = risk.define({ name: "never", check: () => "no" });
    expect(never.check({ side: "sell", quantity: 1, position: 2 })).toMatchObject({ ok: true });
    const calm = risk.define({ name: "calm", check: () => undefined });
    expect(calm.check({ side: "buy", quantity: 1, liquidateOnly: true })).toMatchObject({ ok: false, code: "LIQUIDATE_ONLY" });
  });
});

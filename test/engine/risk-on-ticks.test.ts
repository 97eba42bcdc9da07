import { describe, expect, test } from "vitest";
import { Decimal, type StrategyContext } from "../../src/core/index.js";
import { CHANGED, TradeEvent, TradingEngine, type TradingEngineOptions } from "../../src/engine/index.js";
import { risk } from "../../src/execution/index.js";
import { execute, type Place } from "./executed.js";

/** An engine that is fed with trades alone, with a venue that fills at the last price what it asks for. */
function ticks(options: Partial<TradingEngineOptions>) {
  let todo: ((desk: StrategyContext) => void) | undefined;
  let time = 1_000;
  let last = "0";
  const fills: string[] = [];
  const one = new TradingEngine({
    instruments: { symbol: "AAAUSDT", tickSize: "0.1", lotSize: "1" },
    strategy: { onTrade: (_, desk) => todo?.(desk) },
    ...options,
  });
  const settle = (): void => {
    for (const place of [...one.requests()] as Place[]) {
      const { side, quantity } = place.request;
      fills.push(`${side} ${quantity.toFixed()} @ ${last}`);
      execute(one, place, quantity, last, ++time);
    }
  };
  return {
    fills,
    price(at: string, act?: (desk: StrategyContext) => void): void {
      todo = act;
      last = at;
      one.process({ type: "trade", symbol: "AAAUSDT", time: ++time, id: String(time), side: "buy", price: at, quantity: "1" });
      todo = undefined;
      settle();
    },
    refusal: (): string | undefined => one.engine.orders.orders.verdict(one.engine.orders.orders.length - 1)?.code,
    alerts: (): string[] => one.engine.orders.alerts.entries.map(({ code, message }) => `${code}: ${message}`),
  };
}

const LONG = (desk: StrategyContext): void => desk.enterLong();
const OUT = (desk: StrategyContext): void => desk.exitLong();

describe("without a candle", () => {
  test("the kill switch trips on the tick at which equity has fallen, stops entries and lets the exit through", () => {
    const p = ticks({ sizer: "fixed:50", risk: { maxDrawdown: "0.05" } });
    p.price("100", LONG);
    p.price("90.1");
    expect(p.alerts()).toEqual([]);
    p.price("90");
    p.price("100");
    p.price("100", OUT);
    expect(p.fills).toEqual(["buy 50 @ 100", "sell 50 @ 100"]);
    p.price("100", LONG);
    expect([p.fills.length, p.refusal()]).toEqual([2, "DRAWDOWN_STOP"]);
    expect(p.alerts()).toEqual(["RISK_WARNING: drawdown 0.05 has reached 0.05: no entry passes from now on"]);
  });

  test("it counts from the highest tick", () => {
    const p = ticks({ sizer: "fixed:50", risk: risk.all(risk.basic(), risk.drawdown("0.05")) });
    p.price("100", LONG);
    p.price("140");
    // 12,000 at its highest, 11,400 now.
    p.price("128");
    p.price("128", OUT);
    p.price("128", LONG);
    expect([p.fills.length, p.refusal()]).toEqual([2, "DRAWDOWN_STOP"]);
  });

  test("an exit that costs more than the limit trips it before the next entry", () => {
    const p = ticks({ sizer: "fixed:50", risk: { maxDrawdown: "0.05" } });
    p.price("100", LONG);
    p.price("91", OUT);
    p.price("91", LONG);
    p.price("89", OUT);
    expect(p.fills).toEqual(["buy 50 @ 100", "sell 50 @ 91", "buy 50 @ 91", "sell 50 @ 89"]);
    p.price("89", LONG);
    expect([p.fills.length, p.refusal()]).toEqual([4, "DRAWDOWN_STOP"]);
  });

  test("heat warns once, and reduces tick by tick down to its limit", () => {
    const p = ticks({ sizer: "fixed:30", cash: "10000", risk: risk.heat({ warn: "0.4", refuse: "0.5", reduce: "0.6", step: "0.1" }) });
    p.price("100", LONG);
    p.price("200");
    // 6,000 of 13,000 are 0.46: warned, no more.
    expect(p.fills).toEqual(["buy 30 @ 100"]);
    expect(p.alerts().map((alert) => alert.split(" of ")[0])).toEqual(["RISK_WARNING: portfolio heat 6000 is above 0.4 x equity 13000"]);
    // 9,750 of 16,750 are 0.58; 12,000 of 19,000 are 0.63.
    p.price("325");
    expect(p.fills.length).toBe(1);
    p.price("400");
    p.price("400");
    p.price("400");
    p.price("400");
    // 30 at 400; a tenth of it, rounded up, at a time until at most 9,500 are held.
    expect(p.fills.slice(1)).toEqual(["sell 3 @ 400", "sell 3 @ 400", "sell 1 @ 400"]);
    expect(p.alerts().length).toBe(1);
  });
});

describe("with candles", () => {
  const close = (minute: number, price: string) => ({
    type: "candle" as const,
    symbol: "AAAUSDT",
    interval: "1m" as const,
    time: minute * 60_000,
    open: price,
    high: price,
    low: price,
    close: price,
    volume: "1",
    closed: true as const,
  });
  const trade = (time: number, price: string) => ({
    type: "trade" as const,
    symbol: "AAAUSDT",
    time,
    id: String(time),
    side: "buy" as const,
    price,
    quantity: "1",
  });

  test("falls count at every tick, peaks at closes; the tick that decides otherwise from then on says so", () => {
    let todo: ((desk: StrategyContext) => void) | undefined;
    const one = new TradingEngine({
      instruments: { symbol: "AAAUSDT", tickSize: "0.1", lotSize: "1" },
      strategy: { onTrade: (_, desk) => todo?.(desk) },
      sizer: "fixed:50",
      risk: { maxDrawdown: "0.05" },
    });
    one.process(close(0, "100"));
    todo = LONG;
    one.process(trade(60_001, "100"));
    todo = undefined;
    const [entry] = one.requests() as readonly Place[];
    execute(one, entry!, new Decimal(50), "100", 60_002);
    const { engine } = one;
    /** Whether the tick says that the engine decides otherwise from now on: a session writes it down for the next start. */
    const at = (time: number, price: number): boolean => {
      const { changed } = engine.process(Object.assign(new TradeEvent(), { time, price: price * 10, quantity: 1 }));
      return (changed & CHANGED.state) !== 0;
    };
    expect(at(60_003, 140)).toBe(false);
    expect(at(60_004, 120)).toBe(false);
    one.process(close(1, "120"));
    // The highest close stands at 11,000: 10,451 is not yet 5 % below, 10,450 is.
    expect(at(120_001, 109.1)).toBe(false);
    expect(engine.orders.alerts.length).toBe(0);
    expect(at(120_002, 109)).toBe(true);
    expect(engine.orders.alerts.entries.map(({ code }) => code)).toEqual(["RISK_WARNING"]);
    expect(at(120_003, 100)).toBe(false);
  });
});

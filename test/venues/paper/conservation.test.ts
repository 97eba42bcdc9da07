import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Decimal, type InstrumentKind, type OrderRequest, tapeOf } from "../../../src/core/index.js";
import { type ExchangeOptions, type PaperAccount, PaperExchange } from "../../../src/venues/paper/index.js";
import { candles, type Row, START } from "../../backtest/scripted.js";
import { D, delta, snapshot, trade } from "./support.js";

/** What an account must hold after its executions, from nothing but them: in decimals, by an average-cost book of its own. */
class Ledger {
  cash: Decimal;
  coins: Decimal;
  fees = new Decimal(0);
  readonly #kind: InstrumentKind;

  constructor(kind: InstrumentKind, cash: string, coins: string) {
    this.#kind = kind;
    this.cash = D(cash);
    this.coins = D(coins);
  }

  /** Signed value that cash loses: price x quantity; an inverse contract's is rounded once to 1e-12 and has the other sign. */
  static value(kind: InstrumentKind, signed: Decimal, price: Decimal): Decimal {
    if (kind !== "inverse") return signed.times(price);
    const size = signed.abs().div(price).toDecimalPlaces(12, Decimal.ROUND_HALF_UP);
    return signed.isPositive() ? size.neg() : size;
  }

  replay(account: PaperAccount): void {
    for (const { execution: e } of account.executions) {
      const signed = e.side === "buy" ? e.quantity : e.quantity.neg();
      if (e.kind !== "funding") {
        this.coins = this.coins.plus(signed);
        this.cash = this.cash.minus(Ledger.value(this.#kind, signed, e.price));
      }
      if (e.kind !== "funding") this.fees = this.fees.plus(e.feeCurrency === "BASE" ? 0 : e.fee);
      if (this.#kind === "spot" && e.feeCurrency === "TEST") this.coins = this.coins.minus(e.fee);
      else this.cash = this.cash.minus(e.fee);
    }
  }
}

const request = (kind: InstrumentKind): fc.Arbitrary<OrderRequest> => {
  const unit = kind === "inverse" ? 100 : 1;
  return fc
    .record({
      side: fc.constantFrom("buy" as const, "sell" as const),
      type: fc.constantFrom(
        "market" as const,
        "limit" as const,
        "stop" as const,
        "takeProfit" as const,
        "stopLimit" as const,
        "takeProfitLimit" as const,
      ),
      quantity: fc.integer({ min: 1, max: 40 }),
      price: fc.integer({ min: 900, max: 1100 }),
      trigger: fc.integer({ min: 900, max: 1100 }),
      timeInForce: fc.constantFrom("gtc" as const, "ioc" as const, "fok" as const),
      reduceOnly: fc.boolean(),
      postOnly: fc.boolean(),
    })
    .map(({ side, type, quantity, price, trigger, timeInForce, reduceOnly, postOnly }) => ({
      clientOrderId: "",
      symbol: "TESTUSDT",
      side,
      type,
      quantity: D(quantity).times(unit).div(10),
      ...(type.toLowerCase().includes("limit") && { price: D(price).div(10) }),
      ...(type !== "market" && type !== "limit" && { triggerPrice: D(trigger).div(10) }),
      timeInForce,
      reduceOnly,
      postOnly: postOnly && timeInForce === "gtc",
    }));
};

const bar = fc.tuple(...Array.from({ length: 4 }, () => fc.integer({ min: 920, max: 1080 }))).map((p): Row => {
  const text = (units: number): string => D(units).div(10).toFixed();
  return [text(p[0]!), text(Math.max(...p)), text(Math.min(...p)), text(p[1]!)];
});

function check(kind: InstrumentKind, exchange: PaperExchange, coins: string, orders: readonly OrderRequest[]): void {
  const account = exchange.account();
  const market = exchange.markets[0]!;
  const pool = account.poolOf(market);
  const start = pool.portfolio.balance().toFixed();
  let at = 0;
  do {
    for (let i = 0; i < 3 && at < orders.length; i++) account.place(orders[at++]!);
    if (at % 4 === 1) for (const open of account.open().slice(0, 1)) account.cancel(market.symbol, open.venueOrderId);
    const ledger = new Ledger(kind, start, coins);
    ledger.replay(account);
    const { portfolio } = pool;
    const held = portfolio.position(0).quantity;
    expect(held.toFixed()).toBe(ledger.coins.toFixed());
    // Equity at the mark is the cash that moved, plus what is held, plus what a liquidation was covered with.
    const mark = D(portfolio.mark[0]!).div(10);
    const equity = ledger.cash.plus(held.isZero() || mark.isZero() ? 0 : Ledger.value(kind, held, mark)).plus(portfolio.totalInsurance());
    expect(portfolio.equity().toFixed()).toBe(equity.toFixed());
    if (kind === "spot") expect(held.isNegative()).toBe(false);
    for (const order of account.all()) {
      expect(order.filled).toBeLessThanOrEqual(order.quantity);
      const executed = account.executions
        .filter((one) => one.order === order)
        .reduce((sum, one) => sum.plus(one.execution.quantity), new Decimal(0));
      expect(executed.toFixed()).toBe(order.report().filledQuantity.toFixed());
    }
  } while (exchange.next() !== undefined);
}

const instruments = (kind: InstrumentKind): ExchangeOptions["instruments"] => ({
  symbol: "TESTUSDT",
  kind,
  base: "TEST",
  quote: "USDT",
  tickSize: "0.1",
  lotSize: kind === "inverse" ? "10" : "0.1",
});

describe("cash, positions and fees add up to the last unit under random orders", () => {
  const options = (kind: InstrumentKind): Partial<ExchangeOptions> => ({
    category: kind,
    instruments: instruments(kind)!,
    leverage: kind === "spot" ? 1 : 20,
    slippageBps: 7,
    participation: "0.003",
    balances: kind === "inverse" ? { TEST: "3" } : kind === "spot" ? { USDT: "300", TEST: "1.5" } : { USDT: "100" },
    ...(kind === "spot"
      ? {}
      : {
          funding: [3, 5, 8].map((minute) => ({
            symbol: "TESTUSDT",
            time: START + minute * 60_000,
            rate: minute === 5 ? "-0.0007" : "0.0003",
          })),
        }),
  });

  test.each(["linear", "spot", "inverse"] as const)("candles, %s", (kind) => {
    fc.assert(
      fc.property(
        fc.array(bar, { minLength: 4, maxLength: 12 }),
        fc.array(request(kind), { maxLength: 25 }),
        fc.boolean(),
        (rows, orders, baseFees) => {
          const exchange = new PaperExchange({ data: candles(rows), ...options(kind), spotFees: baseFees ? "base" : "quote" });
          check(kind, exchange, kind === "spot" ? "1.5" : "0", orders);
        },
      ),
      { numRuns: 60 },
    );
  });

  test.each(["linear", "spot", "inverse"] as const)("trades and books, %s", (kind) => {
    const level = fc.tuple(fc.integer({ min: 920, max: 1080 }), fc.integer({ min: 0, max: 50 }));
    const text = (units: number): string => D(units).div(10).toFixed();
    const event = fc.record({ what: fc.constantFrom("trade", "book"), side: fc.constantFrom("buy" as const, "sell" as const), level });
    fc.assert(
      fc.property(
        fc.array(event, { minLength: 5, maxLength: 25 }),
        fc.array(request(kind), { maxLength: 25 }),
        fc.boolean(),
        (events, orders, withBook) => {
          const messages = events.map(({ what, side, level: [price, size] }, i) => {
            const entry: [string, string] = [text(price), text(size * (kind === "inverse" ? 1000 : 1))];
            if (what === "trade" || !withBook) return trade(i + 1, side, entry[0], size === 0 ? "1" : entry[1]);
            return delta(i + 1, side === "buy" ? [entry] : [], side === "sell" ? [entry] : []);
          });
          const first = withBook ? [snapshot(0, [["99.9", "3"]], [["100.1", "3"]])] : [trade(0, "buy", "100", "5")];
          const exchange = new PaperExchange({ data: tapeOf("TESTUSDT", [...first, ...messages]), ...options(kind), participation: "0.5" });
          check(kind, exchange, kind === "spot" ? "1.5" : "0", orders);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("liquidation", () => {
  const rows: Row[] = [
    ["100", "100", "100", "100"],
    ["100", "100", "100", "100"],
    ["100", "100", "80", "85"],
    ["85", "85", "85", "85"],
  ];
  const run = (data: readonly Row[], maintenance: string | "none" = "0.005"): PaperAccount => {
    const exchange = new PaperExchange({
      data: candles(data),
      instruments: instruments("linear")!,
      fees: "none",
      leverage: 10,
      balances: { USDT: "10.5" },
      maintenance,
    });
    const account = exchange.account();
    exchange.next();
    account.place({ clientOrderId: "", symbol: "TESTUSDT", side: "buy", type: "market", quantity: D(1) });
    while (exchange.next() !== undefined);
    return account;
  };

  test("at the price where equity is the maintenance margin: 10.5 + (p - 100) = 0.005 p at 89.9", () => {
    const account = run(rows);
    expect(account.executions.map(({ execution: e }) => `${e.kind} ${e.side} ${e.quantity.toFixed()} @ ${e.price.toFixed()}`)).toEqual([
      "trade buy 1 @ 100",
      "liquidation sell 1 @ 89.9",
    ]);
    expect(account.balances()[0]!.total.toFixed()).toBe("0.4");
  });

  test("a gap beyond it leaves less than nothing: the account gets zero, and what was covered is counted", () => {
    const account = run([rows[0]!, rows[1]!, ["80", "81", "79", "80"], rows[3]!]);
    expect(account.balances()[0]!.total.toFixed()).toBe("0");
    expect(account.pools[0]!.portfolio.totalInsurance().toFixed()).toBe("9.5");
  });

  test("not where the account says so", () => {
    const account = run(rows, "none");
    expect(account.executions).toHaveLength(1);
    expect(account.pools[0]!.portfolio.equity().toFixed()).toBe("-4.5");
  });
});

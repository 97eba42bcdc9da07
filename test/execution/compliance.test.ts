import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Decimal, decimal, instrument, ROLE, scaleInstrument, TYPE, WorkingOrder } from "../../src/core/index.js";
import {
  ComplianceMonitor,
  ComplianceReport,
  checkFilters,
  compliance,
  parseRisk,
  parseSizer,
  SymbolNormalizer,
  type Verdict,
} from "../../src/execution/index.js";
import { expectMisuse } from "../misuse.js";

const BTC = { symbol: "BTCUSDT", tickSize: "0.1", lotSize: "0.001", minQuantity: "0.001", maxQuantity: "100", minNotional: "5" } as const;
const normalizer = new SymbolNormalizer({
  instruments: [BTC],
  symbols: { "XBT-USD": "BTCUSDT" },
  venues: { other: { "BTC.P": "BTC_USDT" } },
});

describe("a normaliser", () => {
  test("knows an instrument by any of its names", () => {
    for (const name of ["BTCUSDT", "btc-usdt", "BTC_USDT", "BTC/USDT", "bybit:BTCUSDT", "xbtusd"])
      expect(normalizer.specification(name)?.symbol, name).toBe("BTCUSDT");
    expect(normalizer.specification("BTC.P", "other")?.symbol).toBe("BTCUSDT");
    expect(normalizer.specification("BTC.P")).toBeUndefined();
  });

  test("rounds quantities down and limit prices away from crossing", () => {
    expect(normalizer.roundQuantity("BTCUSDT", "0.00199").toFixed()).toBe("0.001");
    expect(normalizer.roundPrice("BTCUSDT", "100.19", "buy").toFixed()).toBe("100.1");
    expect(normalizer.roundPrice("BTCUSDT", "100.11", "sell").toFixed()).toBe("100.2");
    expect(normalizer.roundPrice("BTCUSDT", "100.1", "sell").toFixed()).toBe("100.1");
    expectMisuse(() => normalizer.roundQuantity("DOGEUSDT", 1), "NO_SPECIFICATION", /DOGEUSDT/);
  });

  test("a symbol that stands twice is misuse", () => {
    expectMisuse(() => new SymbolNormalizer({ instruments: [BTC, { ...BTC, symbol: "BTC-USDT" }] }), "SYMBOL_TWICE", /twice/);
  });
});

describe("a monitor", () => {
  const strict = new ComplianceMonitor(normalizer);
  const codes = (report: ComplianceReport): string[] => report.violations.map(({ code }) => code);

  test("0.00125 at a step of 0.001 is 0.001, clean", () => {
    const report = strict.check({ symbol: "BTC-USDT", side: "buy", quantity: "0.00125", price: "50000.07" });
    expect(report).toBeInstanceOf(ComplianceReport);
    expect([report.isClean, report.blocked, report.symbol]).toEqual([true, false, "BTCUSDT"]);
    expect([report.requestedQuantity, report.normalizedQuantity, report.requestedPrice, report.normalizedPrice].map(String)).toEqual([
      "0.00125",
      "0.001",
      "50000.07",
      "50000",
    ]);
  });

  test("says every rule that is broken, with the numbers", () => {
    const exact = new ComplianceMonitor(normalizer, { autoRound: false });
    const report = exact.check({ symbol: "BTCUSDT", side: "sell", quantity: "0.00015", price: "100.05" });
    expect(codes(report)).toEqual(["OFF_LOT", "BELOW_MIN_QUANTITY", "OFF_TICK", "BELOW_MIN_NOTIONAL"]);
    expect(report.violations.map(({ message }) => message)).toEqual([
      "quantity 0.00015 is no multiple of the lot 0.001",
      "quantity 0.00015 is below the minimum 0.001",
      "price 100.05 is no multiple of the tick 0.1",
      "order value 0.0150075 is below the minimum 5",
    ]);
    expect(report.violations[3]!.numbers).toEqual({ asked: "0.0150075", limit: "5" });
    expect(codes(exact.check({ symbol: "BTCUSDT", side: "buy", quantity: -1, price: 0 }))).toEqual([
      "QUANTITY_INVALID",
      "BELOW_MIN_QUANTITY",
      "PRICE_INVALID",
      "BELOW_MIN_NOTIONAL",
    ]);
    expect(codes(exact.check({ symbol: "BTCUSDT", side: "buy", quantity: 101, price: 100 }))).toEqual(["ABOVE_MAX_QUANTITY"]);
  });

  test("a market order is valued at the reference price, and needs one", () => {
    const at = (referencePrice?: number): string[] =>
      codes(
        strict.check({ symbol: "BTCUSDT", side: "buy", quantity: "0.001", ...(referencePrice === undefined ? {} : { referencePrice }) }),
      );
    expect([at(5_000), at(4_999), at()]).toEqual([[], ["BELOW_MIN_NOTIONAL"], ["NO_REFERENCE_PRICE"]]);
  });

  test("report only says so, but never passes what nobody specified", () => {
    const report = compliance.monitor(normalizer, { mode: "report" });
    expect(report.check({ symbol: "BTCUSDT", side: "buy", quantity: "0.0001", price: 10 })).toMatchObject({
      blocked: false,
      isClean: false,
    });
    for (const monitor of [strict, report]) {
      const unknown = monitor.check({ symbol: "DOGEUSDT", side: "buy", quantity: 1, price: 1 });
      expect([unknown.blocked, codes(unknown)]).toEqual([true, ["NO_SPECIFICATION"]]);
      expect(unknown.instrument).toBeUndefined();
    }
  });

  test("assert throws with the report where the order is blocked", () => {
    expectMisuse(
      () => strict.assert({ symbol: "BTCUSDT", side: "buy", quantity: "0.0001", price: 10 }),
      "COMPLIANCE_VIOLATION",
      /below the minimum/,
    );
    expect(strict.assert({ symbol: "BTCUSDT", side: "buy", quantity: 1, price: 10 }).isClean).toBe(true);
    expectMisuse(() => new ComplianceMonitor(normalizer).check({ side: "buy", quantity: 1 } as never), "COMPLIANCE_ORDER", "got undefined");
    expectMisuse(() => new ComplianceMonitor(normalizer, { mode: "lax" as "strict" }), "COMPLIANCE_MODE", /strict/);
  });
});

describe("properties", () => {
  const numbers = fc.tuple(fc.bigInt(1n, 10n ** 12n), fc.integer({ min: 0, max: 12 })).map(([digits, dp]) => `${digits}e-${dp}`);
  const step = fc.constantFrom("0.1", "0.001", "0.05", "3", "0.00000001");
  const Wide = Decimal.clone({ precision: 200 });

  test("rounding takes no risk on, lands on the grid, and moves by less than a step", () => {
    fc.assert(
      fc.property(
        numbers,
        numbers,
        step,
        step,
        fc.constantFrom("buy" as const, "sell" as const),
        (quantity, price, tickSize, lotSize, side) => {
          const report = compliance
            .monitor({ instruments: [{ symbol: "A", tickSize, lotSize }] }, { mode: "report" })
            .check({ symbol: "A", side, quantity, price });
          const q = new Wide(report.normalizedQuantity);
          const p = new Wide(report.normalizedPrice!);
          expect(q.mod(lotSize).isZero() && p.mod(tickSize).isZero()).toBe(true);
          const less = new Wide(quantity).minus(q);
          expect(less.gte(0) && less.lt(lotSize)).toBe(true);
          const away = side === "buy" ? new Wide(price).minus(p) : p.minus(price);
          expect(away.gte(0) && away.lt(tickSize)).toBe(true);
        },
      ),
    );
  });

  test("no composition of sizer, risk and filters lets an order pass that breaks a limit, a lot, a minimum or reduce-only", () => {
    const sizers = ["fixed:0.37", "percent:0.33", "risk-adjusted:0.01", "kelly:0.6:1.4"].map((text) => parseSizer(text));
    const limits = fc.record({
      maxOrderQuantity: fc.constantFrom("0", "0.5", "2"),
      maxPositionQuantity: fc.constantFrom("0", "1", "5"),
      maxOrderNotional: fc.constantFrom("0", "300", "10000"),
      maxHeat: fc.constantFrom("0", "0.5", "2"),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...sizers),
        limits,
        fc.integer({ min: 1, max: 10_000_000 }),
        fc.integer({ min: 10_000, max: 10 ** 12 }),
        fc.integer({ min: -5_000, max: 5_000 }),
        fc.boolean(),
        fc.boolean(),
        (sizer, given, price, cents, position, long, liquidateOnly) => {
          const scaled = scaleInstrument(instrument(BTC));
          const direction = long ? 1 : -1;
          const equity = cents * 10_000;
          const units = sizer.bind(scaled).units({ equity, price, kind: long ? "enterLong" : "enterShort", confidence: 1 });
          const quantity = units - (units % scaled.lot);
          if (quantity === 0) return;
          const order = new WorkingOrder(1, 0, direction, TYPE.market, ROLE.entry, false, quantity, 0, 1);
          const out: Verdict = { code: "NONE", asked: 0, limit: 0, units: "quantity", message: "" };
          const passes =
            parseRisk(given).bind(scaled).check(order, { position, price, equity, liquidateOnly }, out) &&
            checkFilters(order, scaled, price, out);
          if (!passes) {
            expect(out.code).not.toBe("NONE");
            return;
          }
          const q = decimal(`${quantity}e-3`);
          const value = q.times(`${price}e-1`);
          const after = decimal(`${position + direction * quantity}e-3`);
          const reduces = position * direction < 0 && quantity <= Math.abs(position);
          expect(q.mod(BTC.lotSize).isZero() && q.gte(BTC.minQuantity) && q.lte(BTC.maxQuantity)).toBe(true);
          expect(value.gte(BTC.minNotional)).toBe(true);
          if (reduces) return;
          expect(liquidateOnly).toBe(false);
          if (given.maxOrderQuantity !== "0") expect(q.lte(given.maxOrderQuantity)).toBe(true);
          if (given.maxOrderNotional !== "0") expect(value.lte(given.maxOrderNotional)).toBe(true);
          if (given.maxPositionQuantity !== "0") expect(after.abs().lte(given.maxPositionQuantity)).toBe(true);
          if (given.maxHeat !== "0")
            expect(
              after
                .abs()
                .times(`${price}e-1`)
                .lte(decimal(`${equity}e-8`).times(given.maxHeat)),
            ).toBe(true);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Decimal, fromUnits, instrument, ratio, type ScaledInstrument, scaleInstrument } from "../../src/core/index.js";
import { feeRates, MaintenanceMargin, Portfolio, RatedAmount } from "../../src/portfolio/index.js";

const BTCUSD: ScaledInstrument = scaleInstrument(instrument({ symbol: "BTCUSD", kind: "inverse", tickSize: "0.5", lotSize: "1" }));
const BTCUSDT: ScaledInstrument = scaleInstrument(instrument({ symbol: "BTCUSDT", tickSize: "0.1", lotSize: "0.001" }), 0, 8);
const ETHUSDT: ScaledInstrument = scaleInstrument(instrument({ symbol: "ETHUSDT", tickSize: "0.01", lotSize: "0.01" }), 0, 8);

const coin = (text: string): number => new Decimal(text).times(1e12).toNumber();
const price = (text: string): number => new Decimal(text).times(10).toNumber();

describe("an inverse contract is worth quantity / price in coin", () => {
  test("a long gains 1/entry - 1/exit, by hand", () => {
    const portfolio = new Portfolio([BTCUSD], coin("1"));
    portfolio.apply(0, 10_000, price("20000"), 0);
    expect(portfolio.balance().toFixed()).toBe("1");
    portfolio.mark[0] = price("25000");
    // 10000 x (1/20000 - 1/25000) = 0.5 - 0.4
    expect(portfolio.equity().toFixed()).toBe("1.1");
    expect(portfolio.position(0)).toMatchObject({ symbol: "BTCUSD" });
    expect(portfolio.position(0).unrealizedPnl.toFixed()).toBe("0.1");
    expect(portfolio.position(0).averageEntry!.toFixed()).toBe("20000");
    portfolio.apply(0, -10_000, price("25000"), 0);
    expect(portfolio.balance().toFixed()).toBe("1.1");
    expect(portfolio.position(0).realizedPnl.toFixed()).toBe("0.1");
  });

  test("a short gains when the price falls, and flips", () => {
    const portfolio = new Portfolio([BTCUSD], coin("1"));
    portfolio.apply(0, -10_000, price("25000"), 0);
    portfolio.apply(0, 15_000, price("20000"), 0);
    expect(portfolio.position(0).realizedPnl.toFixed()).toBe("0.1");
    expect(portfolio.position(0).quantity.toFixed()).toBe("5000");
    expect(portfolio.position(0).averageEntry!.toFixed()).toBe("20000");
    expect(portfolio.balance().toFixed()).toBe("1.1");
  });

  test("the average entry is harmonic: recorded at Bybit as 27464.50441675 for a position of 300 worth 0.01092319", () => {
    expect(new Decimal(300).div("0.01092319").toDecimalPlaces(2).toFixed()).toBe("27464.5");
    const portfolio = new Portfolio([BTCUSD], coin("1"));
    portfolio.apply(0, 100, price("20000"), 0);
    portfolio.apply(0, 100, price("30000"), 0);
    expect(portfolio.position(0).averageEntry!.toDecimalPlaces(4).toFixed()).toBe("24000");
  });

  test("the average of one price is that price, of several it is told as finely as their value is known", () => {
    const portfolio = new Portfolio([BTCUSD], coin("1"));
    portfolio.apply(0, 600, price("60001"), 0);
    expect(portfolio.position(0).averageEntry!.toFixed()).toBe("60001");
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400_000 }), fc.integer({ min: 1, max: 1_000_000 }), (halves, contracts) => {
        const one = new Portfolio([BTCUSD], coin("1"));
        one.apply(0, contracts, halves * 5, 0);
        expect(one.position(0).averageEntry!.toFixed()).toBe(new Decimal(halves).div(2).toFixed());
      }),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 2_000, max: 400_000 }), fc.integer({ min: 1, max: 100_000 })), { minLength: 2, maxLength: 5 }),
        (fills) => {
          const many = new Portfolio([BTCUSD], coin("1"));
          let [contracts, value] = [new Decimal(0), new Decimal(0)];
          for (const [halves, quantity] of fills) {
            many.apply(0, quantity, halves * 5, 0);
            contracts = contracts.plus(quantity);
            value = value.plus(new Decimal(quantity).div(new Decimal(halves).div(2)));
          }
          const shown = many.position(0).averageEntry!;
          // Half a unit for each fill, and as much (one at least) that is not told apart.
          expect(
            contracts
              .div(shown)
              .minus(value)
              .abs()
              .lte(new Decimal(fills.length / 2 + Math.max(1, Math.ceil(fills.length / 2))).times("1e-12")),
          ).toBe(true);
        },
      ),
    );
  });

  test("the average of one price stays that price, however often part of it is closed at others and more is bought", () => {
    const fill = fc.record({
      contracts: fc.integer({ min: 1, max: 5_000 }),
      at: fc.integer({ min: 2_000, max: 200_000 }),
      adds: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(1, -1),
        fc.integer({ min: 2_000, max: 200_000 }),
        fc.array(fill, { minLength: 1, maxLength: 60 }),
        (side, halves, fills) => {
          const portfolio = new Portfolio([BTCUSD], coin("10"));
          portfolio.apply(0, side * 20_000, halves * 5, 0);
          for (const { contracts, at, adds } of fills) {
            const held = Math.abs(portfolio.quantity[0]!);
            if (adds) portfolio.apply(0, side * contracts, halves * 5, 0);
            else if (held > 1) portfolio.apply(0, -side * Math.min(contracts, held - 1), at * 5, 0);
            expect(portfolio.position(0).averageEntry!.toFixed()).toBe(new Decimal(halves).div(2).toFixed());
          }
          // The other way round begins anew.
          portfolio.apply(0, -portfolio.quantity[0]! - side * 7, 123_455, 0);
          expect(portfolio.position(0).averageEntry!.toFixed()).toBe("12345.5");
        },
      ),
    );
  });

  test("fees are rated on the coin value, half up to 1e-8", () => {
    const fee = new RatedAmount(BTCUSD, feeRates("bybit-inverse").taker).of(price("17055.5"), 268_611);
    expect(fromUnits(fee, BTCUSD.cashDp).toFixed()).toBe(
      new Decimal(268_611).div("17055.5").times("0.00055").toDecimalPlaces(8, Decimal.ROUND_HALF_UP).toFixed(),
    );
  });

  test("no sequence of fills, fees and funding loses or invents a unit", () => {
    const fill = fc.record({
      signed: fc.integer({ min: -50_000, max: 50_000 }).filter((x) => x !== 0),
      price: fc.integer({ min: 1, max: 2_000_000 }),
      fee: fc.integer({ min: -1_000_000, max: 1_000_000 }),
      funding: fc.integer({ min: -1_000_000, max: 1_000_000 }),
    });
    fc.assert(
      fc.property(fc.array(fill, { minLength: 1, maxLength: 30 }), fc.bigInt(1n, 10n ** 18n), (fills, initial) => {
        const start = initial < 2n ** 53n ? Number(initial) : initial;
        const portfolio = new Portfolio([BTCUSD], start);
        let fees = 0n;
        let funding = 0n;
        for (const one of fills) {
          portfolio.apply(0, one.signed, one.price, one.fee);
          portfolio.applyFunding(one.funding);
          fees += BigInt(one.fee);
          funding += BigInt(one.funding);
          const { realizedPnl, unrealizedPnl } = portfolio.position(0);
          const wallet = fromUnits(initial, 12)
            .plus(realizedPnl)
            .minus(fromUnits(fees + funding, 12));
          expect(portfolio.balance().toFixed()).toBe(wallet.toFixed());
          expect(portfolio.equity().toFixed()).toBe(wallet.plus(unrealizedPnl).toFixed());
        }
        // Closed at one price, what is left differs from the exact sum of quantity / price by the rounding of each fill alone.
        const open = portfolio.quantity[0]!;
        if (open !== 0) portfolio.apply(0, -open, 500_000, 0);
        let exact = new Decimal(0);
        for (const one of fills) exact = exact.plus(new Decimal(one.signed).div(new Decimal(one.price).div(10)));
        if (open !== 0) exact = exact.minus(new Decimal(open).div(50_000));
        const gained = portfolio
          .balance()
          .minus(fromUnits(initial, 12))
          .plus(fromUnits(fees + funding, 12));
        expect(
          gained
            .minus(exact)
            .abs()
            .lte(new Decimal(fills.length + 1).times("1e-12")),
        ).toBe(true);
      }),
    );
  });
});

describe("maintenance margin and the liquidation price", () => {
  const rate = ratio("0.005");

  test("a long of 1 at 100 with 10 of cash: 10 + (p - 100) = 0.005 p at 90.4522...", () => {
    const portfolio = new Portfolio([BTCUSDT], 10e8);
    portfolio.apply(0, 1000, 1000, 0);
    const margin = new MaintenanceMargin(portfolio, [rate]);
    expect(margin.liquidationPrice(0)).toBe(904);
    portfolio.mark[0] = 905;
    expect(margin.isBreached()).toBe(false);
    portfolio.mark[0] = 904;
    expect(margin.isBreached()).toBe(true);
  });

  test("a short of 1 at 100 with 10 of cash: 10 + (100 - p) = 0.005 p at 109.4527...", () => {
    const portfolio = new Portfolio([BTCUSDT], 10e8);
    portfolio.apply(0, -1000, 1000, 0);
    expect(new MaintenanceMargin(portfolio, [rate]).liquidationPrice(0)).toBe(1095);
  });

  test("a long its cash covers is never liquidated, nor a flat one", () => {
    const portfolio = new Portfolio([BTCUSDT], 1000e8);
    const margin = new MaintenanceMargin(portfolio, [rate]);
    expect(margin.liquidationPrice(0)).toBeUndefined();
    portfolio.apply(0, 1000, 1000, 0);
    expect(margin.liquidationPrice(0)).toBeUndefined();
  });

  test("an inverse long of one coin's worth, with a tenth of a coin", () => {
    const portfolio = new Portfolio([BTCUSD], coin("0.1"));
    portfolio.apply(0, 20_000, price("20000"), 0);
    // 0.1 + 1 - 20000/p = 0.005 x 20000/p at p = 20100 / 1.1 = 18272.72...
    expect(new MaintenanceMargin(portfolio, [rate]).liquidationPrice(0)).toBe(182_727);
  });

  test("the price is where the account tips, whatever else it holds", () => {
    const fill = fc.record({
      slot: fc.integer({ min: 0, max: 1 }),
      signed: fc.integer({ min: -500, max: 500 }),
      at: fc.integer({ min: 50, max: 5000 }),
    });
    fc.assert(
      fc.property(fc.array(fill, { minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 1e10 }), (fills, cash) => {
        const portfolio = new Portfolio([BTCUSDT, ETHUSDT], cash);
        for (const one of fills) if (one.signed !== 0) portfolio.apply(one.slot, one.signed, one.at, 0);
        const margin = new MaintenanceMargin(portfolio, [rate, rate]);
        for (const slot of [0, 1]) {
          const found = margin.liquidationPrice(slot);
          const long = portfolio.quantity[slot]! > 0;
          const at = (units: number): boolean => {
            const mark = portfolio.mark[slot]!;
            portfolio.mark[slot] = units;
            const breached = margin.isBreached();
            portfolio.mark[slot] = mark;
            return breached;
          };
          if (found === undefined) {
            if (portfolio.quantity[slot] !== 0) expect(at(long ? 1 : Number.MAX_SAFE_INTEGER)).toBe(false);
            continue;
          }
          expect(at(found)).toBe(true);
          const beyond = long ? found + 1 : found - 1;
          if (beyond >= 1 && beyond <= Number.MAX_SAFE_INTEGER) expect(at(beyond)).toBe(false);
        }
      }),
    );
  });

  test("what a liquidation could not pay is covered, counted, and leaves nothing", () => {
    const portfolio = new Portfolio([BTCUSDT], 10e8);
    portfolio.apply(0, 1000, 1000, 0);
    portfolio.apply(0, -1000, 800, 0);
    expect(portfolio.balance().toFixed()).toBe("-10");
    portfolio.cover(10n * 10n ** 8n);
    expect(portfolio.balance().toFixed()).toBe("0");
    expect(portfolio.totalInsurance().toFixed()).toBe("10");
  });
});

describe("spot and contracts on one cash", () => {
  const SPOT = scaleInstrument(instrument({ symbol: "BTCUSDT", kind: "spot", tickSize: "0.1", lotSize: "0.001" }), 0, 8);

  test("spot may not spend the margin of a position, and what is held on spot is no margin", () => {
    const portfolio = new Portfolio([BTCUSDT, SPOT], 100e8);
    portfolio.apply(0, 1000, 1000, 0);
    expect(portfolio.canAfford(1, 100, 1000, 0, 1)).toBe(false);
    expect(portfolio.canAfford(1, 500, 1000, 0, 2)).toBe(true);
    portfolio.apply(1, 500, 1000, 0);
    expect(portfolio.requirement(0, 100, 1000, 0, 1)).toEqual({ needed: 110n * 10n ** 8n, available: 50n * 10n ** 8n });
  });
});

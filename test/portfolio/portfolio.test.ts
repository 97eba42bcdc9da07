import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  Decimal,
  fromUnits,
  type InstrumentKind,
  instrument,
  MAX_SAFE,
  type ScaledInstrument,
  scaleInstrument,
} from "../../src/core/index.js";
import { Portfolio } from "../../src/portfolio/index.js";

const CASH_DP = 8;
const scaledOf = (symbol: string, tickSize: string, lotSize: string, kind: InstrumentKind = "linear"): ScaledInstrument =>
  scaleInstrument(instrument({ symbol, tickSize, lotSize, kind }), 0, CASH_DP);
const BTC = scaledOf("BTCUSDT", "0.1", "0.001");
const ETH = scaledOf("ETHUSDT", "0.01", "0.01");
const cash = (units: number | bigint): string => fromUnits(units, CASH_DP).toFixed();

/** A fill in units, and what a venue charges for it. */
interface Booked {
  slot: number;
  signed: number;
  price: number;
  fee: bigint;
}

/** Books kept independently, in decimals of any length: cash moves by value and fee, a position is its list of open lots at average cost. */
class Ledger {
  cash: Decimal;
  fees: Decimal = new Decimal(0);
  funding: Decimal = new Decimal(0);
  readonly quantity = [new Decimal(0), new Decimal(0)];
  readonly mark = [new Decimal(0), new Decimal(0)];

  constructor(initial: bigint) {
    this.cash = fromUnits(initial, CASH_DP);
  }

  fill({ slot, signed, price, fee }: Booked, instruments: readonly ScaledInstrument[]): void {
    const { priceDp, quantityDp } = instruments[slot]!;
    const quantity = fromUnits(signed, quantityDp);
    const at = fromUnits(price, priceDp);
    this.cash = this.cash.minus(quantity.times(at)).minus(fromUnits(fee, CASH_DP));
    this.fees = this.fees.plus(fromUnits(fee, CASH_DP));
    this.quantity[slot] = this.quantity[slot]!.plus(quantity);
    this.mark[slot] = at;
  }

  get equity(): Decimal {
    return this.quantity.reduce((sum, quantity, slot) => sum.plus(quantity.times(this.mark[slot]!)), this.cash);
  }
}

const fills = (size: number, price: number): fc.Arbitrary<Booked[]> =>
  fc.array(
    fc.record({
      slot: fc.integer({ min: 0, max: 1 }),
      signed: fc.integer({ min: -size, max: size }).filter((signed) => signed !== 0),
      price: fc.integer({ min: 1, max: price }),
      fee: fc.bigInt(-(10n ** 12n), 10n ** 13n),
    }),
    { minLength: 1, maxLength: 40 },
  );

function agree(initial: bigint, sequence: readonly Booked[], funding: readonly bigint[]): Portfolio {
  const instruments = [BTC, ETH];
  const start = initial <= BigInt(MAX_SAFE) ? Number(initial) : initial;
  const portfolio = new Portfolio(instruments, start);
  const ledger = new Ledger(initial);
  for (const [i, one] of sequence.entries()) {
    const fee = one.fee <= BigInt(MAX_SAFE) ? Number(one.fee) : one.fee;
    portfolio.apply(one.slot, one.signed, one.price, fee);
    ledger.fill(one, instruments);
    const paid = funding[i];
    if (paid !== undefined) {
      portfolio.applyFunding(paid > BigInt(MAX_SAFE) || paid < -BigInt(MAX_SAFE) ? paid : Number(paid));
      ledger.cash = ledger.cash.minus(fromUnits(paid, CASH_DP));
      ledger.funding = ledger.funding.plus(fromUnits(paid, CASH_DP));
    }
    expect(portfolio.equity().toFixed()).toBe(ledger.equity.toFixed());
    expect(portfolio.totalFees().toFixed()).toBe(ledger.fees.toFixed());
    expect(portfolio.totalFunding().toFixed()).toBe(ledger.funding.toFixed());
    const positions = [portfolio.position(0), portfolio.position(1)];
    for (const [slot, position] of positions.entries()) {
      expect(position.quantity.toFixed()).toBe(ledger.quantity[slot]!.toFixed());
      if (position.quantity.isZero()) expect(position.unrealizedPnl.isZero()).toBe(true);
    }
    // Nothing is lost or made: the wallet is what came in, plus what was realised, less fees and funding ...
    const sum = (of: (p: (typeof positions)[number]) => Decimal): Decimal =>
      positions.reduce((total, p) => total.plus(of(p)), new Decimal(0));
    const wallet = fromUnits(initial, CASH_DP)
      .plus(sum((p) => p.realizedPnl))
      .minus(ledger.fees)
      .minus(ledger.funding);
    expect(portfolio.balance().toFixed()).toBe(wallet.toFixed());
    // ... equity is the wallet plus what is open, and fees by position add up.
    expect(
      portfolio
        .balance()
        .plus(sum((p) => p.unrealizedPnl))
        .toFixed(),
    ).toBe(ledger.equity.toFixed());
    expect(sum((p) => p.fees).toFixed()).toBe(ledger.fees.toFixed());
  }
  return portfolio;
}

describe("no sequence of fills, fees and funding loses or invents a unit", () => {
  const funded = fc.array(fc.bigInt(-(10n ** 12n), 10n ** 12n), { maxLength: 20 });

  test("in doubles: partial closes, flips, additions, two instruments, rebates", () => {
    fc.assert(
      fc.property(fills(5_000, 700_000), funded, (sequence, funding) => {
        expect(agree(10n ** 12n, sequence, funding).isBig).toBe(false);
      }),
    );
  });

  test("crossing 2^53 midway: BigInt takes over and nothing wraps", () => {
    let crossed = 0;
    fc.assert(
      fc.property(fills(10 ** 9, 10 ** 7), funded, (sequence, funding) => {
        if (agree(10n ** 12n, sequence, funding).isBig) crossed++;
      }),
    );
    expect(crossed).toBeGreaterThan(50);
  });

  test("amounts of 30 digits", () => {
    fc.assert(fc.property(fills(10 ** 15, 10 ** 12), funded, (sequence, funding) => void agree(10n ** 25n, sequence, funding)));
  });

  test("at the edge itself, to the unit", () => {
    const edge = BigInt(MAX_SAFE);
    // A sale of one lot at a tick brings 10,000 units: the fee takes them back, but between the two the sum passes 2^53.
    for (const initial of [edge - 1n, edge, edge + 1n])
      for (const fee of [-3n, -2n, -1n, 0n, 1n, 2n, 3n, 9_999n, 10_000n, 10_001n, 10_002n])
        agree(
          initial,
          [
            { slot: 0, signed: -1, price: 1, fee },
            { slot: 0, signed: 2, price: 3, fee: -fee },
            { slot: 0, signed: -1, price: 1, fee: 1n },
          ],
          [fee, edge, -edge],
        );
  });
});

describe("by hand", () => {
  test("a linear perpetual bought and sold: profit counts once, and only fees leave at the entry", () => {
    const portfolio = new Portfolio([BTC], 1_000_000_000_000);
    portfolio.apply(0, 10, 420_000, 42_000_000); // 0.01 @ 42,000, fee 0.42
    // Booking the notional as cash and the profit again, as Tesser does, would show 9579.58 here and 10019.15 at the end.
    expect(portfolio.equity().toFixed()).toBe("9999.58");
    expect(portfolio.balance().toFixed()).toBe("9999.58");
    portfolio.mark[0] = 425_000;
    expect(portfolio.position(0).unrealizedPnl.toFixed()).toBe("5");
    portfolio.apply(0, -10, 430_000, 43_000_000);
    expect(portfolio.equity().toFixed()).toBe("10009.15");
    expect(portfolio.balance().toFixed()).toBe("10009.15");
    expect(portfolio.position(0)).toMatchObject({ realizedPnl: new Decimal(10), averageEntry: undefined });
    expect(portfolio.roundTrips).toBe(1);
  });

  test("an average entry, a partial close that does not divide, a flip", () => {
    const portfolio = new Portfolio([BTC], 1_000_000_000_000);
    portfolio.apply(0, 1, 1001, 0); // 0.001 @ 100.1
    portfolio.apply(0, 2, 1002, 0); // 0.002 @ 100.2
    expect(portfolio.position(0).averageEntry!.toDecimalPlaces(10).toFixed()).toBe("100.1666666667");
    portfolio.apply(0, -1, 1003, 0);
    // Cost 0.3005 for 3 lots: one lot releases floor(0.3005 / 3) = 0.10016666, the rest keeps the remainder.
    expect(portfolio.position(0).realizedPnl.toFixed()).toBe("0.00013334");
    portfolio.apply(0, -3, 1000, 0); // closes 0.002, opens 0.001 short
    expect(portfolio.position(0).realizedPnl.toFixed()).toBe("-0.0002");
    expect(portfolio.position(0)).toMatchObject({ quantity: new Decimal("-0.001") });
    expect(portfolio.position(0).averageEntry!.toFixed()).toBe("100");
    expect(portfolio.roundTrips).toBe(1);
  });

  test("a short earns as the price falls; marks move equity, not the wallet", () => {
    const portfolio = new Portfolio([BTC], 1_000_000_000_000);
    portfolio.apply(0, -1000, 500_000, 2_750_000_000);
    portfolio.mark[0] = 490_000;
    expect(portfolio.balance().toFixed()).toBe("9972.5");
    expect(portfolio.equity().toFixed()).toBe("10972.5");
    expect(portfolio.position(0)).toMatchObject({ unrealizedPnl: new Decimal(1000), realizedPnl: new Decimal(0) });
  });

  test("spot: the balance is the quote currency left, equity adds the coins at their price", () => {
    const portfolio = new Portfolio([scaledOf("BTCUSDT", "0.01", "0.000001", "spot")], 1_000_000_000_000);
    portfolio.apply(0, 100_000, 5_000_000, 500_000_000);
    expect(portfolio.balance().toFixed()).toBe("4995");
    expect(portfolio.equity().toFixed()).toBe("9995");
  });
});

describe("what an entry needs", () => {
  test("agrees with itself in doubles and in BigInt, at every leverage", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 10 ** 5 }),
        fc.integer({ min: 1, max: 10 ** 6 }),
        fc.integer({ min: 1, max: 10 ** 6 }),
        fc.integer({ min: 1, max: 200 }),
        fc.bigInt(-(10n ** 9n), 10n ** 9n),
        fc.boolean(),
        (held, quantity, price, leverage, slack, spot) => {
          const scaled = scaledOf("BTCUSDT", "0.1", "0.001", spot ? "spot" : "linear");
          const lever = spot ? 1 : leverage;
          const fee = 12_345;
          const value = BigInt(price) * BigInt(quantity) * 10_000n;
          const open = BigInt(price) * BigInt(held) * 10_000n;
          // Exactly enough, and a little more or less.
          const margin = spot ? value : (value + open + BigInt(lever) - 1n) / BigInt(lever);
          const enough = margin + BigInt(fee) + (spot ? open : 0n);
          const initial = enough + slack;
          const portfolio = new Portfolio([scaled], initial <= BigInt(MAX_SAFE) && initial >= 0n ? Number(initial) : initial);
          if (held > 0) portfolio.apply(0, held, price, 0);
          expect(portfolio.canAfford(0, quantity, price, fee, lever)).toBe(slack >= 0n);
          const { needed, available } = portfolio.requirement(0, quantity, price, fee, lever);
          expect(cash(available - needed)).toBe(cash(slack));
        },
      ),
      { numRuns: 400 },
    );
  });
});

test("a position restated to its venue's: that size and average, the same wallet, equity at the mark; also beyond 2^53 units", () => {
  const XBT = scaleInstrument(instrument({ symbol: "BTCUSD", tickSize: "0.5", lotSize: "1", kind: "inverse" }));
  const whole = (dp: number, max: number) => fc.integer({ min: 1, max }).map((units) => fromUnits(units, dp));
  fc.assert(
    fc.property(
      fc.constantFrom(BTC, XBT),
      fc.integer({ min: -50_000, max: 50_000 }),
      fc.integer({ min: -50_000, max: 50_000 }).filter((units) => units !== 0),
      whole(8, 2e12),
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.boolean(),
      (one, before, quantity, average, mark, wide) => {
        const portfolio = new Portfolio([one], wide ? 10n ** 20n : 1e12);
        if (before !== 0) portfolio.apply(0, before, 500_000, 7);
        const wallet = portfolio.balance();
        portfolio.restate(0, quantity, average);
        portfolio.mark[0] = mark;
        expect(portfolio.balance().toFixed()).toBe(wallet.toFixed());
        const size = fromUnits(Math.abs(quantity), one.quantityDp);
        const at = fromUnits(mark, one.priceDp);
        const units = (value: Decimal): Decimal => value.toDecimalPlaces(one.cashDp, Decimal.ROUND_HALF_UP);
        const sign = Math.sign(quantity);
        const open =
          one === BTC ? units(size.times(at)).minus(units(size.times(average))) : units(size.div(average)).minus(units(size.div(at)));
        expect(portfolio.equity().toFixed()).toBe(wallet.plus(open.times(sign)).toFixed());
        expect(portfolio.position(0).quantity.toFixed()).toBe(fromUnits(quantity, one.quantityDp).toFixed());
        if (one === BTC)
          expect(units(size.times(portfolio.position(0).averageEntry!)).toFixed()).toBe(units(size.times(average)).toFixed());
      },
    ),
  );
});

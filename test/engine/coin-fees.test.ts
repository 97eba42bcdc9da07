import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Decimal, instrument, type ScaledInstrument, scaleInstrument } from "../../src/core/index.js";
import { CoinFees, eventOf, eventRecord, FillEvent } from "../../src/engine/index.js";
import { executionOf, type Place } from "./executed.js";
import { pair } from "./pair.js";

const SPOT = { symbol: "BTCUSDT", kind: "spot", tickSize: "0.01", venue: "paper" } as const;
const scaled = (lotSize: string): ScaledInstrument => scaleInstrument(instrument({ ...SPOT, lotSize }), 2);

describe("fees in coin", () => {
  test("golden: of 0.5 BTC at 0.1 % arrive 0.4995; the fee is 30.005 of value at 60,010", () => {
    const net = new CoinFees().take(0, scaled("0.0001"), 5_000, 6_001_000, new Decimal("0.0005"));
    expect(net).toEqual({ quantity: 4_995, withheld: 5, fee: 30.005 * 1e8 });
  });

  test("a part of a lot is carried: nothing that cannot be sold counts as held, and the next fill has it", () => {
    const fees = new CoinFees();
    const one = scaled("0.001");
    expect(fees.take(0, one, 500, 6_000_000, new Decimal("0.0005"))).toMatchObject({ quantity: 499, withheld: 1 });
    expect(fees.carry(0).toFixed()).toBe("0.0005");
    expect(fees.take(0, one, 500, 6_000_000, new Decimal("0.0005"))).toEqual({ quantity: 500, withheld: 0, fee: 0 });
    expect(fees.carry(0).toFixed()).toBe("0");
    // A rebate adds.
    expect(fees.take(0, one, 500, 6_000_000, new Decimal("-0.0025"))).toMatchObject({ quantity: 502, withheld: -2, fee: -120 * 1e8 });
    expect([fees.carry(0).toFixed(), fees.carry(1).toFixed()]).toEqual(["0.0005", "0"]);
    const again = new CoinFees();
    again.restore(0, fees.carry(0));
    expect(again.take(0, one, 500, 6_000_000, new Decimal("0.0005"))).toMatchObject({ quantity: 500, withheld: 0 });
  });

  test("property: position and carry are the coins, exactly; the carry is below a lot; whole lots arrive, at least one", () => {
    const fill = fc.record({
      lots: fc.integer({ min: 1, max: 1e6 }),
      rate: fc.integer({ min: -5, max: 40 }),
      price: fc.integer({ min: 1, max: 1e7 }),
    });
    fc.assert(
      fc.property(fc.constantFrom("0.001", "0.005", "1", "5", "0.000001"), fc.array(fill, { maxLength: 40 }), (lotSize, fills) => {
        const of = scaled(lotSize);
        const fees = new CoinFees();
        let coins = new Decimal(0);
        let held = 0;
        let bought = 0;
        for (const { lots, rate, price } of fills) {
          const quantity = lots * of.lot;
          const size = new Decimal(lotSize).times(lots);
          const fee = size.times(rate).div(10_000);
          const net = fees.take(0, of, quantity, price, fee);
          coins = coins.plus(size).minus(fee);
          held += net.quantity;
          bought += quantity;
          expect(net.quantity + net.withheld).toBe(quantity);
          expect(Math.abs(net.quantity % of.lot)).toBe(0);
          expect(net.quantity).toBeGreaterThanOrEqual(of.lot);
          expect(BigInt(net.fee)).toBe(BigInt(net.withheld) * BigInt(price) * BigInt(of.valueScale));
        }
        const carry = fees.carry(0);
        expect(new Decimal(lotSize).times(held / of.lot).plus(carry)).toEqual(coins);
        expect(carry.lt(lotSize)).toBe(true);
        if (fills.every(({ lots }) => lots > 2)) expect(carry.isNegative()).toBe(false);
        expect(held).toBeLessThanOrEqual(bought + bought / 1_000);
      }),
    );
  });
});

describe("an engine on a spot venue that takes fees in coin", () => {
  /** A position of one coin whose entry was filled in two parts, each less its fee. */
  function bought() {
    const { one, say, asked, alerts, held } = pair({
      instruments: ["AAA", "BBB"].map((base) => ({ symbol: `${base}USDT`, kind: "spot", base, tickSize: "0.1", lotSize: "0.01" })),
      sizer: "fixed:1",
      cash: "1000",
    });
    let time = 5_000;
    const fill = (place: Place, quantity: string, fee: string, feeCurrency: string): void => {
      const execution = executionOf(place, new Decimal(quantity), ++time, { fee: new Decimal(fee), feeCurrency });
      one.process({ type: "execution", execution });
    };
    say((desk) => desk.of("AAAUSDT").enterLong({ stopLoss: "90" }));
    const [entry] = asked() as [Place];
    expect(entry.request.quantity.toFixed()).toBe("1");
    fill(entry, "0.4", "0.004", "AAA");
    const first = asked() as Place[];
    fill(entry, "0.6", "0.006", "AAA");
    return { one, say, asked, alerts, held, fill, entry, first, later: asked() };
  }

  test("holds what has arrived: its stop and its exit ask for no more, and cash is what was paid", () => {
    const { one, say, asked, alerts, held, fill, entry, first } = bought();
    expect(first.map(({ request }) => [request.type, request.quantity.toFixed()])).toEqual([["stop", "0.39"]]);
    expect([held()[0], entry.order.isFinal, entry.order.filled]).toEqual([99, true, 100]);
    const { portfolio } = one.engine;
    expect([portfolio.balance().toFixed(), portfolio.totalFees().toFixed(), portfolio.position(0).averageEntry!.toFixed()]).toEqual([
      "900",
      "1",
      "100",
    ]);
    say((desk) => desk.of("AAAUSDT").exitLong());
    const [exit] = asked().filter((request): request is Place => request.type === "place");
    expect([exit!.request.side, exit!.request.quantity.toFixed()]).toEqual(["sell", "0.99"]);
    fill(exit!, "0.99", "0.099", "USDT");
    expect([held()[0], portfolio.balance().toFixed(), portfolio.totalFees().toFixed(), portfolio.roundTrips]).toEqual([
      0,
      "998.901",
      "1.099",
      1,
    ]);
    expect(alerts()).toEqual([]);
  });

  test("audits of it round-trip, with what was kept", () => {
    const event = Object.assign(new FillEvent(), { order: bought().entry.order, quantity: 39, withheld: 1, price: 1000, fee: 5, time: 7 });
    const record = eventRecord(event);
    expect(record).toEqual({ type: "fill", order: 1, time: 7, quantity: 39, withheld: 1, price: 1000, fee: 5, maker: false });
    expect(eventOf(JSON.parse(JSON.stringify(record)), { order: () => event.order } as never)).toEqual(event);
    expect(eventRecord(Object.assign(new FillEvent(), event, { withheld: 0 }))).not.toHaveProperty("withheld");
  });

  test("a fee in a venue's own coin is not paid from the cash", () => {
    const { one, say, asked, fill } = bought();
    const before = one.engine.portfolio.balance();
    say((desk) => desk.of("AAAUSDT").exitLong());
    const [exit] = asked().filter((request): request is Place => request.type === "place");
    fill(exit!, "0.99", "0.03", "MNT");
    expect(one.engine.portfolio.balance().minus(before).toFixed()).toBe("99");
  });
});

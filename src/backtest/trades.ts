import { type CandleSeries, Decimal, type ExitReason, fromUnits, ROLE, type ScaledInstrument, type Trade } from "../core/index.js";
import type { FillLog } from "../execution/index.js";
import { valueUnits } from "../portfolio/index.js";

/** A round trip while it is open; amounts are whole units. */
interface OpenTrip {
  direction: 1 | -1;
  held: number;
  largest: number;
  entryTime: number;
  readonly entry: Side;
  readonly exit: Side;
  fees: bigint;
}

/** The fills of one side of a trip, added up. */
class Side {
  /** In cash units, each fill rounded as the portfolio rounds it. */
  value = 0n;
  #quantity = 0n;
  /** Of an inverse contract, the sum of quantity / price, not rounded: what the mean price is made of. */
  #coin: Decimal = new Decimal(0);
  readonly #instrument: ScaledInstrument;

  constructor(instrument: ScaledInstrument) {
    this.#instrument = instrument;
  }

  add(price: number, quantity: number): void {
    this.value += valueUnits(this.#instrument, quantity, price);
    this.#quantity += BigInt(quantity);
    if (this.#isInverse) this.#coin = this.#coin.plus(new Decimal(quantity).div(price));
  }

  /** The same with one fill more. */
  with(price: number, quantity: number): Side {
    const side = new Side(this.#instrument);
    side.value = this.value;
    side.#quantity = this.#quantity;
    side.#coin = this.#coin;
    side.add(price, quantity);
    return side;
  }

  get #isInverse(): boolean {
    return this.#instrument.instrument.kind === "inverse";
  }

  /** Mean price: value / quantity; of an inverse contract quantity / value, to 20 digits. */
  get average(): Decimal {
    const { priceDp, valueScale } = this.#instrument;
    const quantity = fromUnits(this.#quantity, 0);
    if (!this.#isInverse) return fromUnits(this.value / BigInt(valueScale), priceDp).div(quantity);
    return quantity
      .div(this.#coin)
      .toSignificantDigits(20)
      .div(10 ** priceDp);
  }
}

const REASONS: Readonly<Record<number, ExitReason>> = {
  [ROLE.exit]: "signal",
  [ROLE.stopLoss]: "stop",
  [ROLE.takeProfit]: "target",
  [ROLE.reverse]: "reverse",
};

/** A round trip with the number of the strategy, among those of an engine, that made it. */
export interface OwnedTrade {
  readonly trade: Trade;
  readonly strategy: number;
}

/** Round trips of an engine: each strategy's own, from flat to flat. */
export function tradesOf(fills: FillLog, instruments: readonly ScaledInstrument[], series: readonly CandleSeries[]): Trade[] {
  return ownedTradesOf(fills, instruments, series).map(({ trade }) => trade);
}

/**
 * Round trips of each strategy in each instrument, from flat to flat, rebuilt exactly from the fills. A position open at the end makes a last trade with exit reason `end`, valued at the
 * last close without an exit fee; before the first close there is none.
 */
export function ownedTradesOf(fills: FillLog, instruments: readonly ScaledInstrument[], series: readonly CandleSeries[]): OwnedTrade[] {
  const trips = new RoundTrips(fills, instruments, series);
  return [...trips.closed(), ...trips.open()];
}

/** The round trips of fills that go on: each fill is read once. They are what {@link ownedTradesOf} gives of all fills. */
export class RoundTrips {
  readonly #fills: FillLog;
  readonly #instruments: readonly ScaledInstrument[];
  readonly #series: readonly CandleSeries[];
  /** By strategy x instruments + slot. */
  readonly #open: (OpenTrip | undefined)[] = [];
  #row = 0;
  #closed = 0;

  constructor(fills: FillLog, instruments: readonly ScaledInstrument[], series: readonly CandleSeries[]) {
    this.#fills = fills;
    this.#instruments = instruments;
    this.#series = series;
  }

  /** Those that have closed since it was last asked. */
  closed(): OwnedTrade[] {
    const trades: OwnedTrade[] = [];
    for (; this.#row < this.#fills.length; this.#row++) {
      const fill = this.#fills.read(this.#row);
      const { slot, strategy, direction, price, time, role, liquidation } = fill;
      const instrument = this.#instruments[slot]!;
      const key = strategy * this.#instruments.length + slot;
      let left = fill.quantity;
      let fee = BigInt(fill.fee);
      // More than once only for a fill that nobody waited for any more and that went through flat: it ends one trip and begins the next.
      while (left > 0) {
        const trip = this.#tripOf(key, direction, time, instrument);
        const opens = direction === trip.direction;
        const quantity = opens ? left : Math.min(left, trip.held);
        const paid = quantity === left ? fee : (fee * BigInt(quantity)) / BigInt(left);
        left -= quantity;
        fee -= paid;
        trip.fees += paid;
        (opens ? trip.entry : trip.exit).add(price, quantity);
        trip.held += opens ? quantity : -quantity;
        trip.largest = Math.max(trip.largest, trip.held);
        if (trip.held > 0) continue;
        this.#open[key] = undefined;
        const reason = liquidation ? "liquidation" : (REASONS[role] ?? "signal");
        const trade = close(this.#closed++, trip, instrument, this.#series[slot]!, time, reason);
        trades.push({ trade, strategy });
      }
    }
    return trades;
  }

  /** The trip that a fill goes on with, or begins. */
  #tripOf(key: number, direction: 1 | -1, entryTime: number, of: ScaledInstrument): OpenTrip {
    const trip = this.#open[key] ?? { direction, held: 0, largest: 0, entryTime, entry: new Side(of), exit: new Side(of), fees: 0n };
    this.#open[key] = trip;
    return trip;
  }

  /** Those that are open after what {@link closed} has read, as trades with the exit reason `end`. */
  open(): OwnedTrade[] {
    let index = this.#closed;
    return [...this.#open.entries()].flatMap(([key, trip]) => {
      if (trip === undefined) return [];
      const slot = key % this.#instruments.length;
      const series = this.#series[slot]!;
      const last = series.length - 1;
      // On trades and books a position may be there before the first candle has closed: there is no close to value it at yet.
      if (last < 0) return [];
      const valued = { ...trip, exit: trip.exit.with(series.close[last]!, trip.held) };
      const trade = close(index++, valued, this.#instruments[slot]!, series, series.time[last]!, "end");
      return [{ trade, strategy: Math.floor(key / this.#instruments.length) }];
    });
  }
}

function close(
  index: number,
  trip: OpenTrip,
  instrument: ScaledInstrument,
  series: CandleSeries,
  time: number,
  exitReason: ExitReason,
): Trade {
  const { quantityDp, cashDp } = instrument;
  const { entry, exit } = trip;
  // A long inverse contract owes coin: quantity x (1 / entry - 1 / exit).
  const sign = instrument.instrument.kind === "inverse" ? -trip.direction : trip.direction;
  const gross = (exit.value - entry.value) * BigInt(sign);
  const net = gross - trip.fees;
  return Object.freeze({
    index,
    symbol: instrument.instrument.symbol,
    side: trip.direction > 0 ? "long" : "short",
    quantity: fromUnits(trip.largest, quantityDp),
    entryTime: trip.entryTime,
    entryPrice: entry.average,
    exitTime: time,
    exitPrice: exit.average,
    grossPnl: fromUnits(gross, cashDp),
    fees: fromUnits(trip.fees, cashDp),
    netPnl: fromUnits(net, cashDp),
    return: Number(net) / Number(entry.value),
    bars: series.indexAt(time) - series.indexAt(trip.entryTime),
    exitReason,
  });
}

import { type CandleSeries, type ExitReason, fromUnits, ROLE, type ScaledInstrument, type Trade } from "../core/index.js";
import type { FillLog } from "../execution/index.js";

/** A round trip while it is open; amounts are whole units. */
interface OpenTrip {
  direction: 1 | -1;
  held: number;
  largest: number;
  entryTime: number;
  entryValue: bigint;
  entryQuantity: bigint;
  exitValue: bigint;
  exitQuantity: bigint;
  fees: bigint;
}

const REASONS: Readonly<Record<number, ExitReason>> = {
  [ROLE.exit]: "signal",
  [ROLE.stopLoss]: "stop",
  [ROLE.takeProfit]: "target",
  [ROLE.reverse]: "reverse",
};

/**
 * Round trips from flat to flat, rebuilt exactly from the fills. A position open at the end makes a last trade with exit reason `end`, valued at the
 * last close without an exit fee.
 */
export function tradesOf(fills: FillLog, instruments: readonly ScaledInstrument[], series: readonly CandleSeries[]): Trade[] {
  const open: (OpenTrip | undefined)[] = instruments.map(() => undefined);
  const trades: Trade[] = [];
  for (let row = 0; row < fills.length; row++) {
    const { slot, direction, quantity, price, time, fee, role } = fills.read(row);
    let trip = open[slot];
    if (trip === undefined) {
      trip = {
        direction,
        held: 0,
        largest: 0,
        entryTime: time,
        entryValue: 0n,
        entryQuantity: 0n,
        exitValue: 0n,
        exitQuantity: 0n,
        fees: 0n,
      };
      open[slot] = trip;
    }
    const value = BigInt(price) * BigInt(quantity);
    trip.fees += BigInt(fee);
    if (direction === trip.direction) {
      trip.entryValue += value;
      trip.entryQuantity += BigInt(quantity);
      trip.held += quantity;
      trip.largest = Math.max(trip.largest, trip.held);
      continue;
    }
    trip.exitValue += value;
    trip.exitQuantity += BigInt(quantity);
    trip.held -= quantity;
    if (trip.held > 0) continue;
    open[slot] = undefined;
    trades.push(close(trades.length, trip, instruments[slot]!, series[slot]!, time, REASONS[role] ?? "signal"));
  }
  for (const [slot, trip] of open.entries()) {
    if (trip === undefined) continue;
    const last = series[slot]!.length - 1;
    trip.exitValue += BigInt(series[slot]!.close[last]!) * BigInt(trip.held);
    trip.exitQuantity += BigInt(trip.held);
    trades.push(close(trades.length, trip, instruments[slot]!, series[slot]!, series[slot]!.time[last]!, "end"));
  }
  return trades;
}

function close(
  index: number,
  trip: OpenTrip,
  instrument: ScaledInstrument,
  series: CandleSeries,
  time: number,
  exitReason: ExitReason,
): Trade {
  const { priceDp, quantityDp, cashDp, valueScale } = instrument;
  const average = (value: bigint, quantity: bigint): Trade["entryPrice"] => fromUnits(value, priceDp).div(fromUnits(quantity, 0));
  const gross = (trip.exitValue - trip.entryValue) * BigInt(valueScale) * BigInt(trip.direction);
  const net = gross - trip.fees;
  return Object.freeze({
    index,
    symbol: instrument.instrument.symbol,
    side: trip.direction > 0 ? "long" : "short",
    quantity: fromUnits(trip.largest, quantityDp),
    entryTime: trip.entryTime,
    entryPrice: average(trip.entryValue, trip.entryQuantity),
    exitTime: time,
    exitPrice: average(trip.exitValue, trip.exitQuantity),
    grossPnl: fromUnits(gross, cashDp),
    fees: fromUnits(trip.fees, cashDp),
    netPnl: fromUnits(net, cashDp),
    return: Number(net) / Number(trip.entryValue * BigInt(valueScale)),
    bars: series.indexAt(time) - series.indexAt(trip.entryTime),
    exitReason,
  });
}

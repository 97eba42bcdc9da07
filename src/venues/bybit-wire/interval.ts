import { type Interval, intervalMs, intervalName } from "../../core/index.js";
import { unknownName } from "../../errors/index.js";

/** Bybit's names of the candle lengths. Its month has no fixed length, so we have none. */
const WIRE: Readonly<Record<string, string>> = {
  "1m": "1",
  "3m": "3",
  "5m": "5",
  "15m": "15",
  "30m": "30",
  "1h": "60",
  "2h": "120",
  "4h": "240",
  "6h": "360",
  "12h": "720",
  "1d": "D",
  "1w": "W",
};
const OURS: ReadonlyMap<string, Interval> = new Map(Object.entries(WIRE).map(([ours, wire]) => [wire, ours as Interval]));

/** The intervals that Bybit has candles of. */
export const WIRE_INTERVALS: readonly Interval[] = [...OURS.values()];

/** `"1h"` as Bybit writes it, `"60"`. @throws LabError `INTERVAL_UNKNOWN` for a length that Bybit has no candles of. */
export function wireInterval(interval: string): string {
  const wire = WIRE[intervalName(intervalMs(interval))];
  if (wire === undefined) throw unknownName("INTERVAL_UNKNOWN", "interval at Bybit", interval, WIRE_INTERVALS);
  return wire;
}

/** `"60"` as `"1h"`; undefined for a name that we do not know. */
export function intervalOf(wire: string): Interval | undefined {
  return OURS.get(wire);
}

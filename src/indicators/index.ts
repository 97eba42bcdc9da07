export { Crossing } from "./crossing.js";
export { Rsi } from "./rsi.js";
export { IndicatorSet } from "./set.js";
export { Sma } from "./sma.js";
export { ColumnCache, type Cursor, type Indicator, type IndicatorSource, type PriceField } from "./source.js";

import { BadRows } from "./bad-rows.js";
import { CandleRows, type Refused, type RoundTo } from "./candle-rows.js";
import type { ExactNumber } from "./exact-number.js";
import { LabelColumn, plainInterval } from "./labels.js";
import type { ColumnNames, Roles } from "./roles.js";
import type { TimeUnit } from "./timestamp.js";

/** What a caller may ask of a reader. */
export interface ReadRequest {
  /** Name of the file as the user wrote it, for messages. */
  readonly file: string;
  readonly symbol?: string | undefined;
  readonly interval?: string | undefined;
  readonly timeUnit?: TimeUnit | undefined;
  readonly columns: ColumnNames;
  readonly roundTo: RoundTo;
}

/** One row of any format, read cell by cell and only as far as needed. A text in place of a number is the reason why it is none. */
export interface RowCells {
  label(field: "symbol" | "interval"): string;
  time(): number | string;
  number(field: "open" | "high" | "low" | "close" | "volume"): ExactNumber | string;
}

/** What the reader of a format hands on. */
export interface ReadCandles {
  readonly sink: RowSink;
  readonly ignoredColumns: readonly string[];
  /** How timestamps are written, in words. */
  readonly timeFormat: string;
  readonly delimiter?: string;
  readonly notes: readonly string[];
}

const NO_VOLUME: ExactNumber = { digits: 0n, dp: 0 };

/** Takes rows one by one: picks those of the wanted symbol and interval, checks them, keeps the good and explains the bad. */
export class RowSink {
  readonly rows: CandleRows;
  readonly bad: BadRows = new BadRows();
  readonly symbols: LabelColumn | undefined;
  readonly intervals: LabelColumn | undefined;
  readonly hasVolume: boolean;
  /** Rows of other symbols or intervals. */
  others = 0;

  constructor(roles: Roles, request: ReadRequest, capacity: number) {
    this.rows = new CandleRows(capacity, request.roundTo);
    this.hasVolume = roles.at.has("volume");
    if (roles.at.has("symbol")) this.symbols = new LabelColumn(request.symbol);
    if (roles.at.has("interval")) this.intervals = new LabelColumn(request.interval, plainInterval);
  }

  /** Data rows seen; blank lines are none. */
  get rowsRead(): number {
    return this.rows.length + this.bad.count + this.others;
  }

  /** Takes one row; `text` shows it as it stands, should it be bad. Returns whether it is in the series. */
  add(cells: RowCells, line: number, text: () => string): boolean {
    if (this.symbols?.accept(cells.label("symbol")) === false || this.intervals?.accept(cells.label("interval")) === false) {
      this.others++;
      return false;
    }
    const refused = this.#read(cells, line);
    if (refused !== undefined) this.bad.add(line, refused, text());
    return refused === undefined;
  }

  #read(cells: RowCells, line: number): Refused | undefined {
    const time = cells.time();
    if (typeof time === "string") return { kind: "timestamp", reason: time };
    const open = cells.number("open");
    const high = cells.number("high");
    const low = cells.number("low");
    const close = cells.number("close");
    const volume = this.hasVolume ? cells.number("volume") : NO_VOLUME;
    if (typeof open === "string") return { kind: "number", reason: `open ${open}` };
    if (typeof high === "string") return { kind: "number", reason: `high ${high}` };
    if (typeof low === "string") return { kind: "number", reason: `low ${low}` };
    if (typeof close === "string") return { kind: "number", reason: `close ${close}` };
    if (typeof volume === "string") return { kind: "number", reason: `volume ${volume}` };
    return this.rows.push({ time, open, high, low, close, volume }, line);
  }
}

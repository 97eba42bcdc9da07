import { type CsvLayout, readLayout } from "./csv-layout.js";
import { lineEnd, lineText, splitLine } from "./csv-record.js";
import { type Cursor, readRegularRows } from "./csv-regular.js";
import { parseExact } from "./exact-number.js";
import { type CandleField, FIELDS } from "./roles.js";
import { type ReadCandles, type ReadRequest, type RowCells, RowSink } from "./row-sink.js";
import { TextClock } from "./text-clock.js";
import { detectTimeFormat, readTime, type TimeFormat } from "./timestamp.js";

/**
 * Reads a whole CSV file: regular rows on the fast path, each other row on the slow one.
 * @throws LabError `DATA_EMPTY`, `DATA_ENCODING`, `DATA_HEADER`, `DATA_COLUMN`. Bad rows are in the result.
 */
export function readCsvCandles(input: Buffer, request: ReadRequest): ReadCandles {
  const layout = readLayout(input, request.columns, request.file);
  const complete = input[input.length - 1] === 10;
  // The fast path reads up to a line feed without looking for the end of the bytes.
  const bytes = complete ? input : Buffer.concat([input, Buffer.from("\n")]);
  const sink = new RowSink(layout.roles, request, estimateRows(bytes, layout.bodyStart));
  const time = findTimeFormat(bytes, layout, request);
  new CsvReader(bytes, layout, time?.format, sink).read();
  return {
    sink,
    ignoredColumns: layout.roles.ignored,
    timeFormat: time === undefined ? "unreadable" : describeTime(time.format, time.sample),
    delimiter: layout.delimiter,
    notes: complete ? [] : ["the last line has no line end: if the file was cut off, its last value may be short"],
  };
}

class CsvReader {
  readonly #bytes: Buffer;
  readonly #layout: CsvLayout;
  readonly #time: TimeFormat | undefined;
  readonly #sink: RowSink;
  readonly #clock = new TextClock();
  /** Bytes that the label columns of a regular row hold, by field index. */
  readonly #labels: (Uint8Array | undefined)[] = [];

  constructor(bytes: Buffer, layout: CsvLayout, time: TimeFormat | undefined, sink: RowSink) {
    this.#bytes = bytes;
    this.#layout = layout;
    this.#time = time;
    this.#sink = sink;
  }

  read(): void {
    const { rows } = this.#sink;
    const cursor: Cursor = { at: this.#layout.bodyStart, line: this.#layout.bodyLine };
    // Rounding is the slow path's alone; without a time format every row is bad.
    const regular =
      this.#time === undefined || Object.keys(rows.roundTo).length > 0
        ? undefined
        : { layout: this.#layout, time: this.#time, clock: this.#clock, labels: this.#labels };
    while (cursor.at < this.#bytes.length) {
      if (regular !== undefined) readRegularRows(this.#bytes, cursor, regular, rows);
      if (cursor.at < this.#bytes.length) this.#readLine(cursor);
      rows.reserve();
    }
  }

  /** The slow path: one line, whatever it holds. */
  #readLine(cursor: Cursor): void {
    const end = lineEnd(this.#bytes, cursor.at);
    const text = lineText(this.#bytes, cursor.at, end);
    const line = cursor.line++;
    cursor.at = end + 1;
    if (text.trim() === "") return;
    const { columns, delimiter } = this.#layout;
    const fields = splitLine(text, delimiter);
    if (typeof fields === "string") this.#sink.bad.add(line, { kind: "fields", reason: fields }, text);
    else if (fields.length !== columns.length)
      this.#sink.bad.add(line, { kind: "fields", reason: `the row has ${fields.length} fields, the header has ${columns.length}` }, text);
    else if (this.#sink.add(this.#cells(fields), line, () => text)) this.#learn(fields, text.includes('"'));
  }

  #cells(fields: readonly string[]): RowCells {
    return {
      label: (field) => this.#cell(fields, field),
      time: () => {
        if (this.#time === undefined) return "the timestamp is no epoch number, RFC 3339 timestamp or date YYYY-MM-DD";
        return readTime(this.#cell(fields, "time"), this.#time);
      },
      number: (field) => {
        const text = this.#cell(fields, field);
        return parseExact(text) ?? (text === "" ? "is empty" : "is not a decimal number");
      },
    };
  }

  #cell(fields: readonly string[], field: CandleField): string {
    return fields[this.#layout.roles.at.get(field)!]!;
  }

  /** Teaches the fast path what the rows after this one will most likely repeat. */
  #learn(fields: readonly string[], quoted: boolean): void {
    if (this.#time?.kind === "text") this.#clock.learn(this.#cell(fields, "time"));
    if (quoted) return;
    for (const field of ["symbol", "interval"] as const)
      if (this.#layout.roles.at.has(field)) this.#labels[FIELDS.indexOf(field)] = Buffer.from(this.#cell(fields, field));
  }
}

/** Reads the first rows until one has a timestamp, and the last row, to decide the format once a file. */
function findTimeFormat(bytes: Buffer, layout: CsvLayout, request: ReadRequest): { format: TimeFormat; sample: string } | undefined {
  const timeCell = (line: string): string => {
    const fields = splitLine(line, layout.delimiter);
    return (typeof fields === "string" ? undefined : fields[layout.roles.at.get("time")!]) ?? "";
  };
  const lastStart = bytes.lastIndexOf(10, bytes.length - 2) + 1;
  const last = lastStart < layout.bodyStart ? "" : timeCell(lineText(bytes, lastStart, bytes.length - 1));
  let start = layout.bodyStart;
  for (let tries = 0; start < bytes.length && tries < 1000; tries++) {
    const end = lineEnd(bytes, start);
    const sample = timeCell(lineText(bytes, start, end));
    const format = detectTimeFormat(sample, last, request.timeUnit);
    if (format !== undefined) return { format, sample };
    start = end + 1;
  }
  return undefined;
}

function describeTime(format: TimeFormat, sample: string): string {
  if (format.kind === "epoch") return `epoch ${format.unit}`;
  if (sample.length === 10) return "dates, taken as midnight UTC";
  return /(z|utc|[+-]\d\d:?\d\d)$/i.test(sample) ? "RFC 3339" : "dates and times, taken as UTC";
}

/** Rows in the body, a little too many: its size over the mean length of its first lines. */
function estimateRows(bytes: Buffer, start: number): number {
  let at = start;
  let lines = 0;
  while (at < bytes.length && lines < 64) {
    at = lineEnd(bytes, at) + 1;
    lines++;
  }
  return lines === 0 ? 0 : ((bytes.length - start) / (at - start)) * lines * 1.05 + 16;
}

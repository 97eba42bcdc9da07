import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { parquetMetadata } from "hyparquet";
import { describe, expect, test } from "vitest";
import { backtest } from "../../src/backtest/index.js";
import {
  appendEntry,
  bookRow,
  type Cell,
  candleRow,
  decodeRows,
  encodeRows,
  fillRow,
  KINDS,
  type KindRow,
  loadBook,
  loadCandles,
  loadRecording,
  orderRow,
  RECORD_KINDS,
  type RecordRow,
  readSegment,
  segmentFolder,
  segmentLine,
  segmentPath,
  settleSegment,
  signalRow,
  syntheticCandles,
  tickRow,
  unfinishedSegments,
} from "../../src/data/index.js";
import { endedProcess } from "../ended-process.js";
import { scratch } from "../state/samples.js";

const HEADER = { session: "abcdefghij", pid: 1, begun: 1_700_000_000_000 };
const DAY = 86_400_000;
const T0 = Date.UTC(2024, 4, 1, 23, 59);

/** An exact number as text, in the form that Decimal gives it. */
const decimalText = (most: number): fc.Arbitrary<string> =>
  fc.tuple(fc.bigInt({ min: -(10n ** 19n), max: 10n ** 19n }), fc.integer({ min: 0, max: most })).map(([digits, dp]) => {
    const text = digits < 0n ? (-digits).toString() : digits.toString();
    const padded = text.padStart(dp + 1, "0");
    const whole = padded.slice(0, padded.length - dp);
    const part = padded.slice(padded.length - dp).replace(/0+$/, "");
    const value = part === "" || dp === 0 ? whole : `${whole}.${part}`;
    return digits < 0n && /[1-9]/.test(value) ? `-${value}` : value;
  });

function cell(type: string, most: number): fc.Arbitrary<Cell> {
  const plain = type.replace("?", "");
  const some: fc.Arbitrary<Cell> =
    plain === "text"
      ? fc.string({ unit: "binary" }).map((text) => text.trim())
      : plain === "decimal"
        ? decimalText(most)
        : plain === "time"
          ? fc.integer({ min: 0, max: 4_000_000_000_000 })
          : plain === "int8"
            ? fc.integer({ min: -128, max: 127 })
            : plain === "int64"
              ? fc.maxSafeNat()
              : plain === "double"
                ? fc.double({ noNaN: true, noDefaultInfinity: true, min: 0, max: 1 })
                : plain === "flag"
                  ? fc.boolean()
                  : fc.array(fc.tuple(decimalText(most), decimalText(most)), { maxLength: 4 });
  return type.endsWith("?") ? fc.option(some, { nil: null }) : some;
}

const rowsOf = (most: number): fc.Arbitrary<{ kind: (typeof RECORD_KINDS)[number]; rows: RecordRow[] }> =>
  fc.constantFrom(...RECORD_KINDS).chain((kind) => {
    const cells = Object.fromEntries(Object.entries(KINDS[kind].columns).map(([name, type]) => [name, cell(type, most)]));
    return fc.record({
      kind: fc.constant(kind),
      rows: fc.array(fc.record(cells) as fc.Arbitrary<RecordRow>, { minLength: 1, maxLength: 5 }),
    });
  });

const place = (sequence: number) => ({ session: HEADER.session, sequence });

function candles(count: number): KindRow[] {
  const minute = (i: number) => T0 - (T0 % 60_000) + i * 60_000;
  return Array.from({ length: count }, (_, i) =>
    candleRow(
      {
        symbol: "BTCUSDT",
        interval: "1m",
        time: minute(i),
        open: "100.5",
        high: "102",
        low: "99.25",
        close: `10${i % 2}`,
        volume: "1.5",
        closed: true,
      },
      place(i + 1),
    ),
  );
}

const segment = (rows: readonly KindRow[], closed = false): string =>
  [
    segmentLine.header(HEADER),
    ...rows.map(({ kind, row }) => segmentLine.row(kind, row)),
    segmentLine.flushed(HEADER.begun + 5),
    ...(closed ? [segmentLine.closed(HEADER.begun + 6)] : []),
  ].join("");

/** A folder with a segment as a recorder leaves it. */
function folderWith(content: string | Buffer): { folder: string; name: string } {
  const folder = join(scratch(), "rec");
  const name = `${HEADER.session}-a-0001`;
  mkdirSync(segmentFolder(folder), { recursive: true });
  writeFileSync(segmentPath(folder, name), content);
  appendEntry(folder, {
    at: HEADER.begun,
    session: HEADER.session,
    code: "STARTED",
    strategy: "S",
    venue: "paper",
    synthetic: false,
    params: {},
    settings: {},
  });
  return { folder, name };
}

describe("rows as Parquet", () => {
  test("come back as they were, to the last digit: decimals of Tesser's 18 places, and finer ones as text", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(18, 24).chain(rowsOf), async ({ kind, rows }) => {
        expect(await decodeRows(kind, Buffer.from(encodeRows(kind, rows)), "part")).toEqual(rows);
      }),
      { numRuns: 100 },
    );
  });

  test("lie in the columns of Tesser's flight recorder, by its names, in its order and of its types", () => {
    // The schemas of Tesser's encoder: name, physical type, what it means, whether it may be empty.
    const decimal = "FIXED_LEN_BYTE_ARRAY 16 DECIMAL(38,18)";
    const [time, text, int8] = ["INT64 TIMESTAMP NANOS", "BYTE_ARRAY UTF8", "INT32 INT_8"];
    const theirs = {
      ticks: [
        ["symbol", text],
        ["price", decimal],
        ["size", decimal],
        ["side", int8],
        ["exchange_timestamp", time],
        ["received_at", time],
      ],
      candles: [
        ["symbol", text],
        ["interval", text],
        ...["open", "high", "low", "close", "volume"].map((name) => [name, decimal]),
        ["timestamp", time],
      ],
      fills: [
        ["order_id", text],
        ["symbol", text],
        ["side", int8],
        ["fill_price", decimal],
        ["fill_quantity", decimal],
        ["fee", `${decimal}?`],
        ["timestamp", time],
      ],
      signals: [
        ["id", text],
        ["symbol", text],
        ["kind", text],
        ["confidence", "DOUBLE"],
        ["quantity", `${decimal}?`],
        ["stop_loss", `${decimal}?`],
        ["take_profit", `${decimal}?`],
        ["generated_at", time],
        ["metadata", `${text}?`],
        ["group_id", `${text}?`],
      ],
      orders: [
        ["id", text],
        ["symbol", text],
        ["side", int8],
        ["order_type", text],
        ["status", int8],
        ["time_in_force", `${text}?`],
        ["quantity", decimal],
        ["price", `${decimal}?`],
        ["trigger_price", `${decimal}?`],
        ["client_order_id", `${text}?`],
        ["take_profit", `${decimal}?`],
        ["stop_loss", `${decimal}?`],
        ["display_quantity", `${decimal}?`],
        ["filled_quantity", decimal],
        ["avg_fill_price", `${decimal}?`],
        ["created_at", time],
        ["updated_at", time],
      ],
    } as const;
    for (const [kind, columns] of Object.entries(theirs)) {
      const row = Object.fromEntries(
        Object.entries(KINDS[kind as "ticks"].columns).map(([name, type]) => [
          name,
          /\?/.test(type) ? null : type === "text" ? "x" : type === "decimal" ? "1" : type === "flag" ? true : 1,
        ]),
      );
      const { schema } = parquetMetadata(encodeRows(kind as "ticks", [row]).buffer as ArrayBuffer);
      const shown = schema
        .slice(1, columns.length + 1)
        .map(({ name, type, type_length, converted_type, logical_type, precision, scale, repetition_type }) => [
          name,
          [
            type,
            type_length,
            converted_type === "DECIMAL" ? `DECIMAL(${precision},${scale})` : converted_type,
            logical_type?.type === "TIMESTAMP" ? `TIMESTAMP ${logical_type.unit}` : undefined,
          ]
            .filter((one) => one !== undefined)
            .join(" ") + (repetition_type === "OPTIONAL" ? "?" : ""),
        ]);
      expect(shown, kind).toEqual(columns);
    }
  });
});

describe("a segment", () => {
  test("cut anywhere keeps every whole line before the cut, and counts what was torn", () => {
    const rows = candles(6);
    const whole = Buffer.from(segment(rows, true));
    for (let end = 0; end <= whole.length; end++) {
      const read = readSegment(whole.subarray(0, end));
      const lines = whole.subarray(0, end).toString().split("\n").slice(0, -1);
      expect(read.rows).toEqual(rows.slice(0, Math.max(0, Math.min(6, lines.length - 1))));
      expect(read.torn).toBe(end - lines.reduce((sum, line) => sum + line.length + 1, 0));
      expect(read.closed).toBe(end === whole.length);
    }
  });

  test("damaged in the middle ends before the damage, whatever byte it is", () => {
    const rows = candles(4);
    const whole = Buffer.from(segment(rows));
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const damaged = Buffer.from(whole);
        damaged[at] = (damaged[at]! + by) % 256;
        const before = whole.subarray(0, at).toString().split("\n").length - 1;
        const read = readSegment(damaged);
        expect(read.rows).toEqual(rows.slice(0, Math.max(0, Math.min(4, before - 1))));
        expect(read.torn).toBeGreaterThan(0);
      }),
    );
  });

  test("becomes a part a kind and day, by UTC; done again it writes the same, and what was torn is kept beside", async () => {
    const { folder, name } = folderWith(`${segment(candles(3))}deadbeef [0,"half`);
    const copy = readFileSync(segmentPath(folder, name));
    const settled = settleSegment(folder, name);
    expect(settled).toMatchObject({ session: HEADER.session, rows: 3, closed: false, flushed: HEADER.begun + 5, torn: 17 });
    expect(readdirSync(join(folder, "candles")).sort()).toEqual(["2024-05-01", "2024-05-02"]);
    expect(readdirSync(join(folder, "candles", "2024-05-01"))).toEqual([`candles-${name}.parquet`]);
    expect(unfinishedSegments(folder)).toEqual([]);
    expect(readFileSync(join(segmentFolder(folder), `${name}.torn`), "utf8")).toBe('deadbeef [0,"half');
    const part = readFileSync(join(folder, "candles", "2024-05-02", `candles-${name}.parquet`));
    // A crash between the parts and the removal of the segment: it is all done again.
    writeFileSync(segmentPath(folder, name), copy);
    expect((await loadRecording(folder)).rows.candles).toBe(3);
    settleSegment(folder, name);
    expect(readFileSync(join(folder, "candles", "2024-05-02", `candles-${name}.parquet`))).toEqual(part);
    expect((await loadRecording(folder)).rows.candles).toBe(3);
  });
});

describe("a recording", () => {
  const market: KindRow[] = [
    bookRow({ symbol: "BTCUSDT", time: T0, kind: "snapshot", bids: [["100", "2"]], asks: [["101", "3"]] }, place(1)),
    tickRow({ symbol: "BTCUSDT", time: T0, id: "7", side: "sell", price: "100", quantity: "0.5" }, T0 + 3, place(2)),
    bookRow({ symbol: "BTCUSDT", time: T0, kind: "delta", bids: [["100", "0"]], asks: [] }, place(3)),
  ];

  test("is read before and after it became Parquet, as candles, as a tape in the order it came, and whole", async () => {
    const { folder, name } = folderWith(
      segment([...candles(3), ...market.map(({ kind, row }) => ({ kind, row: { ...row, sequence: (row.sequence as number) + 10 } }))]),
    );
    for (let round = 0; round < 2; round++) {
      const series = await loadCandles(folder);
      expect(series.report).toMatchObject({ symbol: "BTCUSDT", interval: "1m", rows: 3, priceDp: 2, badCount: 0 });
      expect([...series.close]).toEqual([10000, 10100, 10000]);
      const tape = await loadBook(folder);
      expect(Array.from({ length: 3 }, (_, i) => tape.at(i)!.type)).toEqual(["book", "trade", "book"]);
      const rec = await loadRecording(folder);
      expect(rec.market).toHaveLength(2);
      expect(rec.rows).toMatchObject({ candles: 3, ticks: 1, order_books: 1, depth_updates: 1, orders: 0 });
      if (round === 0) settleSegment(folder, name);
    }
  });

  test("says what a crash took: a segment that was not closed, of a process that is gone", async () => {
    const gone = { ...HEADER, pid: 2 ** 22 + 1 };
    const { folder } = folderWith(`${segmentLine.header(gone)}${segmentLine.flushed(gone.begun + 9)}torn`);
    const { losses } = await loadRecording(folder);
    expect(losses).toEqual([
      {
        session: HEADER.session,
        cause: "crash",
        from: gone.begun + 9,
        to: undefined,
        rows: 0,
        bytes: 4,
        message: `session ${HEADER.session} ended without closing its recording: what it received after 2023-11-14T22:13:20.009Z, a second at most, is lost; 4 bytes were torn`,
      },
    ]);
  });

  test.runIf(process.platform === "linux")("says so too while nobody has asked how that process ended", async () => {
    const gone = { ...HEADER, pid: (await endedProcess()).pid };
    const { folder } = folderWith(`${segmentLine.header(gone)}${segmentLine.flushed(gone.begun + 9)}`);
    expect((await loadRecording(folder)).losses).toMatchObject([{ session: HEADER.session, cause: "crash" }]);
  });

  test("of two sessions at one time is refused as one tape, with the way out", async () => {
    const other = market.map(({ kind, row }) => ({
      kind,
      row: { ...row, session: "zyxwvutsrq", timestamp: T0 + 1, exchange_timestamp: T0 + 1 },
    }));
    const later = market.map(({ kind, row }) => ({
      kind,
      row: { ...row, timestamp: T0 + 2, exchange_timestamp: T0 + 2, sequence: (row.sequence as number) + 3 },
    }));
    const { folder } = folderWith(segment([...market, ...later, ...other]));
    appendEntry(folder, { at: 1, session: "zyxwvutsrq", code: "CLOSED", rows: 3, bytes: 1 });
    await expect(loadBook(folder)).rejects.toThrow('choose one with data.recording(folder, { session: "zyxwvutsrq" })');
    expect((await loadRecording(folder, { session: "zyxwvutsrq" })).tapes[0]!.length).toBe(3);
    await expect(loadRecording(folder, { session: "zyxwvutsr" })).rejects.toThrow("zyxwvutsrq");
  });

  test("that is none is said to be none", async () => {
    const folder = scratch();
    await expect(loadRecording(folder)).rejects.toThrow("holds no recording");
    await expect(loadCandles(folder)).rejects.toThrow("it is a folder");
    await expect(loadRecording(join(folder, "missing"))).rejects.toMatchObject({ code: "DATA_NOT_FOUND" });
  });

  test("feeds a backtest with its candles", async () => {
    const btc = syntheticCandles({ bars: 300, seed: 5 });
    const rows = Array.from({ length: btc.length }, (_, i) => {
      const candle = btc.at(i)!;
      const text = {
        open: candle.open.toFixed(),
        high: candle.high.toFixed(),
        low: candle.low.toFixed(),
        close: candle.close.toFixed(),
        volume: candle.volume.toFixed(),
      };
      return candleRow({ symbol: btc.symbol, interval: btc.interval, time: btc.time[i]!, ...text, closed: true }, place(i + 1));
    });
    const { folder } = folderWith(segment(rows, true));
    const options = { strategy: "SmaCross", params: { fastPeriod: 3, slowPeriod: 8, minSamples: 9 } };
    const run = backtest({ ...options, data: await loadRecording(folder) });
    const plain = backtest({ ...options, data: btc });
    expect(run.fills.length).toBeGreaterThan(5);
    expect(run.fills).toEqual(plain.fills);
    expect(run.finalEquity).toEqual(plain.finalEquity);
  });

  test("with a book that never had a level is traded on its candles all the same", async () => {
    const empty = bookRow({ symbol: "BTCUSDT", time: T0, kind: "snapshot", bids: [], asks: [] }, place(9));
    const { folder } = folderWith(segment([...candles(3), empty]));
    const rec = await loadRecording(folder);
    expect([rec.candles.length, rec.tapes.length, rec.market.length]).toEqual([1, 1, 1]);
    expect(backtest({ strategy: "SmaCross", data: rec }).settings.feed).toBe("candles");
  });

  test("of Tesser's, without the columns that are ours alone, is read too", async () => {
    const { folder } = folderWith("");
    const day = join(folder, "candles", "2024-05-01");
    mkdirSync(day, { recursive: true });
    // Theirs end with the timestamp: ours without the two last columns.
    const rows = candles(3).map(({ row }) => row);
    const names = Object.keys(KINDS.candles.columns).filter((name) => name !== "session" && name !== "sequence");
    const { parquetWriteBuffer } = await import("hyparquet-writer");
    const bytes = parquetWriteBuffer({
      columnData: names.map((name) => ({
        name,
        data: rows.map((row) => (name === "timestamp" ? BigInt(row[name] as number) * 1_000_000n : (row[name] as string))),
        type: name === "timestamp" ? ("INT64" as const) : ("STRING" as const),
      })),
    });
    writeFileSync(join(day, "candles-20240501T235900-0000.parquet"), Buffer.from(bytes));
    expect((await loadCandles(folder)).length).toBe(3);
  });
});

test("orders, fills and signals come back as they were", async () => {
  const { Decimal } = await import("../../src/core/index.js");
  const exact = (text: string) => new Decimal(text);
  const order = {
    id: "abcdefghij-1-entry",
    symbol: "BTCUSDT",
    side: "sell",
    type: "stopLimit",
    role: "entry",
    quantity: exact("0.01"),
    filledQuantity: exact("0"),
    price: exact("64000.1"),
    triggerPrice: exact("64000.2"),
    reduceOnly: false,
    timeInForce: "gtc",
    status: "refused",
    createdAt: T0,
    updatedAt: T0 + DAY,
    reason: { code: "BELOW_LOT", message: "too small", numbers: { quantity: "0.01" } },
    route: "maker_entry",
    entryId: "abcdefghij-0-entry",
  } as const;
  const fill = {
    id: "abcdefghij-fill-1",
    orderId: order.id,
    symbol: "BTCUSDT",
    side: "buy",
    role: "takeProfit",
    quantity: exact("0.01"),
    price: exact("64000.1"),
    fee: exact("-0.00000001"),
    feeCurrency: "USDT",
    liquidity: "maker",
    time: T0,
  } as const;
  const signal = {
    id: "s",
    symbol: "BTCUSDT",
    kind: "enterShort",
    confidence: 0.75,
    quantity: undefined,
    stopLoss: exact("65000"),
    takeProfit: undefined,
    time: T0,
    metadata: '{"hint":{"type":"twap"}}',
    group: "g",
  } as const;
  const earlier = { ...order, status: "working", reason: undefined } as const;
  const { folder, name } = folderWith(
    segment([orderRow(earlier, place(1)), orderRow(order, place(2)), fillRow(fill, place(3)), signalRow(signal, place(4))]),
  );
  settleSegment(folder, name);
  const rec = await loadRecording(folder);
  expect(rec.orders).toEqual([order]);
  expect(rec.fills).toEqual([fill]);
  expect(rec.signals).toEqual([signal]);
  expect(rec.rows.orders).toBe(2);
});

import { isRow, optionalText, type Row, rowsOf, wholeNumber, wireInvalid } from "./fields.js";

/** What every REST response and every reply of the order-entry stream is wrapped in. */
export interface Envelope {
  readonly retCode: number;
  readonly retMsg: string;
  readonly result: Row;
  readonly retExtInfo: Row;
  /** The server's time, epoch milliseconds; absent where it gave none. */
  readonly time: number | undefined;
}

/** Reads a response. Only `retCode` decides: the message of a success may be OK, success, SUCCESS or empty. @throws LabError `WIRE_INVALID` for anything else. */
export function parseEnvelope(body: unknown): Envelope {
  if (!isRow(body)) throw wireInvalid("a response is no object", {});
  const retCode = wholeNumber(body, "retCode");
  if (retCode === undefined) throw wireInvalid("a response has no retCode", body);
  return {
    retCode,
    retMsg: optionalText(body, "retMsg") ?? "",
    result: isRow(body.result) ? body.result : {},
    retExtInfo: isRow(body.retExtInfo) ? body.retExtInfo : {},
    time: wholeNumber(body, "time"),
  };
}

/** A response as the server writes it. */
export function envelope(retCode: number, retMsg: string, result: object = {}, time: number = Date.now(), retExtInfo: object = {}): Row {
  return { retCode, retMsg, result, retExtInfo, time };
}

/** A page of a list and the cursor of the next, opaque; undefined on the last page. */
export interface Page {
  readonly rows: readonly Row[];
  readonly cursor: string | undefined;
}

/** The rows of a paged result. */
export function pageOf(result: Row): Page {
  return { rows: rowsOf(result.list), cursor: optionalText(result, "nextPageCursor") };
}

/** One row of a batch request's answer: a batch is HTTP 200 and retCode 0 even where its rows failed. */
export interface BatchRow {
  readonly code: number;
  readonly message: string;
  readonly row: Row;
}

/** The rows of a batch answer, each with its own code. A row without a code has none that we know: -32768, of class `unknown`. */
export function batchRows({ result, retExtInfo }: Envelope): readonly BatchRow[] {
  const codes = rowsOf(retExtInfo.list);
  return rowsOf(result.list).map((row, i) => ({
    row,
    code: codes[i] === undefined ? -32_768 : (wholeNumber(codes[i], "code") ?? -32_768),
    message: codes[i] === undefined ? "" : (optionalText(codes[i], "msg") ?? ""),
  }));
}

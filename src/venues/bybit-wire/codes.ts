/**
 * What a retCode of Bybit means for us.
 * - `ok`, `noop` (nothing to change: as good as done).
 * - `clock`: our time is off; definitely without effect.
 * - `credentials`: the key is wrong, blocked or lacks a right; nothing of this account will work.
 * - `rate`: too many requests.
 * - `ambiguous`: the outcome of an order request is not known.
 * - `duplicate`: the id was used before; after a retry, the first request landed.
 * - `gone`: the order is unknown or final.
 * - `busy`: try again shortly.
 * - `funds`, `validation`, `market` (the symbol cannot be traded now): definite refusals.
 * - `unknown`: a code that is in none of these classes.
 */
export type CodeClass =
  | "ok"
  | "noop"
  | "clock"
  | "credentials"
  | "rate"
  | "ambiguous"
  | "duplicate"
  | "gone"
  | "busy"
  | "funds"
  | "validation"
  | "market"
  | "unknown";

const CLASSES: Readonly<Record<Exclude<CodeClass, "unknown">, readonly number[]>> = {
  ok: [0],
  noop: [110025, 110026, 110043, 34040],
  clock: [10002, -1],
  credentials: [10003, 10004, 10005, 10007, 10008, 10009, 10010, 10024, 10027, 10028, 33004, -2015],
  rate: [10006, 10018, 170005, 170222, 20003, 10429, 429, 10403],
  ambiguous: [10000, 10016, 10019, 170001, 170007, 170032, 170146, 170147, 500000],
  duplicate: [110072, 170141, 10014, 20006],
  gone: [110001, 170213, 110008, 110010, 170139, 170142, 170143, 170190],
  busy: [110079, 40004, 170191, 170212, 170310],
  funds: [110004, 110006, 110007, 110012, 110044, 110045, 110051, 110052, 110053, 170131, 170033],
  validation: [
    10001, 110003, 110017, 110020, 110092, 110093, 110094, 170124, 170130, 170132, 170133, 170134, 170136, 170137, 170140, 170148, 170193,
    170194, 170210,
  ],
  market: [110074, 170151, 110023, 30228, 110098, 110103],
};

const BY_CODE: ReadonlyMap<number, CodeClass> = new Map(
  Object.entries(CLASSES).flatMap(([name, codes]) => codes.map((code): [number, CodeClass] => [code, name as CodeClass])),
);

/** The class of a retCode; `unknown` for one that we have no rule for, which an order request treats as an unknown outcome. */
export function codeClass(retCode: number): CodeClass {
  return BY_CODE.get(retCode) ?? "unknown";
}

/** The class of an HTTP status that is not 2xx. A 403 is a ban of this address for ten minutes. */
export function statusClass(status: number): CodeClass {
  if (status === 403 || status === 429) return "rate";
  if (status === 401) return "credentials";
  return status >= 500 || status === 408 ? "ambiguous" : "validation";
}

/** Codes that servers and tests name. */
export const RET_CODES = {
  ok: 0,
  invalidRequest: 10001,
  clock: 10002,
  invalidKey: 10003,
  badSignature: 10004,
  permission: 10005,
  rateLimit: 10006,
  serverError: 10016,
  orderNotFound: 110001,
  spotOrderNotFound: 170213,
  insufficientBalance: 110007,
  spotInsufficientBalance: 170131,
  reduceOnly: 110017,
  duplicateId: 110072,
  spotDuplicateId: 170141,
  triggerNotRising: 110092,
  triggerNotFalling: 110093,
  notionalTooSmall: 110094,
  leverageUnchanged: 110043,
  repeatAuth: 20001,
} as const;

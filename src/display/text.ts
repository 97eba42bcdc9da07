import { type InspectOptions, inspect } from "node:util";

/** Limits that keep one careless value from flooding a cell. */
const LIMITS: InspectOptions = { depth: 4, maxArrayLength: 100, maxStringLength: 10_000, breakLength: 100, compact: 3, sorted: false };

/** A decimal.js number of any clone or copy of the package. */
export interface DecimalLike {
  toFixed(digits?: number): string;
  toNumber(): number;
  cmp(other: unknown): number;
  decimalPlaces(): number;
}

/** Whether a value is a decimal.js number; clones share no prototype, so its tag decides, as in `Decimal.isDecimal`. */
export function isDecimal(value: unknown): value is DecimalLike {
  return typeof value === "object" && value !== null && (value as { toStringTag?: unknown }).toStringTag === "[object Decimal]";
}

/** Whether a value is an object literal or parsed JSON, of any realm: code in a vm context has an `Object` of its own. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, "hasOwnProperty"));
}

/** Whether a value is an error, of any realm. */
function isError(value: unknown): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === "[object Error]";
}

/** Whether a value is a promise or behaves like one. */
function isPromise(value: unknown): value is object {
  return Object.prototype.toString.call(value) === "[object Promise]";
}

/** Items of a long list that are printed from its head and from its tail. */
const HEAD = 60;
const TAIL = 20;

type List = { readonly length: number; slice(start: number, end?: number): unknown };

/** Whether a value is an array or a typed array too long to print whole. */
function isLongList(value: unknown): value is List {
  const list = Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
  return list && (value as List).length > LIMITS.maxArrayLength!;
}

/** A long list by its count, head and tail. */
function listText(list: List): string {
  const items = (part: unknown): string => {
    const text = inspect(withDecimalText(Array.from(part as ArrayLike<unknown>)), { ...LIMITS, compact: 3 });
    return `  ${text.slice(1, -1).trim()}`;
  };
  const name = (list as object).constructor?.name ?? "Array";
  const left = list.length - HEAD - TAIL;
  return [`${name}(${list.length}) [`, `${items(list.slice(0, HEAD))},`, `  … ${left} more items …`, items(list.slice(-TAIL)), "]"].join(
    "\n",
  );
}

/** A promise as what it is and will be: the kernel marks promises with fields of its own, which nobody asked for. */
function promiseText(value: object): string {
  const text = inspect(value, { ...LIMITS, depth: 0, showHidden: false });
  if (text.includes("<pending>")) return "Promise { <pending> } (still running: put await before it)";
  return text.replaceAll(/,?\s*\[Symbol\([^)]*\)\]: [^,}]*/g, "").replace(/^(Promise \{)\s*([^\n]*?)\s*\}$/, "$1 $2 }");
}

/** Where the kernel evaluates a cell: what called that is no business of the cell's. */
const HOST_FRAMES = /\n {4}at Session\.post \(node:inspector[\s\S]*$/;

/** The stack of an error with its code, followed by what caused it. */
function errorText(error: Error): string {
  const code = (error as { code?: unknown }).code;
  const stack = (error.stack ?? `${error.name}: ${error.message}`).replace(HOST_FRAMES, "");
  const named =
    typeof code === "string" && stack.startsWith(`${error.name}:`) ? stack.replace(error.name, `${error.name} [${code}]`) : stack;
  const cause = error.cause;
  if (cause === undefined || cause === error) return named;
  return `${named}\nCaused by: ${isError(cause) ? errorText(cause) : plainText(cause)}`;
}

/**
 * A value as text for a person, the way a console prints it: strings bare, decimals in full, large structures cut with a note. Never throws,
 * whatever a value does when it is read.
 */
export function plainText(value: unknown): string {
  try {
    return textOf(value);
  } catch (error) {
    return `[${typeof value} that cannot be printed: ${error instanceof Error ? error.message : "it throws when it is read"}]`;
  }
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (isDecimal(value)) return value.toFixed();
  if (isError(value)) return errorText(value);
  if (typeof value === "object" && value !== null && Object.prototype.toString.call(value) === "[object Date]") {
    const ms = (value as Date).getTime();
    return Number.isNaN(ms) ? "Invalid Date" : new Date(ms).toISOString();
  }
  if (isPromise(value)) return promiseText(value);
  if (isLongList(value)) return listText(value);
  return inspect(withDecimalText(value), LIMITS);
}

/** Decimals inside plain arrays and objects print as their digits instead of as decimal.js's fields. What has none stays itself, circles and all. */
function withDecimalText(value: unknown): unknown {
  return holdsDecimal(value, 0, new Map()) ? copyWithText(value, 0) : value;
}

/** @param seen - what was looked into already, and how deep it lay: a thing may lie in many places. */
function holdsDecimal(value: unknown, depth: number, seen: Map<unknown, number>): boolean {
  if (isDecimal(value)) return true;
  if (depth > MAX_INNER || (seen.get(value) ?? Number.POSITIVE_INFINITY) <= depth || !isTakenApart(value)) return false;
  seen.set(value, depth);
  return Object.values(value).some((item) => holdsDecimal(item, depth + 1, seen));
}

/** How deep decimals are looked for. */
const MAX_INNER = 4;

/** Whether a value is a short array or a plain object, and nothing of it happens by being read. */
function isTakenApart(value: unknown): value is object {
  if (typeof value !== "object" || value === null || printsItself(value)) return false;
  return Array.isArray(value) ? value.length <= 1000 : isPlainObject(value) && !hasGetters(value);
}

function copyWithText(value: unknown, depth: number): unknown {
  if (isDecimal(value)) return { [inspect.custom]: () => value.toFixed() };
  if (depth > MAX_INNER || !isTakenApart(value)) return value;
  if (Array.isArray(value)) return value.map((item) => copyWithText(item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copyWithText(item, depth + 1)]));
}

/** Reading a getter may have effects: such objects print as `inspect` has it, by name. */
const hasGetters = (value: object): boolean => Object.values(Object.getOwnPropertyDescriptors(value)).some(({ get }) => get !== undefined);

/** An object that says how it prints is not taken apart. */
const printsItself = (value: unknown): boolean => typeof (value as { [inspect.custom]?: unknown })?.[inspect.custom] === "function";

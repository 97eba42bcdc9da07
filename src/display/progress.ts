import { randomUUID } from "node:crypto";
import { LabError, unknownName } from "../errors/index.js";
import { emit, inNotebook } from "./emit.js";
import { escapeHtml } from "./html.js";
import type { MimeBundle } from "./mime.js";

/** A progress display: one line that changes in place. */
export interface Progress {
  /** How far it has come, in the unit of the total; an optional note stands behind the numbers. */
  update(done: number, note?: string): void;
  /** Goes forward, by one unless told. */
  tick(by?: number): void;
  /** Ends it: the line stays, with the time it took. Later calls do nothing. */
  done(note?: string): void;
}

/** How a progress display looks. */
export interface ProgressOptions {
  readonly label?: string;
  /** Number of steps, where it cannot be seen from what is gone through. */
  readonly total?: number;
}

/** At most ten updates a second: front ends redraw each one, and the notebook server drops floods. */
const MIN_GAP_MS = 100;
const BAR = 24;

/** A length of time as a person says it: 0.4 s, 12 s, 3 min 05 s, 2 h 10 min. */
export function durationText(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
  return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, "0")} min`;
}

interface State {
  readonly label: string;
  /** `undefined` where nobody knows it. */
  readonly total: number | undefined;
  readonly done: number;
  readonly note: string | undefined;
  readonly elapsed: number;
  readonly ended: boolean;
}

function timing({ done, total, elapsed, ended }: State): string {
  if (ended) return `in ${durationText(elapsed)}`;
  if (done === 0 || elapsed === 0) return durationText(elapsed);
  const left = total === undefined ? "" : `, ${durationText((elapsed / done) * (total - done))} left`;
  return `${durationText(elapsed)}${left}, ${rateText(done / elapsed)}`;
}

/** Steps a millisecond as a person says it. */
function rateText(perMs: number): string {
  const [rate, unit] = perMs >= 0.001 ? [perMs * 1000, "s"] : [perMs * 60_000, "min"];
  return `${rate >= 10 ? Math.round(rate) : Number(rate.toPrecision(2))}/${unit}`;
}

const shareOf = ({ done, total }: State): number => (total === 0 ? 1 : done / (total ?? Number.POSITIVE_INFINITY));
const countText = ({ done, total }: State, slash: string): string => (total === undefined ? String(done) : `${done}${slash}${total}`);

function line(state: State): string {
  const share = shareOf(state);
  const filled = Math.floor(share * BAR);
  const bar = [`${"█".repeat(filled)}${"░".repeat(BAR - filled)}`, `${Math.floor(share * 100)} %`];
  const parts = [...(state.total === undefined ? [] : bar), countText(state, "/"), timing(state)];
  if (state.label !== "") parts.unshift(state.label);
  if (state.note !== undefined && state.note !== "") parts.push(state.note);
  return parts.join("  ");
}

function bundle(state: State): MimeBundle {
  const share = shareOf(state) * 100;
  const known = state.total !== undefined;
  const bar = !known
    ? ""
    : `<span style="display:inline-block;width:14em;height:.55em;border-radius:.3em;background:rgba(128,128,128,.25);overflow:hidden"><span style="display:block;height:100%;width:${share.toFixed(1)}%;background:var(--jp-brand-color1,#0072b2)"></span></span>`;
  const texts = [known ? `${Math.floor(share)} %` : "", countText(state, " / "), timing(state), state.note ?? ""].filter(
    (text) => text !== "",
  );
  const html = `<div style="font:13px/1.6 var(--jp-ui-font-family,system-ui,sans-serif);font-variant-numeric:tabular-nums;color:var(--jp-ui-font-color1,inherit)">${escapeHtml(state.label)} ${bar} ${escapeHtml(texts.join(" · "))}</div>`;
  return { "text/html": html, "text/plain": line(state) };
}

/** Draws states: in the notebook under one display id, on a terminal over the same line, in a log only the last one. */
function screen(): (state: State) => void {
  if (inNotebook()) {
    const id = randomUUID();
    let shown = false;
    return (state) => {
      emit(bundle(state), { id, update: shown });
      shown = true;
    };
  }
  if (process.stdout.isTTY)
    return (state) => {
      const width = (process.stdout.columns ?? 80) - 1;
      process.stdout.write(`\r\x1b[2K${line(state).slice(0, width)}${state.ended ? "\n" : ""}`);
    };
  return (state) => {
    if (state.ended) process.stdout.write(`${line(state)}\n`);
  };
}

/**
 * Starts a progress display for a known number of steps, or draws one while a list or a stream is gone through:
 * `for (const x of progress(list)) …`, `for await (const x of progress(stream)) …`. It ends with the loop, however that ends.
 * @throws LabError `PROGRESS_INVALID` for a total or a position that is no number from 0 up, `OPTION_UNKNOWN`.
 */
export function progress<T>(items: AsyncIterable<T>, options?: ProgressOptions): AsyncIterable<T>;
export function progress<T>(items: Iterable<T>, options?: ProgressOptions): Iterable<T>;
export function progress(total: number | (ProgressOptions & { readonly total: number }), options?: ProgressOptions): Progress;
export function progress(subject: unknown, options: ProgressOptions = {}): Progress | Iterable<unknown> | AsyncIterable<unknown> {
  if (isObject(subject) && Symbol.asyncIterator in subject) return eachAsync(subject as AsyncIterable<unknown>, options);
  if (typeof subject === "string" || (isObject(subject) && Symbol.iterator in subject)) return each(subject as Iterable<unknown>, options);
  if (!isObject(subject)) return start(subject as number, options);
  const given: ProgressOptions = { ...subject, ...options };
  return start(given.total ?? Number.NaN, given);
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

function* each<T>(items: Iterable<T>, options: ProgressOptions): Generator<T> {
  const bar = start(options.total ?? lengthOf(items), options);
  try {
    for (const item of items) {
      yield item;
      bar.tick();
    }
  } finally {
    bar.done();
  }
}

async function* eachAsync<T>(items: AsyncIterable<T>, options: ProgressOptions): AsyncGenerator<T> {
  const bar = start(options.total ?? lengthOf(items), options);
  try {
    for await (const item of items) {
      yield item;
      bar.tick();
    }
  } finally {
    bar.done();
  }
}

/** How many items an iterable has, where it says so. */
function lengthOf(items: object | string): number | undefined {
  const { length, size } = items as { length?: unknown; size?: unknown };
  return typeof length === "number" ? length : typeof size === "number" ? size : undefined;
}

function start(total: number | undefined, options: ProgressOptions): Progress {
  for (const key of Object.keys(options))
    if (key !== "label" && key !== "total") throw unknownName("OPTION_UNKNOWN", "option of progress", key, ["label", "total"]);
  if (total !== undefined) checkAmount("total", total);
  const { label = "" } = options;
  const begin = Date.now();
  const draw = screen();
  let done = 0;
  let note: string | undefined;
  let ended = false;
  let last = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;

  const show = (): void => {
    clearTimeout(timer);
    timer = undefined;
    last = Date.now();
    draw({ label, total, done, note, elapsed: last - begin, ended });
  };
  /** Draws now or, within the gap, once when it is over; a busy loop that never yields still draws at its next call after the gap. */
  const request = (): void => {
    const wait = last + MIN_GAP_MS - Date.now();
    if (wait <= 0) show();
    else timer ??= setTimeout(show, wait).unref();
  };
  const update = (to: number, text?: string): void => {
    if (ended) return;
    checkAmount("done", to);
    done = Math.min(to, total ?? to);
    note = text ?? note;
    request();
  };
  request();
  return {
    update,
    tick: (by = 1) => update(done + by),
    done: (text) => {
      if (ended) return;
      ended = true;
      note = text ?? note;
      show();
    },
  };
}

function checkAmount(name: string, value: number): void {
  if (!(Number.isFinite(value) && value >= 0))
    throw new LabError("PROGRESS_INVALID", `${name} of a progress display must be a number from 0 up, got ${value}.`, {
      details: { name, value },
    });
}

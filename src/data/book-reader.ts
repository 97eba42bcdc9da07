import { basename, dirname, resolve } from "node:path";
import { type MarketTape, OrderBook, splitSymbol, TAPE, TapeBuilder } from "../core/index.js";
import { LabError, unknownName } from "../errors/index.js";
import { KEPT_BAD_ROWS } from "./bad-rows.js";
import { type LineEvent, readLine } from "./book-lines.js";
import { symbolFromName } from "./file-labels.js";
import type { LabelSource } from "./report.js";
import type { BadLine, TapeReport, UpdateGap } from "./tape-report.js";

/** What a reader finds out about a tape, but for the file. */
export type TapeFacts = Omit<TapeReport, "name" | "compression" | "bytes" | "sha256" | "synthetic">;

/** Puts the lines of one file together. */
export class BookReader {
  readonly #wanted: string | undefined;
  readonly #path: string;
  /** Symbol of the first line that names one. */
  #named: string | undefined;
  readonly #builder = new TapeBuilder();
  readonly #others = new Map<string, number>();
  readonly #bad: BadLine[] = [];
  readonly #gaps: UpdateGap[] = [];
  #badCount = 0;
  #lines = 0;
  #outOfOrder = 0;
  #latest = Number.NEGATIVE_INFINITY;
  #update: number | undefined;
  #seen = false;

  constructor(wanted: string | undefined, path: string) {
    this.#wanted = wanted;
    this.#path = path;
  }

  line(number: number, text: string): void {
    this.#lines++;
    const events = readLine(text);
    if (typeof events === "string") {
      this.#refuse(number, events, text);
      return;
    }
    for (const event of events) {
      try {
        this.event(number, event);
      } catch (error) {
        if (!(error instanceof LabError)) throw error;
        this.#refuse(number, error.message, text);
      }
    }
  }

  /** Takes an event in. @throws LabError for one that cannot be, see `TapeBuilder`. */
  event(line: number, event: LineEvent): void {
    const { symbol } = event;
    if (symbol !== undefined) {
      const wanted = this.#wanted ?? this.#named ?? symbol;
      this.#named ??= wanted;
      if (symbol !== wanted) {
        this.#others.set(symbol, (this.#others.get(symbol) ?? 0) + 1);
        return;
      }
      this.#seen = true;
    }
    if (event.type === "trade") this.#builder.trade(event);
    else {
      this.#builder.book(event);
      this.#follow(line, event.update, event.kind);
    }
    if (event.time < this.#latest) this.#outOfOrder++;
    this.#latest = Math.max(this.#latest, event.time);
  }

  #follow(line: number, update: number | undefined, kind: "snapshot" | "delta"): void {
    const last = this.#update;
    if (kind === "delta" && update !== undefined && last !== undefined && update !== last + 1 && this.#gaps.length < KEPT_BAD_ROWS)
      this.#gaps.push({ line, after: last, before: update });
    this.#update = update;
  }

  #refuse(line: number, reason: string, text: string): void {
    this.#badCount++;
    if (this.#bad.length < KEPT_BAD_ROWS)
      this.#bad.push({ line, reason: reason.replace(/\.$/, ""), text: text.length > 120 ? `${text.slice(0, 119)}…` : text });
  }

  finish(name: string, strict: boolean, source: MarketTape["source"]): TapeFacts & { readonly tape: MarketTape } {
    this.#check(name, strict);
    const label = this.#label(name);
    const tape = this.#builder.build(label.symbol, source);
    const kinds = [0, 0, 0];
    for (const kind of tape.kind) kinds[kind]!++;
    return {
      tape,
      symbol: label.symbol,
      symbolSource: label.source,
      from: tape.time[0]!,
      to: tape.time[tape.length - 1]!,
      priceDp: tape.priceDp,
      quantityDp: tape.quantityDp,
      linesRead: this.#lines,
      events: tape.length,
      snapshots: kinds[TAPE.snapshot]!,
      changes: kinds[TAPE.delta]!,
      trades: kinds[TAPE.trade]!,
      badCount: this.#badCount,
      badLines: this.#bad,
      outOfOrder: this.#outOfOrder,
      gaps: this.#gaps,
      ...bookFacts(tape),
      otherEvents: Object.fromEntries(this.#others),
    };
  }

  #check(name: string, strict: boolean): void {
    const first = this.#bad.slice(0, 5).map((bad) => `line ${bad.line}: ${bad.reason} ('${bad.text}')`);
    const details = { count: this.#badCount, lines: this.#bad.slice(0, 5) };
    if (strict && this.#badCount > 0)
      throw new LabError("DATA_BAD_ROWS", `${name} has ${this.#badCount} bad lines of ${this.#lines}:\n${first.join("\n")}`, { details });
    const others = [...this.#others.keys()];
    if (this.#wanted === undefined && others.length > 0)
      throw new LabError(
        "DATA_SYMBOL",
        `${name} holds several symbols: ${[this.#named, ...others].join(", ")}. Say which: symbol: "${this.#named}".`,
        {
          details: { found: [this.#named, ...others] },
        },
      );
    if (this.#wanted !== undefined && !this.#seen && others.length > 0)
      throw unknownName("DATA_SYMBOL", `symbol in ${name}`, this.#wanted, others);
    if (this.#builder.length > 0) return;
    const bad = this.#badCount === 0 ? "" : `; all ${this.#badCount} lines are bad:\n${first.slice(0, 3).join("\n")}`;
    throw new LabError("DATA_EMPTY", `${name} holds no book and no trade${bad || "."}`, { details });
  }

  /** Given, or in the file, or what the file or, as Tesser has it, its folder is called. */
  #label(name: string): { readonly symbol: string; readonly source: LabelSource } {
    if (this.#wanted !== undefined) return { symbol: this.#wanted, source: "given" };
    if (this.#named !== undefined) return { symbol: this.#named, source: "column" };
    const named = symbolFromName(name);
    if (splitSymbol(named).base !== named) return { symbol: named, source: "file name" };
    return { symbol: basename(dirname(resolve(this.#path))), source: "file name" };
  }
}

/** What only a replay of the books shows. */
function bookFacts(tape: MarketTape): { readonly beforeSnapshot: number; readonly crossed: number } {
  const book = new OrderBook(tape.symbol, tape.priceDp, tape.quantityDp);
  let beforeSnapshot = 0;
  let crossed = 0;
  let known = false;
  for (let i = 0; i < tape.length; i++) {
    if (!tape.apply(i, book)) continue;
    known ||= tape.kind[i] === TAPE.snapshot;
    if (!known) beforeSnapshot++;
    const [bid, ask] = [book.priceAt(1, 0), book.priceAt(-1, 0)];
    if (bid >= 0 && ask >= 0 && bid >= ask) crossed++;
  }
  return { beforeSnapshot, crossed };
}

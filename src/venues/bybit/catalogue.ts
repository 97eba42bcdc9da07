import type { Instrument, Side } from "../../core/index.js";
import { LabError, unknownName } from "../../errors/index.js";
import { type Category, parseInstrument, type WireInstrument } from "../bybit-wire/index.js";
import type { BybitClient } from "./client.js";

/** How long filters hold: Bybit changes them twice a month. */
const FRESH_MS = 6 * 3_600_000;

/** What can be traded, with filters; asked for when needed and again when old. */
export class Catalogue {
  readonly #client: BybitClient;
  readonly #category: Category;
  readonly #venue: string;
  #known: Map<string, WireInstrument> | undefined;
  #loadedAt = 0;
  #loading: Promise<Map<string, WireInstrument>> | undefined;

  constructor(client: BybitClient, category: Category, venue: string) {
    this.#client = client;
    this.#category = category;
    this.#venue = venue;
  }

  /** Every instrument that is open for trading. @throws LabError `VENUE_UNAVAILABLE` when Bybit does not say and nothing is known from before. */
  async all(): Promise<readonly Instrument[]> {
    return [...(await this.#load()).values()].map((one) => one.instrument);
  }

  /** One instrument. @throws LabError `SYMBOL_UNKNOWN`, `VENUE_UNAVAILABLE`. */
  async get(symbol: string): Promise<WireInstrument> {
    const known = await this.#load();
    const found = known.get(symbol);
    if (found === undefined) throw unknownName("SYMBOL_UNKNOWN", `${this.#category} symbol at Bybit`, symbol, known.keys());
    return found;
  }

  /** The currencies that positions settle in. */
  async settlements(): Promise<readonly string[]> {
    return [...new Set((await this.all()).map((one) => one.settlement))];
  }

  /** The currency of a fee where Bybit does not name it: the settlement coin; on spot a buyer pays in what he buys. */
  feeCurrency(symbol: string, side: Side): string {
    const one = this.#known?.get(symbol)?.instrument;
    if (one === undefined) return "";
    return one.kind !== "spot" ? one.settlement : side === "buy" ? one.base : one.quote;
  }

  async #load(): Promise<Map<string, WireInstrument>> {
    if (this.#known !== undefined && Date.now() - this.#loadedAt < FRESH_MS) return this.#known;
    this.#loading ??= this.#fetch().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #fetch(): Promise<Map<string, WireInstrument>> {
    const paging = this.#category === "spot" ? {} : { limit: 1_000 };
    const rows = await this.#client.pages("/v5/market/instruments-info", { category: this.#category, ...paging }, false);
    if (!Array.isArray(rows)) {
      if (this.#known !== undefined) return this.#known;
      throw new LabError("VENUE_UNAVAILABLE", `Instruments of ${this.#venue} could not be loaded. ${rows.message}`, {
        details: { failure: rows },
      });
    }
    const known = new Map<string, WireInstrument>();
    for (const row of rows) {
      try {
        const one = parseInstrument(this.#category, row, this.#venue);
        if (one !== undefined) known.set(one.instrument.symbol, one);
      } catch {
        // One symbol that cannot be read must not take the others away; it is unknown to orders.
      }
    }
    this.#known = known;
    this.#loadedAt = Date.now();
    return known;
  }
}

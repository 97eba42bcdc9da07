import { Decimal, type Instrument, type LinkState, type MarketEvent, type MarketSubscription, type MarketTopic } from "../../core/index.js";
import type { MakeMarketHarness, MarketHarness } from "./harness.js";
import { must, Watch } from "./watch.js";

/** What a subscription has told, its link included. */
export class Ear extends Watch<MarketEvent> {
  readonly states: LinkState[] = [];
  subscription: MarketSubscription | undefined;

  readonly link = (state: LinkState): void => void this.states.push(state);

  of<Type extends MarketEvent["type"]>(type: Type): Extract<MarketEvent, { type: Type }>[] {
    return this.events.filter((event): event is Extract<MarketEvent, { type: Type }> => event.type === type);
  }

  /** The best prices by all book messages, applied one after the other; undefined where one side is empty or no snapshot came first. */
  best(): readonly [bid: string, ask: string] | undefined {
    const sides = { bids: new Map<string, string>(), asks: new Map<string, string>() };
    for (const [i, message] of this.of("book").entries()) {
      must(i > 0 || message.kind === "snapshot", "a book begins with a snapshot", message.kind);
      for (const side of ["bids", "asks"] as const) {
        if (message.kind === "snapshot") sides[side].clear();
        for (const [price, size] of message[side]) {
          if (new Decimal(size).isZero()) sides[side].delete(price);
          else sides[side].set(price, size);
        }
      }
    }
    if (sides.bids.size === 0 || sides.asks.size === 0) return undefined;
    return [Decimal.max(...sides.bids.keys()).toFixed(), Decimal.min(...sides.asks.keys()).toFixed()];
  }
}

/** Market data with hands on the market, as the cases use it. */
export class MarketDesk {
  readonly harness: MarketHarness;
  readonly instrument: Instrument;
  readonly #price: Decimal;

  private constructor(harness: MarketHarness, instrument: Instrument) {
    this.harness = harness;
    this.instrument = instrument;
    this.#price = new Decimal(harness.price);
  }

  /** Opens a harness, runs and puts everything away. */
  static async use(make: MakeMarketHarness, run: (desk: MarketDesk) => Promise<void>): Promise<void> {
    const harness = await make();
    try {
      const instrument = (await harness.market.instruments()).find((one) => one.symbol === harness.symbol);
      must(instrument !== undefined, `instruments() names ${harness.symbol}`);
      await run(new MarketDesk(harness, instrument));
    } finally {
      await harness.market.close();
      await harness.close();
    }
  }

  /** The price so many ticks away from the harness' own. */
  at(ticks: number): string {
    return this.#price.plus(this.instrument.tickSize.times(ticks)).toFixed();
  }

  async quote(ticks: number): Promise<void> {
    await this.harness.quote(this.at(ticks - 1), this.at(ticks), this.harness.quantity);
  }

  async trade(ticks: number, side: "buy" | "sell"): Promise<void> {
    await this.harness.trade(this.at(ticks), this.harness.quantity, side);
  }

  /** A subscription that is heard from now on. */
  async listen(topics: readonly MarketTopic[]): Promise<Ear> {
    const ear = new Ear();
    ear.subscription = await this.harness.market.subscribe(topics, ear.hear, ear.link);
    return ear;
  }

  get book(): MarketTopic {
    return { type: "book", symbol: this.harness.symbol, depth: 50 };
  }

  get trades(): MarketTopic {
    return { type: "trades", symbol: this.harness.symbol };
  }

  get ticker(): MarketTopic {
    return { type: "ticker", symbol: this.harness.symbol };
  }

  get candles(): MarketTopic {
    const { symbol, interval } = this.harness.candles.series;
    return { type: "candles", symbol, interval };
  }
}

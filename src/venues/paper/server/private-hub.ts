import type { AccountEvent } from "../../../core/index.js";
import { CATEGORIES, PRIVATE_TOPICS, type Row } from "../../bybit-wire/index.js";
import type { PaperAccount } from "../exchange/account.js";
import type { PaperExchange } from "../exchange/exchange.js";
import type { Market } from "../exchange/market.js";
import type { PaperOrder } from "../exchange/paper-order.js";
import { executionRowOf, orderRowOf, positionRowOf, walletRowOf } from "./rows.js";
import type { Stream } from "./stream.js";

/** Whether a name is a private topic: all in one (`order`) or of a category (`order.linear`). */
export function isPrivateTopic(name: string): boolean {
  const [topic = "", category, more] = name.split(".");
  if (more !== undefined || !(PRIVATE_TOPICS as readonly string[]).includes(topic)) return false;
  return category === undefined || (topic !== "wallet" && (CATEGORIES as readonly string[]).includes(category));
}

/** The private topics of one account. Nobody is told what was before he subscribed. */
export class PrivateHub {
  readonly #exchange: PaperExchange;
  readonly #account: PaperAccount;
  readonly #streams = new Set<Stream>();
  /** Frames sent so far. */
  sent = 0;

  constructor(exchange: PaperExchange, account: PaperAccount) {
    this.#exchange = exchange;
    this.#account = account;
    account.subscribe((event, order, market) => this.#onEvent(event, order, market));
  }

  join(stream: Stream): void {
    this.#streams.add(stream);
  }

  leave(stream: Stream): void {
    this.#streams.delete(stream);
  }

  #onEvent(event: AccountEvent, order: PaperOrder | undefined, market: Market | undefined): void {
    if (this.#streams.size === 0) return;
    if (event.type === "order") this.#send("order", order!.market, () => orderRowOf(order!, event.order));
    else if (event.type === "execution")
      this.#send("execution", market!, () => executionRowOf(event.execution, order, market!, this.#transactions()));
    else if (event.type === "position") {
      if (market!.category !== "spot")
        this.#send("position", market!, () => positionRowOf(this.#account, market!, this.#transactions(), this.#exchange.clock.now()));
    } else if (event.type === "balance") this.#send("wallet", undefined, () => walletRowOf(this.#account));
  }

  /** What orders the states of a position, here as in REST: the number of the last transaction. */
  #transactions(): number {
    return this.#account.executions.length;
  }

  /** The row is only made where somebody listens, once. */
  #send(topic: string, market: Market | undefined, row: () => Row): void {
    const special = market === undefined ? topic : `${topic}.${market.category}`;
    let data: Row | undefined;
    for (const stream of this.#streams)
      for (const name of special === topic ? [topic] : [topic, special]) {
        if (!stream.topics.has(name)) continue;
        data ??= row();
        this.sent++;
        const id = `${this.#account.name}_${this.sent}`;
        stream.send(name, JSON.stringify({ id, topic: name, creationTime: this.#exchange.clock.now(), data: [data] }));
      }
  }
}

import { LabError, unknownName } from "../errors/index.js";
import { KIND, type OrderEngine, PendingSignal } from "../execution/index.js";
import type { Portfolio } from "../portfolio/index.js";
import { type Command, type CommandFilter, fits, longForm, type OpenCommand } from "./commands.js";
import { slotOf } from "./instrument-names.js";
import type { Seats } from "./seats.js";

/** Carries out an operator's commands with the means that signals have: entries pass the same gate. */
export class CommandDesk {
  readonly #orders: OrderEngine;
  readonly #seats: Seats;
  readonly #portfolio: Portfolio;

  constructor(orders: OrderEngine, seats: Seats, portfolio: Portfolio) {
    this.#orders = orders;
    this.#seats = seats;
    this.#portfolio = portfolio;
  }

  /**
   * Runs a command at a time; `barOf` gives the bar of a slot in a replay of candles.
   * @throws LabError `COMMAND_INVALID`, `SYMBOL_UNKNOWN`, `SYMBOL_AMBIGUOUS`, `STRATEGY_UNKNOWN`, `ORDER_UNKNOWN` for what the engine does not have.
   */
  run(command: Command, time: number, barOf: (slot: number) => number): void {
    const long = longForm(command);
    if (long.type === "liquidateOnly") this.#orders.liquidateOnly = long.on;
    else if (long.type === "closePositions") this.#close(long.filter ?? {}, long.reason ?? "", time, barOf);
    else if (long.type === "cancelOrders") this.#cancelAll(long.filter ?? {}, time);
    else if (long.type === "cancelEntries") this.#cancelEntries(long.filter ?? {}, time);
    else if (long.type === "cancel") this.#cancel(long.orderId, time);
    else this.#open(long, time, barOf);
  }

  #close(filter: CommandFilter, reason: string, time: number, barOf: (slot: number) => number): void {
    const whole = filter.symbol === undefined && filter.underlying === undefined;
    // A strategy's own way of closing closes all it has: it is not taken where a venue's part is to be closed and there is more.
    const elsewhere = new Set<number>();
    if (filter.venue !== undefined)
      for (const { slot, strategy } of this.#orders.desks)
        if (this.#portfolio.instruments[slot]!.instrument.venue !== filter.venue && this.#orders.isBusy(slot, strategy))
          elsewhere.add(strategy);
    const signal = new PendingSignal();
    signal.kind = KIND.flatten;
    signal.reason = reason;
    const own = new Set<number>();
    for (const desk of this.#orders.desks) {
      const { slot, strategy } = desk;
      if (!fits(filter, this.#portfolio.instruments[slot]!, this.#seats.all[strategy]!.id)) continue;
      if (!this.#orders.isBusy(slot, strategy)) continue;
      if (whole && !elsewhere.has(strategy)) {
        if (own.has(strategy) || this.#seats.closePositions(strategy, time)) {
          own.add(strategy);
          continue;
        }
        elsewhere.add(strategy);
      }
      signal.slot = slot;
      signal.strategy = strategy;
      this.#orders.signal(signal, time, barOf(slot), this.#portfolio.mark[slot]!);
    }
  }

  #cancelAll(filter: CommandFilter, time: number): void {
    for (const order of this.#orders.open())
      if (fits(filter, this.#portfolio.instruments[order.slot]!, this.#seats.all[order.strategy]!.id)) this.#orders.cancel(order, time);
    // An algorithm or a quote between two of its orders would send the next.
    this.#cancelEntries(filter, time);
  }

  #cancelEntries(filter: CommandFilter, time: number): void {
    for (const { slot, strategy } of this.#orders.desks)
      if (fits(filter, this.#portfolio.instruments[slot]!, this.#seats.all[strategy]!.id)) this.#orders.cancelEntries(slot, strategy, time);
  }

  #cancel(orderId: string, time: number): void {
    const open = this.#orders.open();
    const order = open.find((one) => String(one.id) === orderId);
    if (order === undefined)
      throw new LabError(
        "ORDER_UNKNOWN",
        `No open order ${orderId}; open are ${open.map((one) => one.id).join(", ") || "none"}. One that is final cannot be cancelled.`,
        { details: { orderId } },
      );
    this.#orders.cancel(order, time);
  }

  #open(command: OpenCommand, time: number, barOf: (slot: number) => number): void {
    const slot = slotOf(this.#portfolio.instruments, command.symbol, "engine", command.venue);
    if (command.side !== "buy" && command.side !== "sell")
      throw unknownName("COMMAND_INVALID", "side", String(command.side), ["buy", "sell"]);
    const signal = new PendingSignal();
    signal.slot = slot;
    signal.strategy = command.strategy === undefined ? 0 : this.#seats.indexOf(command.strategy);
    signal.kind = command.side === "buy" ? KIND.enterLong : KIND.enterShort;
    signal.quantity = command.quantity;
    signal.limit = command.limit;
    signal.stopLoss = command.stopLoss;
    signal.takeProfit = command.takeProfit;
    signal.override = command.overrideRisk ?? false;
    const price = this.#portfolio.mark[slot]!;
    if (price === 0) this.#orders.refuseWithoutPrice(signal, time);
    else this.#orders.signal(signal, time, barOf(slot), price);
  }
}

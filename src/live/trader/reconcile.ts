import type { PreparedBacktest } from "../../backtest/index.js";
import { Decimal, type EpochMs, fromUnits, STATUS, type Venue, type VenueOrder, type WorkingOrder } from "../../core/index.js";
import { clientOrderId, toOrderRequest } from "../../engine/index.js";
import { coinsOf } from "./coins.js";
import type { TraderClock } from "./contracts.js";
import { orderNumber } from "./requests.js";
import type { LiveTrader } from "./trader.js";
import type { VenueStores } from "./venue-stores.js";

/** What a comparison with the venue found. */
export interface Reconciliation {
  /** Positions and orders are the same on both sides. */
  readonly agreed: boolean;
  /** What differs and could not be healed. */
  readonly problems: readonly string[];
  /** What makes each problem the same one when it is found again, though the amounts in its text go on: beside `problems`. */
  readonly keys: readonly string[];
  /** Differences of money above the threshold. */
  readonly balances: readonly BalanceDifference[];
  /** An order of ours stands at the venue as another than was sent: nothing may go on. */
  readonly contradictions: readonly string[];
  /** Of the problems: orders of this session that its state does not know. */
  readonly unknown: readonly string[];
  /** Orders of an earlier process of which the connector is still finding out whether they landed: until it has, nothing is agreed. */
  readonly open: readonly string[];
}

/** A balance that is not the same on both sides. */
export interface BalanceDifference {
  readonly currency: string;
  /** What the venue has more than the session, exact. */
  readonly difference: string;
  readonly text: string;
}

/** What reconciling needs. */
export interface ReconcilerParts {
  readonly run: string;
  readonly prepared: PreparedBacktest;
  readonly trader: LiveTrader;
  readonly venue: Venue;
  /** Time from which executions are asked for before there is any. */
  readonly since: number;
  readonly threshold: Decimal;
  readonly clock: TraderClock;
  /** Where the connector keeps orders whose fate it finds out by itself. */
  readonly stores: VenueStores | undefined;
}

/** Executions this much older than the newest are asked for again: clocks and streams are not in step. */
const OVERLAP_MS = 60_000;
/** A request that was on its way when its process died may still arrive: an order nobody has heard of is asked for again after this. */
const SETTLE_MS = 1_000;
/** An order that an earlier process left is the connector's to find for so long; nothing of that process can land any more by then. */
const LEFT_MS = 90_000;
/** Looks at positions before a difference counts, so that fills under way can arrive. */
const LOOKS = 3;

/**
 * Compares a session with its venue and heals what can be healed: missed executions, orders that ended unheard, requests whose outcome nobody knows. The venue's word
 * counts, but what it says of an order must be what was sent.
 */
export class Reconciler {
  readonly #parts: ReconcilerParts;
  #running: Promise<Reconciliation> | undefined;
  /** When orders of an earlier process were first found to be left. */
  readonly #left = new Map<string, EpochMs>();

  constructor(parts: ReconcilerParts) {
    this.#parts = parts;
  }

  /** One comparison at a time: whoever asks during one gets its outcome. It throws what the venue's queries throw. */
  run(): Promise<Reconciliation> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Resolves when no comparison is under way. It never rejects. */
  async idle(): Promise<void> {
    await this.#running?.catch(() => {});
  }

  async #run(): Promise<Reconciliation> {
    const contradictions: string[] = [];
    const forgotten = new Set<string>();
    await this.#executions(forgotten);
    const left = await this.#orders(contradictions, forgotten);
    let problems = await this.#positions();
    for (let look = 1; look < LOOKS && problems.length > 0; look++) {
      await this.#parts.clock.sleep(SETTLE_MS);
      await this.#executions(forgotten);
      problems = await this.#positions();
    }
    // Money moves with each fill, so that one under way makes a difference that is none.
    let balances = left.length > 0 ? [] : await this.#balances();
    for (let look = 1; look < LOOKS && problems.length === 0 && balances.length > 0; look++) {
      await this.#parts.clock.sleep(SETTLE_MS);
      await this.#executions(forgotten);
      const before = balances.map((one) => one.difference);
      // One that lasts stays the same; one of fills under way becomes another.
      balances = (await this.#balances()).filter((one) => look < LOOKS - 1 || before.includes(one.difference));
    }
    const unknown = [...forgotten].map((id) => `Order ${id} is of this session, but its state does not know it.`);
    const all = [...problems, ...[...unknown, ...contradictions].map((text) => ({ key: text, text }))];
    return {
      agreed: all.length === 0 && left.length === 0,
      problems: all.map((one) => one.text),
      keys: all.map((one) => one.key),
      balances,
      contradictions,
      unknown,
      open: left,
    };
  }

  async #executions(forgotten: Set<string>): Promise<void> {
    const { trader, venue, since, run } = this.#parts;
    const from = trader.account.lastExecution > 0 ? trader.account.lastExecution - OVERLAP_MS : since;
    for (const execution of await venue.executions({ since: from })) {
      const number = orderNumber(run, execution.clientOrderId);
      if (number !== undefined && trader.order(number) === undefined) forgotten.add(execution.clientOrderId);
      trader.account.execution(execution);
    }
  }

  /** @returns orders whose fate the connector is still finding out. */
  async #orders(contradictions: string[], forgotten: Set<string>): Promise<string[]> {
    const { trader, venue, run, stores } = this.#parts;
    const left: string[] = [];
    const open = new Map<number, VenueOrder>();
    // What is asked for from here on may not be in the venue's answer yet: its own answer is awaited.
    const quiet = new Set(trader.openOrders().filter((order) => !trader.isBusy(order)));
    const unanswered = new Set([...quiet].filter((order) => order.status === STATUS.cancelling || order.amending !== 0));
    for (const theirs of await venue.orders()) {
      const number = orderNumber(run, theirs.clientOrderId);
      if (number === undefined) continue;
      const order = trader.order(number);
      if (order !== undefined) open.set(number, theirs);
      else {
        // Left over from after a backup was made, or from a state that is gone: nobody would look after it.
        forgotten.add(theirs.clientOrderId);
        await venue.cancel(theirs.symbol, theirs.clientOrderId);
      }
    }
    for (const [number, theirs] of open) {
      const order = trader.order(number)!;
      if (!order.isFinal || trader.isBusy(order)) continue;
      // What works on although it counts as ended here belongs to nothing: it could open or close a later position.
      if (order.amending > order.filled) trader.account.amended(order, theirs);
      else await venue.cancel(theirs.symbol, theirs.clientOrderId);
    }
    for (const order of trader.openOrders()) {
      if (trader.isBusy(order)) continue;
      const id = clientOrderId(run, order);
      if (stores?.isLeft(id) === true && !open.has(order.id) && this.#mayLand(id)) {
        left.push(id);
        continue;
      }
      const theirs = open.get(order.id) ?? (await this.#find(order));
      if (theirs === undefined) trader.account.neverLanded(order);
      else if (!this.#isSame(order, theirs))
        contradictions.push(`Order ${theirs.clientOrderId} stands at ${venue.name} as another than was sent: ${describe(theirs)}.`);
      else {
        trader.account.venueOrder(theirs);
        if (open.has(order.id) && quiet.has(order) && !trader.isBusy(order) && !order.isFinal)
          this.#compareSize(order, theirs, unanswered.has(order));
      }
    }
    return left;
  }

  /** An order that is open on both sides: the word on a cancel or an amend that nobody will bring any more, and the size of one that waits for no word. */
  #compareSize(order: WorkingOrder, theirs: VenueOrder, unanswered: boolean): void {
    const { trader } = this.#parts;
    if (!unanswered) trader.account.resized(order, theirs);
    else if (order.status === STATUS.cancelling) trader.cancelAgain(order);
    else if (order.amending !== 0) trader.account.amendLost(order, theirs);
  }

  /** Whether a request of an earlier process may still be found by the connector. Afterwards the venue is asked here: a fate that stays unknown must not hold entries back for ever. */
  #mayLand(id: string): boolean {
    const now = this.#parts.clock.now();
    const since = this.#left.get(id) ?? now;
    this.#left.set(id, since);
    return now - since < LEFT_MS;
  }

  /** An order that is not open: how it ended, or undefined if the venue has never heard of it, asked twice. */
  async #find(order: WorkingOrder): Promise<VenueOrder | undefined> {
    const { venue, run, prepared, clock } = this.#parts;
    const { symbol } = prepared.instruments[order.slot]!.instrument;
    const id = clientOrderId(run, order);
    const found = await venue.order(symbol, id);
    if (found !== undefined) return found;
    await clock.sleep(SETTLE_MS);
    return venue.order(symbol, id);
  }

  /** What cannot change of an order is what was sent. */
  #isSame(order: WorkingOrder, theirs: VenueOrder): boolean {
    const { run, prepared } = this.#parts;
    const sent = toOrderRequest(order, clientOrderId(run, order), prepared.instruments[order.slot]!);
    return theirs.symbol === sent.symbol && theirs.side === sent.side && theirs.type === sent.type;
  }

  async #positions(): Promise<{ readonly key: string; readonly text: string }[]> {
    const { trader, venue, prepared } = this.#parts;
    const theirs = await venue.positions();
    const coins = await coinsOf(venue, prepared.instruments);
    return prepared.instruments.flatMap(({ instrument, quantityDp }, slot) => {
      if (instrument.kind === "spot") {
        // A spot account holds coins, not positions; those beyond the session's may be anybody's.
        const own = fromUnits(trader.portfolio.quantity[slot]!, quantityDp);
        const there = coins.take(instrument.base, own);
        if (there.gte(own)) return [];
        const text = `${instrument.symbol}: ${venue.name} holds ${there.toFixed()} ${instrument.base}, the session ${own.toFixed()}.`;
        return [{ key: `${instrument.symbol} ${there.minus(own).toFixed()}`, text }];
      }
      const held = theirs.find((position) => position.symbol === instrument.symbol)?.quantity ?? new Decimal(0);
      const ours = trader.portfolio.quantity[slot]!;
      const difference = held.minus(fromUnits(ours, quantityDp));
      if (difference.isZero()) return [];
      const text = `${instrument.symbol}: ${venue.name} holds ${held.toFixed()}, the session ${fromUnits(ours, quantityDp).toFixed()}.`;
      return [{ key: `${instrument.symbol} ${difference.toFixed()}`, text }];
    });
  }

  async #balances(): Promise<BalanceDifference[]> {
    const { trader, venue, threshold } = this.#parts;
    const { currency } = trader.portfolio;
    const theirs = (await venue.balances()).find((balance) => balance.currency === currency)?.total;
    const ours = trader.portfolio.balance();
    if (theirs === undefined) return [];
    const difference = theirs.minus(ours);
    if (difference.isZero() || difference.abs().lt(threshold.times(Decimal.max(theirs.abs(), 1)))) return [];
    const text = `${currency}: ${venue.name} has ${theirs.toFixed()}, the session ${ours.toFixed()}.`;
    return [{ currency, difference: difference.toFixed(), text }];
  }
}

function describe({ side, quantity, symbol, type, status }: VenueOrder): string {
  return `${side} ${quantity.toFixed()} ${symbol} ${type}, ${status}`;
}

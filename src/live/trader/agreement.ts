import { Decimal, type EpochMs, fromUnits } from "../../core/index.js";
import { LabError } from "../../errors/index.js";
import type { StoredFlag } from "../../state/index.js";
import { coinsOf } from "./coins.js";
import type { ConnectedVenue, TraderClock } from "./contracts.js";
import type { Observation } from "./observation.js";
import type { PreparedSession } from "./prepare.js";
import { Reconciler, type Reconciliation } from "./reconcile.js";
import { storesOwner } from "./stores-owner.js";
import type { LiveTrader } from "./trader.js";
import type { StoresOwner, VenueStores } from "./venue-stores.js";

/** What keeping state and venue in agreement needs. */
export interface AgreementParts {
  readonly run: string;
  readonly trader: LiveTrader;
  /** Difference of a balance, as a fraction, from which it is told. */
  readonly threshold: Decimal;
  /** Where the connector keeps orders whose fate it finds out by itself. */
  readonly stores: VenueStores | undefined;
  /** Its backtest's instruments, its writer, and what an operator or an earlier session has left in the state file. */
  readonly prepared: PreparedSession;
  readonly connected: ConnectedVenue;
  readonly observation: Observation;
  readonly clock: TraderClock;
  readonly now: () => EpochMs;
  readonly isRunning: () => boolean;
}

/** Keeps a session and its venue in agreement: entries wait while they are not. */
export class Agreement {
  /** Entries wait for the venue and the state to agree: from the start, before they are compared for the first time. */
  blocked = true;
  /** The strategy may only leave, by an operator's word or because the session is being stopped: agreeing does not change that. */
  disabled: boolean;
  /** When they last agreed, 0 for never; by the session's clock. */
  agreedAt: EpochMs = 0;
  /** What it works with; withdrawing works with the same. */
  readonly parts: AgreementParts;
  readonly #reconciler: Reconciler;
  readonly #problems = new Lasting();
  readonly #balances = new Lasting();
  readonly #contradictions = new Lasting();
  readonly #open = new Lasting();
  #looking: Promise<void> | undefined;
  #restored: boolean;
  /** What differs and an operator has accepted. */
  #accepted: readonly string[];
  /** Why entries wait, while they do. */
  #why: readonly string[];
  #unblocked: Promise<void> = Promise.resolve();
  #release: () => void = () => {};

  constructor(parts: AgreementParts) {
    this.parts = parts;
    const { prepared, connected } = parts;
    this.#reconciler = new Reconciler({
      ...parts,
      prepared: prepared.backtest,
      venue: connected.venue,
      since: prepared.since,
    });
    this.#restored = parts.prepared.restored;
    this.disabled = parts.prepared.disabled;
    this.#accepted = parts.prepared.confirmed;
    this.#why = [`It has not been compared with ${parts.connected.venue.name} yet.`];
  }

  /**
   * The first comparison of a session: entries leave if the two agree.
   * @param confirmed - they leave all the same, with the venue's positions taken over: an operator has said so beforehand.
   */
  async begin(confirmed: boolean): Promise<void> {
    if (this.#mayTrade(await this.compare())) return this.unblock();
    if (!confirmed) return this.block();
    try {
      await this.confirm();
    } catch (error) {
      // It goes on without entries, until what is left is gone or an operator has looked.
      if (!(error instanceof LabError && error.code === "SESSION_BLOCKED")) throw error;
      this.parts.observation.log.write("warning", error.code, error.message);
    }
  }

  /** Before anything is compared: nothing is entered, whatever the connector has found out and whatever an operator orders meanwhile. */
  hold(settled: StoresOwner["settled"]): void {
    const { stores, prepared, trader, observation } = this.parts;
    const { kind } = prepared.backtest.instruments[0]!.instrument;
    this.#wait();
    stores?.bind(prepared.writer, storesOwner(kind, observation, settled));
    for (const request of stores?.unsettled() ?? []) trader.account.lost(request);
  }

  /**
   * The venue is right, says an operator: its positions are booked as the session's, orders of before that the state does not know are accepted from now on, and entries
   * leave. Nothing else is accepted: positions that differ all the same, an order that stands at the venue as another than was sent, one that is still being looked for.
   * @throws LabError `SESSION_BLOCKED` with what is left, and what the venue's queries throw.
   */
  async confirm(): Promise<void> {
    await this.adopt();
    const { problems, keys, unknown, open } = await this.afresh();
    const left = [...problems.filter((_, i) => !unknown.includes(keys[i]!)), ...open.map(beingLookedFor)];
    if (left.length > 0) {
      this.block();
      throw new LabError("SESSION_BLOCKED", `The session and its venue still do not agree: ${left.join(" ")}`, {
        details: { problems: left },
      });
    }
    this.#accepted = unknown;
    this.unblock([{ name: "confirmed", value: [...unknown] }]);
  }

  /** Why entries wait, a sentence each; nothing while they do not. */
  get why(): readonly string[] {
    return this.blocked ? this.#why : [];
  }

  /** Resolves once entries leave; at once while they do. */
  get unblocked(): Promise<void> {
    return this.#unblocked;
  }

  /** Entries wait from now on. The strategy is not told: that is for an operator's word. */
  #wait(): void {
    this.parts.trader.process({ type: "trading", enabled: false, waits: true, time: this.parts.now() });
    this.#unblocked = new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  /** What differs and no operator has accepted. Only orders that the state does not know can have been accepted: a position that differs never is. */
  unaccepted({ problems, keys, unknown }: Reconciliation): readonly string[] {
    return problems.filter((_, i) => !(unknown.includes(keys[i]!) && this.#accepted.includes(keys[i]!)));
  }

  #mayTrade(found: Reconciliation): boolean {
    return found.open.length === 0 && this.unaccepted(found).length === 0;
  }

  /** Compares, and blocks or unblocks entries by what was found. It throws what the venue's queries throw. */
  async look(): Promise<Reconciliation> {
    const found = await this.compare();
    if (!this.#mayTrade(found)) this.block();
    else if (this.blocked) this.unblock();
    return found;
  }

  /** The same for an operator, who has seen something: the comparison begins now, not before what he has seen. It throws what the venue's queries throw. */
  async lookAfresh(): Promise<Reconciliation> {
    await this.#reconciler.idle();
    return this.look();
  }

  /** Looks, when somebody has time: whoever comes across something meanwhile is answered by the same look. It never rejects. */
  later(): Promise<void> {
    this.#looking ??= this.#lookLater().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #lookLater(): Promise<void> {
    try {
      await this.look();
    } catch (error) {
      this.parts.observation.log.write(
        "warning",
        "RECONCILE_FAILED",
        `The venue could not be asked: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  /** Compares after the comparison under way, if one is: it may have looked before what has changed now. It never rejects. */
  async again(): Promise<void> {
    await this.#looking;
    await this.#reconciler.idle();
    if (this.parts.isRunning()) await this.later();
  }

  /** The same for who needs to know: the comparison begins now. It throws what the venue's queries throw. */
  async afresh(): Promise<Reconciliation> {
    await this.#reconciler.idle();
    return this.compare();
  }

  /** Compares now, and says what differs. It throws what the venue's queries throw. */
  async compare(): Promise<Reconciliation> {
    const found = await this.#reconciler.run();
    this.parts.observation.metrics.count("tesserlab_reconciles_total", { outcome: found.agreed ? "agreed" : "mismatch" });
    this.#why = [...found.problems, ...found.open.map(beingLookedFor)];
    this.parts.observation.log.write("debug", "RECONCILE", `The session and its venue ${found.agreed ? "agree" : "differ"}`, { found });
    if (found.agreed) this.agreedAt = this.parts.clock.now();
    this.#alert(found);
    if (this.parts.isRunning())
      await this.parts.prepared.writer.commit({ lines: [{ kind: "reconcile", time: this.parts.now(), payload: found }] });
    return found;
  }

  /** Only what reduces positions leaves. */
  block(): void {
    if (this.blocked) return;
    this.blocked = true;
    this.#wait();
  }

  /** Entries leave again. */
  unblock(flags: readonly StoredFlag[] = []): void {
    this.blocked = false;
    this.#release();
    this.parts.trader.process(
      { type: "trading", enabled: !this.disabled, time: this.parts.now() },
      { flags: this.#restored ? [...flags, { name: "restored", value: null }] : flags },
    );
    this.#restored = false;
  }

  /** Takes the venue's positions over. */
  async adopt(): Promise<void> {
    const { trader } = this.parts;
    const { venue } = this.parts.connected;
    const { instruments } = this.parts.prepared.backtest;
    const theirs = await venue.positions();
    const coins = await coinsOf(venue, instruments);
    const positions = instruments.flatMap(({ instrument, quantityDp, priceDp, lot }, slot) => {
      if (instrument.kind === "spot") {
        // Coins are no positions: the session's stays what it is as far as its coins are there.
        const quantity = trader.portfolio.quantity[slot]!;
        const own = fromUnits(quantity, quantityDp);
        const there = coins.take(instrument.base, own);
        return [{ slot, quantity: there.gte(own) ? quantity : there.div(instrument.lotSize).floor().toNumber() * lot, price: 0 }];
      }
      const position = theirs.find((one) => one.symbol === instrument.symbol);
      // What is not listed is flat.
      if (position === undefined) return [];
      const units = (value: Decimal, dp: number): number => value.times(new Decimal(10).pow(dp)).toDecimalPlaces(0).toNumber();
      return [
        {
          slot,
          quantity: units(position.quantity, quantityDp),
          price: units(position.averageEntry ?? position.markPrice ?? new Decimal(0), priceDp),
          ...(position.averageEntry === undefined ? {} : { average: position.averageEntry.toFixed() }),
        },
      ];
    });
    trader.process({ type: "account", time: this.parts.now(), positions });
  }

  /** Says what differs, each thing once for as long as it lasts. */
  #alert({ problems, keys, contradictions, balances, open }: Reconciliation): void {
    const { alerts } = this.parts.observation;
    const against = this.#contradictions.news(contradictions);
    if (against.length > 0) alerts.raise("duplicateId", "critical", "An order is not what was sent", against.join(" "));
    for (const { text } of this.#balances.news(balances, ({ currency, difference }) => `${currency} ${difference}`))
      alerts.raise("reconcileMismatch", "warning", "Balances differ", text);
    const left = this.#open.news(open);
    if (left.length > 0) {
      const text = `${left.map(beingLookedFor).join(" ")} No entries until that is known.`;
      alerts.raise("reconcileMismatch", "warning", "What became of orders is not known", text);
    }
    const news = this.#problems.news(
      problems.map((text, i) => ({ key: keys[i]!, text })),
      ({ key }) => key,
    );
    if (news.length === 0) return;
    const text = `${news.map((one) => one.text).join(" ")} No entries until they do, or an operator confirms.`;
    alerts.raise("reconcileMismatch", "critical", "The session and its venue do not agree", text);
  }
}

function beingLookedFor(id: string): string {
  return `Order ${id} was on its way when the session went away: the venue is being asked whether it landed.`;
}

/** What lasts is news once; what comes again after it was over is news again. */
class Lasting {
  #said: ReadonlySet<string> = new Set();

  /** @param key - what makes it the same thing; its text unless given. */
  news<T>(now: readonly T[], key: (one: T) => string = String): readonly T[] {
    const before = this.#said;
    this.#said = new Set(now.map(key));
    return now.filter((one) => !before.has(key(one)));
  }
}

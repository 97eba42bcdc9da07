import { Decimal, type EpochMs } from "../../core/index.js";
import type { SessionBatch, StoredFlag } from "../../state/index.js";
import type { ConnectedVenue, TraderClock } from "./contracts.js";
import type { Observation } from "./observation.js";
import type { PreparedSession } from "./prepare.js";
import { Reconciler, type Reconciliation } from "./reconcile.js";
import type { LiveTrader } from "./trader.js";
import type { VenueStores } from "./venue-stores.js";

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
  readonly #parts: AgreementParts;
  readonly #reconciler: Reconciler;
  readonly #problems = new Lasting();
  readonly #balances = new Lasting();
  readonly #contradictions = new Lasting();
  #restored: boolean;
  /** What differs and an operator has accepted. */
  #accepted: readonly string[];

  constructor(parts: AgreementParts) {
    this.#parts = parts;
    const { prepared, clock, connected } = parts;
    this.#reconciler = new Reconciler({
      ...parts,
      prepared: prepared.backtest,
      venue: connected.venue,
      since: prepared.since,
      sleep: (ms) => clock.sleep(ms),
    });
    this.#restored = parts.prepared.restored;
    this.disabled = parts.prepared.disabled;
    this.#accepted = parts.prepared.confirmed;
  }

  /**
   * The first comparison of a session: entries leave if the two agree.
   * @param confirmed - they leave all the same, with the venue's positions taken over: an operator has said so beforehand.
   */
  async begin(confirmed: boolean): Promise<void> {
    this.#enable(false);
    const found = await this.compare();
    if (this.#mayTrade(found)) this.unblock();
    else if (confirmed) await this.confirm();
  }

  /**
   * The venue is right, says an operator: its positions are taken over and entries leave. What still differs afterwards, such as orders of before that the state does not
   * know, is accepted from now on. It throws what the venue's queries throw.
   */
  async confirm(): Promise<void> {
    await this.adopt();
    const { keys, contradictions } = await this.compare();
    // An order that stands at the venue as another than was sent is never accepted.
    this.#accepted = keys.filter((key) => !contradictions.includes(key));
    this.unblock([{ name: "confirmed", value: [...this.#accepted] }]);
  }

  #mayTrade({ agreed, open, keys }: Reconciliation): boolean {
    return agreed || (open.length === 0 && keys.every((key) => this.#accepted.includes(key)));
  }

  /** Compares, and blocks or unblocks entries by what was found. It throws what the venue's queries throw. */
  async look(): Promise<Reconciliation> {
    const found = await this.compare();
    if (!this.#mayTrade(found)) this.block();
    else if (this.blocked) this.unblock();
    return found;
  }

  /** Looks, when somebody has time. It never rejects. */
  async later(): Promise<void> {
    try {
      await this.look();
    } catch (error) {
      this.#parts.observation.log.write(
        "warning",
        "RECONCILE_FAILED",
        `The venue could not be asked: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  /** Compares after the comparison under way, if one is: it may have looked before what has changed now. It never rejects. */
  async again(): Promise<void> {
    await this.#reconciler.idle();
    if (this.#parts.isRunning()) await this.later();
  }

  /** The same for who needs to know: the comparison begins now. It throws what the venue's queries throw. */
  async afresh(): Promise<Reconciliation> {
    await this.#reconciler.idle();
    return this.compare();
  }

  /** Compares now, and says what differs. It throws what the venue's queries throw. */
  async compare(): Promise<Reconciliation> {
    const found = await this.#reconciler.run();
    this.#parts.observation.metrics.count("tesserlab_reconciles_total", { outcome: found.agreed ? "agreed" : "mismatch" });
    if (found.agreed) this.agreedAt = this.#parts.clock.now();
    this.#alert(found);
    if (this.#parts.isRunning())
      await this.#parts.prepared.writer.commit({ lines: [{ kind: "reconcile", time: this.#parts.now(), payload: found }] });
    return found;
  }

  /** Only what reduces positions leaves. */
  block(): void {
    if (this.blocked) return;
    this.blocked = true;
    this.#enable(false);
  }

  #enable(enabled: boolean, more: SessionBatch = {}): void {
    this.#parts.trader.process({ type: "trading", enabled, time: this.#parts.now() }, more);
  }

  /** Entries leave again. */
  unblock(flags: readonly StoredFlag[] = []): void {
    this.blocked = false;
    this.#enable(!this.disabled, { flags: this.#restored ? [...flags, { name: "restored", value: null }] : flags });
    this.#restored = false;
  }

  /** Takes the venue's positions over. */
  async adopt(): Promise<void> {
    const theirs = await this.#parts.connected.venue.positions();
    const positions = this.#parts.prepared.backtest.instruments.flatMap(({ instrument, quantityDp, priceDp }, slot) => {
      const position = theirs.find((one) => one.symbol === instrument.symbol);
      if (position === undefined) return [];
      const units = (value: Decimal, dp: number): number => value.times(new Decimal(10).pow(dp)).toDecimalPlaces(0).toNumber();
      return [
        {
          slot,
          quantity: units(position.quantity, quantityDp),
          price: units(position.averageEntry ?? position.markPrice ?? new Decimal(0), priceDp),
        },
      ];
    });
    this.#parts.trader.process({ type: "account", time: this.#parts.now(), positions });
  }

  /** Says what differs, each thing once for as long as it lasts. */
  #alert({ problems, keys, contradictions, balances }: Reconciliation): void {
    const { alerts } = this.#parts.observation;
    const against = this.#contradictions.news(contradictions);
    if (against.length > 0) alerts.raise("duplicateId", "critical", "An order is not what was sent", against.join(" "));
    for (const { text } of this.#balances.news(balances, ({ currency, difference }) => `${currency} ${difference}`))
      alerts.raise("reconcileMismatch", "warning", "Balances differ", text);
    const news = this.#problems.news(
      problems.map((text, i) => ({ key: keys[i]!, text })),
      ({ key }) => key,
    );
    if (news.length === 0) return;
    const text = `${news.map((one) => one.text).join(" ")} No entries until they do, or an operator confirms.`;
    alerts.raise("reconcileMismatch", "critical", "The session and its venue do not agree", text);
  }
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

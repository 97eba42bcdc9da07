import { fromUnits, ROLE, STATUS, STATUS_NAMES, TYPE, type WorkingOrder } from "../../core/index.js";
import { clientOrderId } from "../../engine/index.js";
import { LabError } from "../../errors/index.js";
import type { Agreement, AgreementParts } from "./agreement.js";
import { orderNumber } from "./requests.js";

/** How long withdrawing is given: what takes longer is told instead. */
const WITHDRAW_MS = 30_000;
/** How often it is looked at. */
const LOOK_MS = 50;
/** Looks after which what still stands is asked for again, and after which the venue is asked what it knows. */
const ASK_AGAIN = 20;
const COMPARE = 100;
/** Looks at what a failed session left, with a cancel after each. */
const LAST_LOOKS = 20;

/**
 * Takes a session out of the market: nothing is entered any more and what enters is taken back; with `closePositions` everything is closed and nothing of it is left to
 * work. A cancel that is on its way may still meet a fill, which makes an exit, so that this goes on until no order is left on either side, by the venue's own word.
 * @param closePositions - close what is held, too; else positions stay with their protective orders.
 * @param settled - resolves once everything asked for has been answered and written down.
 * @returns what could not be taken out in time, a sentence each; nothing if the session is out.
 */
export async function withdraw(agreement: Agreement, closePositions: boolean, settled: () => Promise<void>): Promise<readonly string[]> {
  const { trader, connected, now, isRunning } = agreement.parts;
  const withdrawal = new Withdrawal(agreement, closePositions);
  trader.process({ type: "trading", enabled: false, time: now() });
  withdrawal.begin();
  const left = await inTime(withdrawal.run(settled), () => {
    withdrawal.isLate = true;
    const known = withdrawal.remaining();
    return known.length > 0 ? known : [`${connected.venue.name} has not answered`];
  });
  return isRunning() ? left : [];
}

/** What is found in time, or what is to be said of it when its time is over. */
async function inTime(found: Promise<readonly string[]>, late: () => readonly string[]): Promise<readonly string[]> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<readonly string[]>((resolve) => {
    timer = setTimeout(() => resolve(late()), WITHDRAW_MS);
  });
  try {
    return await Promise.race([found, over]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Takes back what enters straight at the venue, for a session whose engine has failed in the middle of an event: it stands where nobody can say and is not asked any more,
 * and nobody would watch over what those orders buy. What became of them is found out by the next start.
 * @returns what may be left, a sentence each.
 */
export async function takeBackEntries({ run, trader, connected, clock }: AgreementParts): Promise<readonly string[]> {
  const { venue } = connected;
  const cancelled = async (): Promise<readonly string[]> => {
    // What is on its way may still land.
    await trader.idle();
    for (let look = 1; ; look++) {
      const theirs = (await venue.orders()).filter(({ clientOrderId: id }) => orderNumber(run, id) !== undefined && id.endsWith("-entry"));
      if (theirs.length === 0) return [];
      if (look > LAST_LOOKS) return theirs.map(({ clientOrderId: id, status }) => `order ${id}, ${status} at ${venue.name}`);
      for (const { symbol, clientOrderId: id } of theirs) await venue.cancel(symbol, id);
      await clock.sleep(LOOK_MS);
    }
  };
  return inTime(
    cancelled().catch((error: unknown) => [notAsked(venue.name, error)]),
    () => [`${venue.name} has not answered`],
  );
}

/** What is said of a venue that could not be asked. */
function notAsked(venue: string, error: unknown): string {
  return `${venue} could not be asked: ${error instanceof Error ? error.message : String(error)}`;
}

/** Why a session that was stopped has left something behind, and what. */
export function incomplete(id: string, venue: string, left: readonly string[]): LabError {
  return new LabError(
    "STOP_INCOMPLETE",
    `Session ${id} has ended, but is not out of ${venue}: ${left.join("; ")}. Look there: nobody watches it until the session is started again on the same state file.`,
    { details: { session: id, left: [...left] } },
  );
}

/** One way out of the market. */
class Withdrawal {
  /** Its time is over: nothing more is asked for. */
  isLate = false;
  /** Whether the venue has said twice what waiting does not change. */
  #isLasting = false;
  readonly #agreement: Agreement;
  readonly #parts: AgreementParts;
  readonly #closePositions: boolean;
  #problems = "";

  constructor(agreement: Agreement, closePositions: boolean) {
    this.#agreement = agreement;
    this.#parts = agreement.parts;
    this.#closePositions = closePositions;
  }

  begin(): void {
    const { trader, now } = this.#parts;
    trader.command({ type: "cancelEntries" }, now());
    if (this.#closePositions) trader.command("closePositions", now());
  }

  /** Looks and asks again until it is out. @returns what is left, a sentence each. */
  async run(settled: () => Promise<void>): Promise<readonly string[]> {
    const { clock, isRunning } = this.#parts;
    const until = clock.now() + WITHDRAW_MS;
    let left: readonly string[] = [];
    for (let look = 1; look <= WITHDRAW_MS / LOOK_MS && isRunning() && !this.isLate; look++) {
      await settled();
      left = this.remaining();
      if (left.length === 0) {
        const said = await this.#confirm();
        // While the venue was asked, something it told of may have come.
        left = said.length === 0 ? this.remaining() : said;
        if (left.length === 0 || this.#isLasting) break;
      } else if (look % COMPARE === 0) await this.#agreement.later();
      else if (look % ASK_AGAIN === 0) this.#again(look > WITHDRAW_MS / LOOK_MS / 2);
      if (clock.now() >= until) break;
      await clock.sleep(LOOK_MS);
    }
    return left;
  }

  /** Asks again for what was refused or given up. @param late - a strategy's own way of closing has had its time. */
  #again(late: boolean): void {
    const { trader, now } = this.#parts;
    const { desks } = trader.engine.orders;
    const enters = desks.some((desk) => desk.isEntering || desk.leaving.some(({ role }) => role === ROLE.entry));
    if (enters) trader.command({ type: "cancelEntries" }, now());
    if (!this.#closePositions) return;
    // A symbol at a time: with a filter the engine closes by itself.
    for (const [slot, quantity] of trader.portfolio.quantity.entries()) {
      const filter = { symbol: trader.symbols[slot]! };
      const leaves = desks.some((desk) => desk.slot === slot && (desk.exits.length > 0 || desk.leaveJob !== null));
      if (quantity === 0) trader.command({ type: "cancelOrders", filter }, now());
      else if (!leaves || late) trader.command({ type: "closePositions", filter }, now());
    }
  }

  /** What the session knows to be in the market that should not be. */
  remaining(): readonly string[] {
    const { trader } = this.#parts;
    const orders = trader.openOrders().filter((order) => this.#closePositions || isPassing(order));
    const entering = trader.engine.orders.desks.filter((desk) => desk.job !== null && desk.job.orders.length === 0);
    return [
      ...(this.#closePositions ? this.#held() : []),
      ...orders.map((order) => this.#describe(order)),
      ...entering.map(({ slot }) => `an algorithm that enters ${trader.symbols[slot]}`),
    ];
  }

  #held(): readonly string[] {
    const { trader } = this.#parts;
    return [...trader.portfolio.quantity.entries()].flatMap(([slot, units]) => {
      if (units === 0) return [];
      const { instrument, quantityDp } = trader.portfolio.instruments[slot]!;
      return [`a position of ${fromUnits(units, quantityDp).toFixed()} ${instrument.symbol}`];
    });
  }

  #describe(order: WorkingOrder): string {
    const { run, trader } = this.#parts;
    const { instrument, quantityDp } = trader.portfolio.instruments[order.slot]!;
    const quantity = fromUnits(order.remaining, quantityDp).toFixed();
    const state = order.status === STATUS.cancelling ? "its cancel is not confirmed" : STATUS_NAMES[order.status]!;
    return `order ${clientOrderId(run, order)} (${order.direction > 0 ? "buy" : "sell"} ${quantity} ${instrument.symbol}, ${state})`;
  }

  /** What the venue says is still there, once the session knows of nothing. */
  async #confirm(): Promise<readonly string[]> {
    const { run, connected } = this.#parts;
    const { venue } = connected;
    try {
      if (this.#closePositions) {
        const found = await this.#agreement.afresh();
        const { open } = found;
        const problems = this.#agreement.unaccepted(found);
        const text = JSON.stringify(problems);
        this.#isLasting = problems.length > 0 && text === this.#problems;
        this.#problems = text;
        if (problems.length + open.length > 0)
          return [...problems, ...open.map((id) => `order ${id}, of which nobody knows whether it landed`)];
      }
      const theirs = (await venue.orders()).filter(
        ({ clientOrderId: id }) => orderNumber(run, id) !== undefined && (this.#closePositions || id.endsWith("-entry")),
      );
      for (const { symbol, clientOrderId: id } of theirs) await venue.cancel(symbol, id);
      return theirs.map(({ clientOrderId: id, status }) => `order ${id}, ${status} at ${venue.name}`);
    } catch (error) {
      return [notAsked(venue.name, error)];
    }
  }
}

/** Whether an order must not outlive a session that keeps its positions: one that enters, or leaves at once. */
function isPassing({ role, type }: WorkingOrder): boolean {
  return role === ROLE.entry || (type === TYPE.market && role !== ROLE.stopLoss && role !== ROLE.takeProfit);
}

import { randomUUID } from "node:crypto";
import type { AccountEvent, Balance, LinkState, Position, Venue, VenueExecution, VenueOrder } from "../core/index.js";
import { emit, inNotebook } from "../display/index.js";
import { LabError, unknownName } from "../errors/index.js";
import { section } from "./rules/section.js";
import { type AccountFacts, accountOf, accountParts, venueTitle } from "./rules/venue.js";

/** How a panel behaves. */
export interface WatchOptions {
  /** Milliseconds between two paintings at least; 250 unless given. */
  readonly everyMs?: number;
}

/** A panel that follows an account. */
export interface VenueWatch {
  /** The account as the panel knows it. */
  readonly account: AccountFacts;
  /** Paints it a last time, as the venue tells it then, and stops following. */
  close(): Promise<void>;
}

/** Orders that are over are shown for a while: as many of them. */
const FINISHED = 5;

/** The account, kept up to date by what its venue tells. */
class Account implements AccountFacts {
  #orders = new Map<string, VenueOrder>();
  #positions = new Map<string, Position>();
  balances: readonly Balance[] = [];
  readonly executions: VenueExecution[] = [];
  link: LinkState = "healthy";

  /** Takes what the venue answers; orders that are over stay. */
  reset({ orders, positions, balances }: AccountFacts): void {
    const over = [...this.#orders].filter(([, order]) => FINAL.has(order.status));
    this.#orders = new Map([...over, ...orders.map((order) => [order.venueOrderId, order] as const)]);
    this.#positions = new Map(positions.map((position) => [position.symbol, position]));
    this.balances = balances;
  }

  take(event: AccountEvent): void {
    if (event.type === "order") this.#orders.set(event.order.venueOrderId, event.order);
    else if (event.type === "execution") this.executions.push(event.execution);
    else if (event.type === "position") this.#positions.set(event.position.symbol, event.position);
    else if (event.type === "balance") {
      const told = new Map([...this.balances, ...event.balances].map((balance) => [balance.currency, balance]));
      this.balances = [...told.values()];
    } else this.link = event.state;
  }

  get orders(): readonly VenueOrder[] {
    const all = [...this.#orders.values()];
    const over = all.filter(({ status }) => FINAL.has(status));
    for (const { venueOrderId } of over.slice(0, -FINISHED)) this.#orders.delete(venueOrderId);
    return [...this.#orders.values()];
  }

  get positions(): readonly Position[] {
    return [...this.#positions.values()];
  }
}

const FINAL: ReadonlySet<string> = new Set(["filled", "cancelled", "rejected"]);

/**
 * Shows orders, positions, last fills and balances of a venue in this cell and keeps them up to date while later cells trade, from what the venue tells by itself: nothing is asked again and
 * again. In a terminal it prints once now and once when it is closed.
 * @example const panel = await watch(venue); … await panel.close()
 * @throws LabError `OPTION_UNKNOWN`, `OPTION_INVALID`, and what the venue throws when it is asked.
 */
export async function watch(venue: Venue, options: WatchOptions = {}): Promise<VenueWatch> {
  for (const key of Object.keys(options)) if (key !== "everyMs") throw unknownName("OPTION_UNKNOWN", "watch option", key, ["everyMs"]);
  const { everyMs = 250 } = options;
  if (!(Number.isFinite(everyMs) && everyMs >= 0))
    throw new LabError("OPTION_INVALID", `everyMs must be milliseconds from 0, got ${String(everyMs)}.`);
  const id = randomUUID();
  const account = new Account();
  let timer: NodeJS.Timeout | undefined;
  let painted = Promise.resolve();
  const paint = (update: boolean): Promise<void> => {
    painted = painted.then(async () => {
      const link = account.link === "healthy" ? "" : `, link ${account.link}`;
      emit(await section(`${venueTitle(venue)}${link}`, accountParts(account, account.executions)), { id, update });
    });
    return painted;
  };
  const soon = (): void => {
    if (!inNotebook()) return;
    timer ??= setTimeout(() => {
      timer = undefined;
      void paint(true);
    }, everyMs);
  };
  // Listening begins before asking: what is told meanwhile is not lost, and what is told later is newer.
  const early: AccountEvent[] = [];
  let asked = false;
  const stop = venue.subscribe((event) => {
    if (!asked) early.push(event);
    else account.take(event);
    if (!asked) return;
    // After a gap the venue tells orders and fills that were missed, not every position: those are asked for.
    if (event.type === "link" && event.state === "healthy")
      accountOf(venue).then(
        (facts) => {
          account.reset(facts);
          soon();
        },
        () => undefined,
      );
    soon();
  });
  try {
    account.reset(await accountOf(venue));
  } catch (error) {
    stop();
    throw error;
  }
  for (const event of early) account.take(event);
  asked = true;
  await paint(false);
  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    stop();
    clearTimeout(timer);
    // A venue that was closed first leaves what was known.
    const last = await accountOf(venue).catch(() => undefined);
    if (last !== undefined) account.reset(last);
    await paint(inNotebook());
  };
  return {
    get account() {
      return { orders: account.orders, positions: account.positions, balances: account.balances };
    },
    close: () => (closed ??= close()),
  };
}

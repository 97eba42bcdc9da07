import type { Breaker, OrderOutcome, Venue, VenueFailure } from "../../core/index.js";
import { LabError, unknownName } from "../../errors/index.js";
import { type BreakerOptions, CircuitBreaker } from "../../resilience/index.js";
import { unknownOutcome, wrongOutcome } from "./answers.js";

/** A venue as somebody writes it: everything of the contract, a circuit breaker only if it brings its own. */
export type CustomVenue = Omit<Venue, "breaker"> & { readonly breaker?: Breaker };

/** How {@link defineVenue} guards it. */
export interface DefineVenueOptions {
  /** Settings of the breaker it is given; 5 failures in a row, 30 s, 3 trials unless said otherwise. */
  readonly breaker?: BreakerOptions;
}

const METHODS = [
  "connect",
  "close",
  "instruments",
  "place",
  "amend",
  "cancel",
  "cancelAll",
  "orders",
  "order",
  "executions",
  "positions",
  "balances",
  "setLeverage",
  "subscribe",
] as const satisfies readonly (keyof Venue)[];

/** Failures that say that the other side is in trouble; any other is an answer. */
const TROUBLE: ReadonlySet<string> = new Set(["TIMEOUT", "NOT_CONNECTED", "RATE_LIMITED", "OUTCOME_UNKNOWN"]);

/**
 * Makes a venue of an object that has the methods of the contract `Venue`. Missing ones are named at once. What it answers to an order is checked: an answer that is none, or an
 * error it throws, becomes the outcome `OUTCOME_UNKNOWN`, which is reconciled and never sent again blindly. Its requests go through a circuit breaker, unless it brings one; while
 * that is open, orders are answered `BREAKER_OPEN`; questions and `cancelAll` throw it. Prove it with the cases of `tesserlab/venues/conformance`.
 * @example const mine = defineVenue({ name: "mine", connect, close, instruments, place, amend, cancel, cancelAll, orders, order, executions, positions, balances, setLeverage, subscribe })
 * @throws LabError `VENUE_INVALID` naming what is missing; `OPTION_UNKNOWN`, `RESILIENCE_OPTION`.
 */
export function defineVenue(implementation: CustomVenue, options: DefineVenueOptions = {}): Venue {
  assertVenue(implementation);
  for (const key of Object.keys(options))
    if (key !== "breaker") throw unknownName("OPTION_UNKNOWN", "defineVenue option", key, ["breaker"]);
  const own = implementation.breaker;
  if (own !== undefined && options.breaker !== undefined)
    throw new LabError(
      "VENUE_INVALID",
      `${implementation.name} brings its own breaker, so options.breaker would have no effect: leave one out.`,
    );
  const breaker = own === undefined ? new CircuitBreaker({ name: implementation.name, ...options.breaker }) : undefined;
  return Object.freeze(guarded(implementation, breaker));
}

function assertVenue(candidate: CustomVenue): void {
  if (typeof candidate !== "object" || candidate === null)
    throw new LabError(
      "VENUE_INVALID",
      `defineVenue needs an object with the methods of a venue, got ${candidate === null ? "null" : typeof candidate}.`,
    );
  const { name, breaker } = candidate;
  if (typeof name !== "string" || !/^[a-z0-9][a-z0-9-]*$/.test(name))
    throw new LabError("VENUE_INVALID", `A venue's name is of a-z, 0-9 and -, as in "bybit-testnet"; got ${JSON.stringify(name)}.`, {
      details: { name },
    });
  const missing = METHODS.filter((method) => typeof candidate[method] !== "function");
  if (missing.length > 0)
    throw new LabError("VENUE_INVALID", `${name} lacks ${missing.map((method) => `${method}()`).join(", ")} of the contract of venues.`, {
      details: { missing },
    });
  if (
    breaker !== undefined &&
    (typeof breaker.state !== "string" || typeof breaker.metrics !== "function" || typeof breaker.reset !== "function")
  )
    throw new LabError("VENUE_INVALID", `The breaker of ${name} lacks state, metrics() or reset(); leave it out to be given one.`);
}

function guarded(venue: CustomVenue, given: CircuitBreaker | undefined): Venue {
  const { name } = venue;
  /** Sends a command; its outcome is a value whatever happens, except for misuse. */
  const command = async <T extends { readonly ok: boolean }>(
    send: () => Promise<T>,
    wrong: (answer: T) => string | undefined,
  ): Promise<T | VenueFailure> => {
    const permit = given?.tryAcquire();
    if (given !== undefined && permit === undefined)
      return { ok: false, definite: true, code: "BREAKER_OPEN", message: given.refusal().message };
    try {
      const answer = await settled(send, name);
      const why = wrong(answer as T);
      const outcome = why === undefined ? answer : unknownOutcome(name, why);
      if (!outcome.ok && TROUBLE.has((outcome as VenueFailure).code))
        permit?.fail(`${(outcome as VenueFailure).code}: ${(outcome as VenueFailure).message}`);
      else permit?.succeed();
      return outcome;
    } finally {
      permit?.release();
    }
  };
  const ask = <T>(send: () => Promise<T>): Promise<T> => (given === undefined ? send() : given.run(send));
  return {
    name,
    breaker: given ?? venue.breaker!,
    connect: () => venue.connect(),
    close: () => venue.close(),
    instruments: () => ask(() => venue.instruments()),
    place: (request) => command<OrderOutcome>(() => venue.place(request), wrongOutcome),
    amend: (request) => command<OrderOutcome>(() => venue.amend(request), wrongOutcome),
    cancel: (symbol, id) => command<OrderOutcome>(() => venue.cancel(symbol, id), wrongOutcome),
    cancelAll: (symbol) => ask(async () => (await venue.cancelAll(symbol)).map((outcome) => judged(name, outcome))),
    orders: (symbol) => ask(() => venue.orders(symbol)),
    order: (symbol, id) => ask(() => venue.order(symbol, id)),
    executions: (since) => ask(() => venue.executions(since)),
    positions: () => ask(() => venue.positions()),
    balances: () => ask(() => venue.balances()),
    setLeverage: (symbol, leverage) =>
      command<{ readonly ok: true } | VenueFailure>(
        () => venue.setLeverage(symbol, leverage),
        (answer) => (answer?.ok === true ? undefined : wrongOutcome(answer)),
      ),
    subscribe: (listener) => venue.subscribe(listener),
  };
}

function judged(name: string, outcome: OrderOutcome): OrderOutcome {
  const why = wrongOutcome(outcome);
  return why === undefined ? outcome : unknownOutcome(name, why);
}

/** An error that is no misuse of ours leaves the outcome open: the request may have left before it. */
async function settled<T>(send: () => Promise<T>, name: string): Promise<T | VenueFailure> {
  try {
    return await send();
  } catch (error) {
    if (error instanceof LabError) throw error;
    return unknownOutcome(name, `threw ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`);
  }
}

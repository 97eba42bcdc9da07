import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  CandleSeries,
  Decimal,
  type ExecutionHint,
  type InstrumentKind,
  instrument,
  ROLE,
  type ScaledInstrument,
  SeriesBar,
  STATUS,
  type StrategyContext,
  scaleInstrument,
  seededRandom,
} from "../../src/core/index.js";
import { type Command, type EdgeRequest, Engine, type EngineEvent, EVENT, TradeEvent, VenueEdge } from "../../src/engine/index.js";
import { algos, basicRisk, fixed, type RouterConfig, routerConfig } from "../../src/execution/index.js";
import { Portfolio } from "../../src/portfolio/index.js";
import { type Chance, HostileVenue } from "./hostile-venue.js";

const MOST = { order: 12, position: 25 };
const SYMBOLS = { linear: "TESTUSDT", spot: "TESTUSDT", inverse: "TESTUSD" } as const;
const scaledOf = ({ kind, coin }: Market): ScaledInstrument =>
  scaleInstrument(
    instrument({ symbol: SYMBOLS[kind], kind, tickSize: "0.1", lotSize: coin === undefined ? "1" : "0.01", venue: "paper" }),
    1,
  );
/** What is traded, and in which coin buys pay their fees if not in money. */
interface Market {
  readonly kind: InstrumentKind;
  readonly coin?: string;
}
/** Cash units at the start: a million of money, a hundred of coin. */
const CASH = 1_000_000 * 1e8;
const empty = new Float64Array(0);
const none = new CandleSeries({
  ...{ symbol: "TESTUSDT", interval: "1m", priceDp: 1, volumeDp: 0 },
  ...{ time: empty, open: empty, high: empty, low: empty, close: empty, volume: empty },
});

/** Sends, moves and takes back whatever comes to its mind; now and then its code throws or it gives up. The same for the same events. */
const moody = algos.define({
  name: "moody",
  params: { seed: algos.param.whole({ min: 1 }) },
  start: (desk) => ({ n: desk.params.seed }),
  onEvent(desk, state: { n: number }) {
    state.n = (state.n * 48_271) % 2_147_483_647;
    const pick = state.n % 100;
    const [child] = desk.children;
    const price = desk.last ?? 100;
    if (pick < 30) desk.send({ type: "limit", quantity: 1 + (state.n % 7), price, postOnly: pick < 10 });
    else if (pick < 45) desk.send({ type: "market", quantity: 1 + (state.n % 5) });
    else if (pick < 60 && child?.price !== undefined) desk.amend(child, child.price.plus(pick % 2 === 0 ? "0.1" : "-0.1"));
    else if (pick < 70 && child !== undefined) desk.cancel(child);
    else if (pick === 98) desk.finish("expired", "enough");
    else if (pick === 99) throw new Error("a bad day");
  },
});

function hintOf(chance: Chance): ExecutionHint | undefined {
  const hints: readonly (ExecutionHint | undefined)[] = [
    undefined,
    undefined,
    { algorithm: "twap", durationMs: 4_000, slices: 3 },
    { algorithm: "vwap", durationMs: 4_000 },
    { algorithm: "iceberg", displayQuantity: "4" },
    { algorithm: "pegged", offsetBps: "10", clipQuantity: "5", refreshMs: 0 },
    { algorithm: "sniper", triggerPrice: "100", timeoutMs: 3_000 },
    { algorithm: "trailingStop", callbackRate: "0.005" },
    { algorithm: "moody", params: { seed: 1 + Math.floor(chance() * 1_000_000) } },
  ];
  return hints[Math.floor(chance() * hints.length)];
}

/** Strategies that share an account and do what they are told, on a venue that does everything a venue may. */
function world(chance: Chance, market: Market, strategies: number, router: RouterConfig) {
  const { kind, coin } = market;
  const scaled = scaledOf(market);
  const todo: (((desk: StrategyContext) => void) | undefined)[] = [];
  const engine = new Engine({
    portfolio: new Portfolio([scaled], CASH),
    strategy: Array.from({ length: strategies }, (_, i) => ({ id: `s${i}`, strategy: { onTimer: (_, desk) => todo[i]?.(desk) } })),
    sizer: fixed(10),
    risk: basicRisk({ maxOrderQuantity: MOST.order, maxPositionQuantity: MOST.position }),
    bars: [new SeriesBar(none, 0)],
    decides: "events",
    candleOffset: 60_000,
    orders: { brackets: true, pyramiding: 1, reverse: true, latencyBars: 1, router, algorithms: [moody] },
    policies: chance() < 0.3 ? { disconnect: "closePositions" } : {},
  });
  const edge = new VenueEdge({ instruments: [scaled], run: "abcdefghij" });
  const { settlement } = scaled.instrument;
  const most = { order: MOST.order * 10 ** scaled.quantityDp, position: MOST.position * 10 ** scaled.quantityDp };
  const venue = new HostileVenue(edge, chance, { spot: kind === "spot", feeCurrency: settlement, ...(coin === undefined ? {} : { coin }) });
  const { orders, portfolio } = engine;
  const sent = new Set<string>();
  let time = 1_000;

  /** Every order is held against what may leave, as the engine knows things at that moment. */
  const check = (request: EdgeRequest): void => {
    if (request.type !== "place") return;
    const { order } = request;
    const id = request.request.clientOrderId;
    expect(sent.has(id), `${id} is sent once`).toBe(false);
    sent.add(id);
    const desk = orders.deskOf(order);
    expect(Number.isInteger(order.quantity) && order.quantity > 0, `${id} is whole lots`).toBe(true);
    expect(order.quantity, `${id} keeps to the order cap`).toBeLessThanOrEqual(most.order);
    if (kind === "spot" && order.role === ROLE.entry) expect(order.direction, `${id} owes no coins`).toBe(1);
    if (order.role === ROLE.entry) {
      expect(orders.tradingEnabled && !orders.liquidateOnly, `${id} enters while that is allowed`).toBe(true);
      expect(order.reduceOnly).toBe(false);
      const others = orders.open().filter((one) => one !== order && one.role === ROLE.entry && one.direction === order.direction);
      const entering = others.filter((one) => !one.abandoned).reduce((sum, one) => sum + one.remaining, order.quantity);
      const after = Math.abs(portfolio.quantity[0]! + order.direction * entering);
      // Entries of one moment leave together, so that those after it are among the others.
      const later = others.filter(({ id }) => id > order.id).reduce((sum, one) => sum + one.remaining, 0);
      expect(after - later, `${id} keeps to the position limit`).toBeLessThanOrEqual(most.position);
      return;
    }
    expect(order.direction * desk.held, `${id} leaves what is held`).toBeLessThan(0);
    expect(order.quantity, `${id} closes no more than is held`).toBeLessThanOrEqual(Math.abs(desk.held));
    const closing = desk.exits
      .filter((one) => one.status < STATUS.cancelling && one.direction === order.direction)
      .reduce((sum, one) => sum + one.remaining, 0);
    if (order.role === ROLE.exit || order.role === ROLE.reverse)
      expect(closing, `exits beside ${id} close no more than is held`).toBeLessThanOrEqual(Math.abs(desk.held));
    if (strategies === 1) expect(order.reduceOnly, `${id} is reduce-only`).toBe(true);
    else if (!order.reduceOnly)
      expect(portfolio.quantity[0]! * -order.direction, `${id} could not be reduce-only`).toBeLessThan(order.quantity);
  };
  const settle = (): void => {
    for (let request = edge.take(engine.outbox); request !== undefined; request = edge.take(engine.outbox)) {
      check(request);
      venue.ask(request);
    }
  };
  const process = (event: EngineEvent): void => {
    engine.process(event);
    settle();
  };
  return {
    engine,
    edge,
    venue,
    process,
    tell: (): void => {
      for (const event of venue.tell()) process(event);
    },
    say(strategy: number, act: (desk: StrategyContext) => void): void {
      todo[strategy] = act;
      process({ kind: EVENT.timer, time: ++time });
      todo[strategy] = undefined;
    },
    wait(ms: number): void {
      time += ms;
      process({ kind: EVENT.timer, time });
    },
    command: (command: Command): void => process({ kind: EVENT.command, command, time: ++time }),
    trading: (enabled: boolean): void => process({ kind: EVENT.tradingState, enabled, time: ++time }),
    disconnect(): void {
      for (const state of ["reconnecting", "healthy"] as const)
        process({ kind: EVENT.connectivity, venue: "paper", link: "market", state, time: ++time });
    },
    price(units: number): void {
      venue.price = new Decimal(units).div(10);
      const trade = new TradeEvent();
      trade.price = units;
      trade.quantity = 3;
      trade.time = time += 50;
      process(trade);
    },
  };
}

function act(chance: Chance, desk: StrategyContext): void {
  const pick = chance();
  const hint = hintOf(chance);
  const way = hint === undefined ? {} : { hint };
  const quantity = chance() < 0.5 ? {} : { quantity: 1 + Math.floor(chance() * 14) };
  const limit = hint === undefined && chance() < 0.2 ? { limit: "99" } : {};
  const reason = ["TAKE_PROFIT", "TAKE_PROFIT", "STOP_LOSS", "MAX_HOLD"][Math.floor(chance() * 4)]!;
  if (pick < 0.35) desk.enterLong({ ...way, ...quantity, ...limit, ...(chance() < 0.5 ? { stopLoss: "95", takeProfit: "106" } : {}) });
  else if (pick < 0.55) desk.enterShort({ ...way, ...quantity, ...(chance() < 0.5 ? { stopLoss: "105", takeProfit: "94" } : {}) });
  else if (pick < 0.7) desk.exitLong({ ...way, reason });
  else if (pick < 0.85) desk.exitShort({ ...way, reason });
  else desk.flatten({ ...way, reason });
}

function command(chance: Chance, { venue: _, ...w }: ReturnType<typeof world>): void {
  const pick = Math.floor(chance() * 9);
  if (pick === 0) w.command("closePositions");
  else if (pick === 1) w.command({ type: "cancelEntries" });
  else if (pick === 2) w.command({ type: "cancelOrders" });
  else if (pick === 3)
    w.command({ type: "open", symbol: w.engine.portfolio.instruments[0]!.name, side: chance() < 0.5 ? "buy" : "sell", quantity: 4 });
  else if (pick === 4) w.trading(false);
  else if (pick === 5 || pick === 6) w.trading(true);
  else if (pick === 7) w.command({ type: "liquidateOnly", on: chance() < 0.5 });
  else w.disconnect();
}

interface RouterOptions {
  style: "taker" | "maker_entry" | "maker_exit" | "maker_both";
  entryTtlS: 1 | 5;
  exitTtlS: 1 | 5;
  entryMiss: "skip" | "retry" | "market";
  entryRetries: number;
  retryExhaust: "skip" | "market";
  offsetTicks: number;
}
const routers: fc.Arbitrary<RouterOptions> = fc.record({
  style: fc.constantFrom("taker", "maker_entry", "maker_exit", "maker_both"),
  entryTtlS: fc.constantFrom(1, 5),
  exitTtlS: fc.constantFrom(1, 5),
  entryMiss: fc.constantFrom("skip", "retry", "market"),
  entryRetries: fc.integer({ min: 0, max: 2 }),
  retryExhaust: fc.constantFrom("skip", "market"),
  offsetTicks: fc.integer({ min: 0, max: 2 }),
});

/** What is left once everything is closed, against the sum of what was executed: money, or for an inverse contract coin, whose values are rounded once a fill. */
function expectMoney(kind: InstrumentKind, portfolio: Portfolio, { executions }: HostileVenue): void {
  const start = new Decimal(CASH).div(10 ** portfolio.cashDp);
  const gained = executions.reduce((sum, { side, quantity, price, fee, feeCurrency }) => {
    const received = side === "sell" ? quantity : quantity.neg();
    return sum
      .plus(kind === "inverse" ? received.neg().div(price) : received.times(price))
      .minus(feeCurrency === portfolio.currency ? fee : 0);
  }, new Decimal(0));
  const off = portfolio.equity().minus(start).minus(gained).abs();
  expect(off.times(1e12).toNumber(), `cash is off by ${off.toFixed()}`).toBeLessThanOrEqual(kind === "inverse" ? executions.length : 0);
}

const SKIPS = { entryTtlS: 1, exitTtlS: 1, entryRetries: 0, retryExhaust: "skip", offsetTicks: 0 } as const;
/** Cases that were found. */
const EXAMPLES: [seed: number, strategies: number, router: RouterOptions][] = [
  // An operator takes back the exits for which an algorithm's had made way, and closes again before that one has ended.
  [1_994_983_103, 2, { ...SKIPS, style: "maker_entry", entryMiss: "market" }],
  // A stop that has outgrown its size hears again of the size it had.
  [1_426_174_229, 1, { ...SKIPS, style: "taker", entryMiss: "skip" }],
  // A stop and a target both fill; what is bought back of another strategy's coins comes without the fee's.
  [0, 2, { ...SKIPS, style: "taker", entryMiss: "skip" }],
];

describe("algorithms, router, several strategies and an operator on a venue that does everything a venue may", () => {
  test.each<[string, Market, number]>([
    ["linear", { kind: "linear" }, 100],
    ["spot", { kind: "spot" }, 40],
    ["spot, fees in coin", { kind: "spot", coin: "TEST" }, 40],
    ["inverse", { kind: "inverse" }, 40],
  ])("%s: no order breaks a limit, one order to close leaves nothing behind, and the money is right", (_, market, numRuns) => {
    const routes = new Set<string>();
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 }), fc.integer({ min: 1, max: 2 }), routers, (seed, strategies, config) => {
        const chance = seededRandom(seed);
        const w = world(chance, market, strategies, routerConfig(config));
        const { engine, edge, venue } = w;
        const { orders } = engine;
        w.price(1000);
        for (let round = 0; round < 160; round++) {
          const pick = chance();
          if (pick < 0.22) w.say(Math.floor(chance() * strategies), (desk) => act(chance, desk));
          else if (pick < 0.26) command(chance, w);
          else if (pick < 0.32) w.price(990 + Math.floor(chance() * 21));
          else if (pick < 0.38) w.wait(Math.floor(chance() * 2_500));
          else if (pick < 0.5) venue.move();
          else w.tell();
        }
        // Quotes that have just expired, their cancels not answered, are part of it.
        if (chance() < 0.4) w.wait(6_000);
        // The end: nothing may enter, and everything is closed by one command, whatever is on its way.
        w.trading(false);
        if (chance() < 0.3) for (let i = 0; i < strategies; i++) w.say(i, (desk) => desk.flatten({ reason: "KILL_SWITCH" }));
        else w.command({ type: "closePositions", reason: "KILL_SWITCH" });
        if (chance() < 0.5) venue.hostility = 0;
        for (let i = 0; i < 4000 && !venue.quiet; i++) w.tell();
        venue.hostility = 0;
        for (let i = 0; i < 40 && (orders.open().length > 0 || orders.desks.some(({ held }) => held !== 0)); i++) {
          for (let j = 0; j < 4000 && !venue.quiet; j++) w.tell();
          for (const id of edge.waiting()) for (const event of edge.release(id)) w.process(event);
          w.wait(61_000);
        }
        // What fees in coin leave of a lot cannot be sold.
        const left = market.coin === undefined ? 0 : venue.position.mod("0.01").toNumber();
        expect(venue.position.toNumber(), "position at the venue").toBe(left);
        expectMoney(market.kind, engine.portfolio, venue);
        expect(engine.portfolio.quantity[0], "position of the account").toBe(0);
        expect(orders.desks.map(({ held }) => held)).toEqual(orders.desks.map(() => 0));
        expect(
          venue.live().map(({ request }) => request.clientOrderId),
          "orders at the venue",
        ).toEqual([]);
        expect(
          orders.open().map(({ id }) => id),
          "orders of the engine",
        ).toEqual([]);
        expect(orders.desks.map(({ job, leaveJob }) => [job, leaveJob])).toEqual(orders.desks.map(() => [null, null]));
        expect([orders.routing?.active ?? 0, orders.routerSnapshot().working]).toEqual([0, []]);
        for (let row = 0; row < orders.orders.length; row++) routes.add(orders.orders.read(row).route.split(" ")[0]!);
      }),
      { numRuns, examples: EXAMPLES },
    );
    // Every way of sending had its part, so that the property says something of it.
    const ways = ["twap", "vwap", "iceberg", "pegged", "sniper", "trailingStop", "moody", "maker_entry"];
    expect([...routes]).toEqual(expect.arrayContaining(ways));
  });
});

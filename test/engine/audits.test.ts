import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OrderBook, type StrategyContext, seededRandom, type WorkingOrder } from "../../src/core/index.js";
import {
  type AuditRecord,
  AuditStream,
  type EngineEvent,
  EVENT,
  engineState,
  eventOf,
  StateReplica,
  TradeEvent,
} from "../../src/engine/index.js";
import { expectMisuse } from "../misuse.js";
import { HostileVenue } from "./hostile-venue.js";
import { rig, type Through } from "./rig.js";

const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** Feeds an engine through a stream, whose audits it keeps as JSON. */
const into =
  (audits: AuditRecord[], after: (audit: AuditRecord) => void = () => {}): Through =>
  (engine) => {
    const stream = new AuditStream(engine);
    return (event) => {
      const audit = copy(stream.process(event));
      audits.push(audit);
      after(audit);
    };
  };

/** What of an audit came of the event rather than of which requests had left before. */
const outcome = ({ sequence, event, signals, alerts, changes }: AuditRecord): unknown => ({ sequence, event, signals, alerts, changes });

/** Some event that neither orders nor executions cause. */
function something(chance: () => number, time: number): EngineEvent {
  const pick = chance();
  if (pick < 0.5) {
    const price = 900 + Math.floor(chance() * 200);
    return Object.assign(new TradeEvent(), { slot: 0, time, direction: chance() < 0.5 ? 1 : -1, price, quantity: 3 });
  }
  if (pick < 0.6) {
    const book = new OrderBook("TESTUSDT", 1, 0);
    book.set(1, 990 + Math.floor(chance() * 5), 4);
    book.set(-1, 1000, 2);
    return { kind: EVENT.book, slot: 0, time, book };
  }
  if (pick < 0.7) return { kind: EVENT.funding, slot: 0, amount: 1_000 - Math.floor(chance() * 2_000), time };
  if (pick < 0.8) return { kind: EVENT.tradingState, enabled: chance() < 0.7, time };
  if (pick < 0.9)
    return { kind: EVENT.connectivity, venue: "paper", link: "account", state: chance() < 0.5 ? "healthy" : "reconnecting", time };
  if (pick < 0.95)
    return { kind: EVENT.command, command: { type: "closePositions", filter: { symbol: "TESTUSDT" }, reason: "KILL_SWITCH" }, time };
  return { kind: EVENT.command, command: { type: "cancelOrders" }, time };
}

const ACTS: readonly ((desk: StrategyContext) => void)[] = [
  (d) => d.enterLong({ stopLoss: "85", takeProfit: "120" }),
  (d) => d.enterLong({ limit: "88", stopLoss: "85" }),
  (d) => d.enterShort({ stopLoss: "115", group: "g" }),
  (d) => d.flatten(),
  (d) => d.exitLong({ reason: "TAKE_PROFIT" }),
];

describe("audits", () => {
  test("survive JSON, make a replica that equals the engine at every step, and fed again give the same states", () => {
    let [steps, inFlight] = [0, 0];
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 }), (seed) => {
        const chance = seededRandom(seed);
        const audits: AuditRecord[] = [];
        let replica: StateReplica | undefined;
        // After every single event, whatever it came with: the replica has it from JSON alone.
        const step = (audit: AuditRecord): void => {
          expect(replica!.apply(audit)).toBe(true);
          const state = engineState(live.engine);
          expect(replica!.state()).toEqual(state);
          steps++;
          if (Object.values(state.orders).some(({ status }) => status === "pending")) inFlight++;
        };
        const live: ReturnType<typeof rig> = rig({ through: into(audits, step) });
        const start = new AuditStream(live.engine).snapshot();
        replica = new StateReplica(copy(start));
        const venue = new HostileVenue(live.edge, chance);
        const acts = new Map<number, number>();
        for (let round = 0; round < 80; round++) {
          const pick = chance();
          if (pick < 0.25) {
            const act = Math.floor(chance() * ACTS.length);
            acts.set(audits.length, act);
            live.say(ACTS[act]!);
          } else if (pick < 0.4) live.feed([something(chance, live.engine.time + 5)]);
          else if (pick < 0.5) venue.move();
          else live.feed(venue.tell());
          for (const request of live.take()) venue.ask(request);
        }
        expect(replica.apply(audits[0]!), "an audit it has").toBe(false);

        // The same journal again, through another engine of the same strategy.
        const second: AuditRecord[] = [];
        const other = rig({ through: into(second) });
        const made = new Map<number, WorkingOrder>();
        const world = {
          order: (id: number) => made.get(id),
          book: () => new OrderBook("TESTUSDT", 1, 0),
          candle: () => expect.unreachable(),
        };
        for (const [i, audit] of audits.entries()) {
          const act = acts.get(i);
          if (act === undefined) other.feed([eventOf(audit.event, world)]);
          else other.say(ACTS[act]!);
          for (const request of other.take()) made.set(request.order.id, request.order);
          expect(outcome(second[i]!), `event ${i}`).toEqual(outcome(audit));
        }
        expect(engineState(other.engine)).toEqual(engineState(live.engine));
      }),
      { numRuns: 60 },
    );
    // Orders were on their way at many of the steps.
    expect(steps).toBeGreaterThan(1_000);
    expect(inFlight).toBeGreaterThan(steps / 20);
  });

  test("a gap is an error that says how to go on", () => {
    const { engine } = rig();
    const stream = new AuditStream(engine);
    const replica = new StateReplica(stream.snapshot());
    stream.process({ kind: EVENT.timer, time: 5 });
    const audit = stream.process({ kind: EVENT.timer, time: 6 });
    expectMisuse(() => replica.apply(audit), "AUDIT_GAP", /begin again with a snapshot/);
  });

  test("an audit names the signal, the request, and what changed", () => {
    const audits: AuditRecord[] = [];
    const { say } = rig({ through: into(audits) });
    say((desk) => desk.enterLong({ limit: "99" }));
    expect(audits[0]).toMatchObject({
      event: { type: "timer" },
      signals: [{ strategy: "main", symbol: "TESTUSDT", kind: "enterLong", outcome: "ordered", order: "1" }],
      requests: [{ type: "open", order: "1" }],
      changes: { orders: { 1: { status: "pending", quantity: "10", price: "99", side: "buy" } } },
    });
  });
});

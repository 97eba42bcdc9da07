import { describe, expect, test } from "vitest";
import { prepareBacktest } from "../../src/backtest/index.js";
import type { StrategyContext } from "../../src/core/index.js";
import { CHANGED, EVENT } from "../../src/engine/index.js";
import { candles, MINUTE, type Script, START, scripted, still } from "../backtest/scripted.js";

const prepare = (
  script: Script,
  prices: readonly number[],
  options: object = {},
): ReturnType<ReturnType<typeof prepareBacktest>["replay"]> =>
  prepareBacktest({ data: candles(prices.map(still)), strategy: scripted(script), sizer: "fixed:1", ...options }).replay();

describe("events in, audit out", () => {
  test("each event has a number and says what it changed", () => {
    const replay = prepare({ 1: (d) => d.enterLong() }, [100, 100, 100, 100]);
    replay.step();
    const audit = replay.engine.process({ kind: EVENT.command, command: "liquidateOnly" });
    expect(audit).toMatchObject({ sequence: 2, kind: EVENT.command, changed: CHANGED.orders });
    replay.step();
    expect(audit.sequence).toBe(3);
    expect(audit.changed).toBe(CHANGED.signals | CHANGED.orders);
    replay.step();
    expect(audit.changed, "a bar on which nothing happens").toBe(0);
  });

  test("the same events give the same state", () => {
    const script: Script = { 0: (d) => d.enterLong({ stopLoss: 95 }), 3: (d) => d.enterShort(), 6: (d) => d.flatten() };
    const prices = [100, 101, 99, 97, 98, 99, 103, 101, 100];
    const [a, b] = [prepare(script, prices), prepare(script, prices)];
    a.run();
    for (let i = 0; i < prices.length; i++) b.step();
    b.fillCurve();
    expect(b.portfolio.equity().toFixed()).toBe(a.portfolio.equity().toFixed());
    expect(Array.from(b.curve.values)).toEqual(Array.from(a.curve.values));
    expect(b.engine.orders.fills.length).toBe(a.engine.orders.fills.length);
  });
});

describe("commands", () => {
  const enter = (d: StrategyContext): void => d.enterLong();

  test("liquidate-only refuses entries and lets exits through", () => {
    const replay = prepare({ 0: enter, 2: (d) => d.exitLong(), 4: enter }, [100, 100, 100, 100, 100, 100, 100]);
    replay.step();
    replay.step();
    replay.engine.process({ kind: EVENT.command, command: "liquidateOnly" });
    replay.run();
    expect(replay.engine.orders.fills.length).toBe(2);
    expect(replay.engine.orders.orders.verdict(2)).toMatchObject({ code: "LIQUIDATE_ONLY" });
  });

  test("close positions sells what is held at the next bar", () => {
    const replay = prepare({ 0: enter }, [100, 100, 100, 90]);
    replay.step();
    replay.step();
    replay.step();
    replay.closePositions();
    replay.run();
    expect(replay.portfolio.quantity[0]).toBe(0);
    expect(replay.engine.orders.fills.read(1)).toMatchObject({ direction: -1, price: 900, time: START + 3 * MINUTE });
  });

  test("close positions takes a waiting entry back, too, and is silent where there is nothing", () => {
    const replay = prepare({ 0: (d) => d.enterLong({ limit: 95 }) }, [100, 100, 94, 94]);
    replay.step();
    replay.step();
    replay.closePositions();
    replay.run();
    expect(replay.engine.orders.fills.length).toBe(0);
    replay.closePositions();
    expect(replay.engine.orders.counts.exitsFromFlat).toBe(0);
  });

  test("close positions ends a reversal under way", () => {
    const replay = prepare({ 0: enter, 3: (d) => d.enterShort() }, [100, 100, 100, 100, 100, 100, 100, 100], { latencyBars: 2 });
    for (let i = 0; i < 5; i++) replay.step();
    replay.closePositions();
    replay.run();
    expect(replay.portfolio.quantity[0]).toBe(0);
    expect(replay.engine.orders.fills.length).toBe(2);
  });
});

import { join } from "node:path";
import { expect, test } from "vitest";
import { syntheticCandles } from "../../src/data/index.js";
import type { SessionMessage } from "../../src/live/index.js";
import { openState, type SessionView } from "../../src/state/index.js";
import type { StrategyDefinition } from "../../src/strategies/index.js";
import { scratch } from "../state/samples.js";
import { advance, Busy, Market, openSession } from "./trader-support.js";

const STRATEGY = { strategy: Busy as unknown as StrategyDefinition };

const warningsOf = (path: string): string[] => {
  const view = openState(path) as SessionView;
  try {
    return view.summary().warnings.map(({ code, message }) => `${code}: ${message}`);
  } finally {
    view.close();
  }
};

const alertsOf = (messages: readonly SessionMessage[]): string[] =>
  messages.flatMap((one) => (one.kind === "alert" ? [`${one.alert.title}. ${one.alert.message}`] : []));

test("a tripped drawdown switch is told as it trips, stands in the file's summary, and is told again to whoever goes on there until it is cleared", async () => {
  const path = join(scratch(), "state.db");
  const data = syntheticCandles({ bars: 80, seed: 5 });
  const first = await openSession(new Market(data), path, { ...STRATEGY, trade: { maxDrawdown: "0.0001" } });
  await first.session.run();
  const tripped = alertsOf(first.messages);
  expect(tripped).toEqual([
    expect.stringMatching(/^The drawdown switch has tripped\. Equity [\d.]+ has fallen from its peak [\d.]+ by 0\.0001 or more\./),
  ]);
  const reason = tripped[0]!.replace("The drawdown switch has tripped. ", "");
  expect(warningsOf(path)).toContain(`LIQUIDATE_ONLY: The drawdown switch of this state file is on: ${reason}`);

  const market = new Market(data);
  const second = await openSession(market, path, { ...STRATEGY, id: "bcdefghijk", play: false });
  await second.session.run();
  expect(alertsOf(second.messages)).toEqual([
    expect.stringMatching(
      /^The drawdown switch is on\. Equity .*That was at \d{4}-.*clearLiquidateOnly.*tesserlab live command bcdefghijk clearLiquidateOnly, ends that\.$/,
    ),
  ]);
  for (let i = 0; i < 20; i++) await advance(market, second.session);
  expect(second.messages.filter(({ kind }) => kind === "fill")).toEqual([]);
  await second.session.command({ type: "clearLiquidateOnly" });
  expect(second.session.health()).toMatchObject({ liquidateOnly: false, why: [] });
  for (let i = 0; i < 20; i++) await advance(market, second.session);
  expect(second.messages.filter(({ kind }) => kind === "fill").length).toBeGreaterThan(0);
  await second.session.command({ type: "disable" });
  await second.session.stop(false);
  expect(warningsOf(path).filter((text) => /LIQUIDATE|DISABLED/.test(text))).toEqual([
    "TRADING_DISABLED: An operator has disabled trading on this state file: its strategy only leaves positions.",
  ]);
});

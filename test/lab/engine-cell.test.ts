import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { runCells } from "../kernel/run-cells.js";

const LAB = fileURLToPath(new URL("../../dist/lab/index.js", import.meta.url));

test("an engine in cells: fed, commanded, switched off, counted and summed up, its audits plain JSON", { timeout: 120_000 }, async () => {
  const run = await runCells(
    [
      `const heard: string[] = [];
       const desk = engine({
         instruments: { symbol: "BTCUSDT", venue: "paper", tickSize: "0.1", lotSize: "0.001" },
         sizer: "fixed:0.01",
         risk: { maxOrderQuantity: "0.05" },
         clock: { now: () => 777 },
         strategy: { onTradingDisabled: () => void heard.push("disabled") },
         global: { onMarket: (event) => void heard.push(event.type), onAccount: (event) => void heard.push(event.type) },
       });
       const [audit] = desk.process({ type: "trade", symbol: "BTCUSDT", time: 1_000, id: "t", side: "buy", price: "50000", quantity: "1" });
       [audit.sequence, audit.event.type, JSON.stringify(JSON.parse(JSON.stringify(audit))) === JSON.stringify(audit)].join()`,
      `const opened = desk.action({ type: "open", symbol: "BTCUSDT", side: "buy" });
       [opened.requests.length, desk.requests()[0]!.type, desk.meta.timeStart, desk.meta.sequence].join()`,
      `desk.updateTradingState("disabled");
       desk.action({ type: "open", symbol: "BTCUSDT", side: "buy" });
       desk.resetMetadata();
       [heard.join("+"), desk.meta.sequence, desk.state().account.equity].join()`,
      `const summary = desk.tradingSummary(0.03);
       [summary.riskFreeReturn, summary.total.sharpe, typeof summary.total.reasons.sharpe].join()`,
      `desk.action({ type: "opne" } as never)`,
    ],
    { lab: LAB },
  );
  expect(run.error(1)).toBeUndefined();
  expect([1, 2, 3, 4].map((cell) => String(run.result(cell)).replaceAll("'", ""))).toEqual([
    "1,trade,true",
    "1,place,777,2",
    "trade+disabled,0,10000",
    "0.03,,string",
  ]);
  expect(run.error(5)).toMatch(/^Unknown command .opne.\. Did you mean open\?/);
});

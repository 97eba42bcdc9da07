import { expect, onTestFinished, test } from "vitest";
import { FAST, limit, open, StubExchange } from "./stub.js";

test("executions of one moment are told as they happened: by Bybit's sequence, whatever their ids, and of one sequence against the list", async () => {
  const stub = await new StubExchange().listen();
  const link = await open(stub, { timing: { ...FAST, settle: 5 } }, { onAlert: () => {}, onProblem: () => {} });
  onTestFinished(async () => {
    await link.close();
    await stub.close();
  });
  await link.venue.connect();
  await link.venue.place(limit("one"));
  const row = stub.fill("one", "0.001", "60000", true);
  const execTime = String(Date.now());
  // The two of sequence 7 happened in one go, the later one listed first; the others are listed in no order.
  const rows = [
    ["d", 8],
    ["a", 9],
    ["b", 7],
    ["z", 6],
    ["c", 7],
  ].map(([execId, seq]) => ({ ...row, execId, seq, execTime }));
  stub.executions.splice(0, stub.executions.length, ...rows);
  const told = await link.venue.executions({ since: Date.now() - 60_000 });
  expect(told.map(({ executionId }) => executionId)).toEqual(["z", "c", "b", "d", "a"]);
});

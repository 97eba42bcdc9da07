import { join } from "node:path";
import { expect, test } from "vitest";
import { openState, type SessionView, StateWriter } from "../../src/state/index.js";
import { scratch, start, T0 } from "./samples.js";

const slice = (from: number, count: number) => ({
  start: from,
  time: Float64Array.from({ length: count }, (_, i) => T0 + (from + i) * 60_000),
  value: Float64Array.from({ length: count }, (_, i) => 10_000 + from + i),
});

test.each([3, 4_096, 5_000])("a session that goes on after %i points of its equity curve adds to it", (points) => {
  const path = join(scratch(), "state.db");
  const first = new StateWriter(path, start("abcdefghij"));
  first.write({ equity: slice(0, points) });
  first.end("stopped");
  const second = new StateWriter(path, start("abcdefghij"), { resume: true });
  second.write({ equity: slice(points, 2) });
  second.write({ equity: slice(points + 2, 1) });
  expect(() => second.write({ equity: slice(points + 9, 1) })).toThrow("do not continue a curve");
  second.close();
  const view = openState(path) as SessionView;
  const { time, value } = view.session("abcdefghij").equity;
  expect(time).toEqual(slice(0, points + 3).time);
  expect(value).toEqual(slice(0, points + 3).value);
  view.close();
});

test.each([3, 4_096, 5_000])("the newest of %i points of an equity curve may be written again", (points) => {
  const path = join(scratch(), "state.db");
  const writer = new StateWriter(path, start("abcdefghij"));
  writer.write({ equity: slice(0, points) });
  const { start: last, time } = slice(points - 1, 1);
  writer.write({ equity: { start: last, time, value: Float64Array.of(1) } });
  writer.write({ equity: slice(points, 1) });
  writer.close();
  const view = openState(path) as SessionView;
  const { value } = view.session("abcdefghij").equity;
  const expected = slice(0, points + 1).value;
  expected[points - 1] = 1;
  expect(value).toEqual(expected);
  view.close();
});

import { describe, expect, test } from "vitest";
import { Decimal } from "../../src/core/index.js";
import { type Param, param, parseParams } from "../../src/strategies/index.js";
import { expectMisuse } from "../misuse.js";

const schema = {
  period: param.integer({ default: 14, min: 2, max: 200 }),
  level: param.decimal({ default: "30", min: 0, max: 100 }),
  weight: param.number({ default: 0.5, min: 0 }),
  fade: param.boolean({ default: false }),
  mode: param.text({ default: "fast", choices: ["fast", "slow"] }),
  peers: param.texts({ default: ["ETHUSDT"] }),
  hold: param.optional(param.integer({ default: 1, min: 1 })),
};
const parse = (input: Record<string, unknown>): Record<string, unknown> => parseParams("Test", schema, input);

test("what is not given takes its default; the result is frozen", () => {
  const values = parse({});
  expect(values).toEqual({
    period: 14,
    level: new Decimal(30),
    weight: 0.5,
    fade: false,
    mode: "fast",
    peers: ["ETHUSDT"],
    hold: undefined,
  });
  expect(Object.isFrozen(values)).toBe(true);
});

describe("values are read", () => {
  test.each<[string, Record<string, unknown>, string, unknown]>([
    ["an integer from text", { period: " 20 " }, "period", 20],
    ["an integer from a Decimal", { period: new Decimal(20) }, "period", 20],
    ["a decimal at its shortest text", { level: 0.1 }, "level", new Decimal("0.1")],
    ["a decimal of any length", { level: "33.333333333333333333" }, "level", new Decimal("33.333333333333333333")],
    ["a number from text", { weight: "0.25" }, "weight", 0.25],
    ["texts, trimmed", { peers: [" SOLUSDT "] }, "peers", ["SOLUSDT"]],
    ["an optional one", { hold: 3 }, "hold", 3],
    ["an optional one left out in words", { hold: null }, "hold", undefined],
  ])("%s", (_what, input, key, value) => {
    expect(parse(input)[key]).toEqual(value);
  });
});

describe("misuse names the strategy, the parameter, the range and the value", () => {
  test.each<[string, Record<string, unknown>, string]>([
    ["below the range", { period: 1 }, "Test.period must be a whole number from 2 to 200, got 1."],
    ["above the range", { level: "100.01" }, "Test.level must be a decimal from 0 to 100, got '100.01'."],
    ["a fraction for an integer", { period: 14.5 }, "Test.period must be a whole number from 2 to 200, got 14.5."],
    ["text for an integer", { period: "many" }, "got 'many'."],
    ["true for an integer", { period: true }, "got true."],
    ["null for a plain parameter", { period: null }, "got null."],
    ["NaN for a decimal", { level: Number.NaN }, "Test.level must be a decimal from 0 to 100, got NaN."],
    ["infinity for a number", { weight: Number.POSITIVE_INFINITY }, "Test.weight must be a finite number of at least 0, got Infinity."],
    ["a text for a boolean", { fade: "yes" }, "Test.fade must be true or false, got 'yes'."],
    ["no choice", { mode: "fasst" }, "Did you mean fast?"],
    ["an empty text", { mode: " " }, "Test.mode must be one of fast, slow, got ' '."],
    ["a list with a number", { peers: ["A", 1] }, "Test.peers must be a list of texts"],
    ["an optional one out of range", { hold: 0 }, "Test.hold must be a whole number of at least 1, got 0."],
  ])("%s", (_what, input, message) => {
    expectMisuse(() => parse(input), "PARAM_INVALID", message);
  });

  test("an unknown parameter, with the nearest", () => {
    expectMisuse(() => parse({ periood: 3 }), "PARAM_UNKNOWN", "Unknown parameter of Test 'periood'. Did you mean period?");
    expectMisuse(() => parse({ fast_period: 3 }), "PARAM_UNKNOWN", "Known: period, level, weight");
    expectMisuse(() => parse({ constructor: 3 }), "PARAM_UNKNOWN");
  });
});

describe("a default outside its own range is found where it is written", () => {
  test.each<[string, () => Param<unknown, never>, string]>([
    [
      "integer",
      () => param.integer({ default: 0, min: 1 }) as Param<unknown, never>,
      "default must be a whole number of at least 1, got 0",
    ],
    ["integer that is none", () => param.integer({ default: 1.5 }) as Param<unknown, never>, "default must be a whole number, got 1.5"],
    [
      "decimal",
      () => param.decimal({ default: "1.1", max: 1 }) as Param<unknown, never>,
      "default must be a decimal of at most 1, got 1.1",
    ],
    ["number", () => param.number({ default: Number.NaN }) as Param<unknown, never>, "default must be a finite number, got NaN"],
  ])("%s", (_what, make, message) => {
    expectMisuse(make, "PARAM_INVALID", message);
  });
});

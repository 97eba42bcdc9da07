import { describe, expect, test } from "vitest";
import { LabError, suggest, unknownName } from "../../src/errors/index.js";

const KNOWN = ["fastPeriod", "slowPeriod", "slippageBps", "cash"];

describe("did you mean", () => {
  test.each([
    ["fastPerod", "fastPeriod"],
    ["fast_period", "fastPeriod"],
    ["FASTPERIOD", "fastPeriod"],
    ["fsatPeriod", "fastPeriod"],
    ["slippage", "slippageBps"],
    ["cahs", "cash"],
  ])("%s is %s", (name, meant) => {
    expect(suggest(name, KNOWN)).toBe(meant);
  });

  test.each(["leverage", "x", ""])("'%s' is none of them", (name) => {
    expect(suggest(name, KNOWN)).toBeUndefined();
  });

  test("the error says the name, the nearest and all of them, and carries them", () => {
    const error = unknownName("OPTION_UNKNOWN", "option", "slippage", KNOWN);
    expect(error).toBeInstanceOf(LabError);
    expect(String(error)).toBe(
      "LabError [OPTION_UNKNOWN]: Unknown option 'slippage'. Did you mean slippageBps? Known: fastPeriod, slowPeriod, slippageBps, cash.",
    );
    expect(error.details).toEqual({ name: "slippage", suggestion: "slippageBps", known: KNOWN });
    expect(unknownName("X", "thing", "y", []).message).toBe("Unknown thing 'y'. Known: none.");
  });
});

test("a LabError keeps its cause and freezes its details", () => {
  const cause = new Error("below");
  const error = new LabError("CODE", "message", { cause, details: { value: 1 } });
  expect(error.cause).toBe(cause);
  expect(Object.isFrozen(error.details)).toBe(true);
  expect("cause" in new LabError("CODE", "message")).toBe(false);
});

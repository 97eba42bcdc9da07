import { assertKeys, LabError } from "../../errors/index.js";
import { exactChecker } from "./exact-check.js";
import { saidBy } from "./portable.js";
import type { RiskChecker } from "./risk.js";

/** Settings of {@link rateRisk}. */
export interface RateOptions {
  /** Entries in any stretch of `perMs`; 60 unless given. */
  maxOrders?: number;
  /** Milliseconds; 1,000 unless given. */
  perMs?: number;
}

/**
 * Refuses entries that come faster than allowed: at most `maxOrders` in any stretch of `perMs`, over all symbols, by the orders' own times. What was refused, by this
 * or another check, does not count, nor does an order that moves to another price; exits pass and do not count.
 * @throws LabError `RISK_LIMIT`.
 */
export function rateRisk(options: RateOptions = {}): RiskChecker {
  assertKeys("risk.rate", options, ["maxOrders", "perMs"]);
  const { maxOrders = 60, perMs = 1_000 } = options;
  if (!Number.isInteger(maxOrders) || maxOrders < 1 || !Number.isFinite(perMs) || perMs <= 0)
    throw new LabError(
      "RISK_LIMIT",
      `maxOrders must be a whole number above zero and perMs above zero, got ${String(maxOrders)} and ${String(perMs)}.`,
    );
  const passed: number[] = [];
  return saidBy(
    exactChecker({
      name: "rate",
      limits: { maxOrders: String(maxOrders), perMs: String(perMs) },
      start: () => rateRisk(options),
      refuses({ time, isMove }) {
        if (isMove) return undefined;
        while (passed.length > 0 && time - passed[0]! >= perMs) passed.shift();
        if (passed.length < maxOrders) return undefined;
        return {
          code: "ORDER_RATE",
          numbers: { asked: String(passed.length + 1), limit: String(maxOrders), seconds: String(perMs / 1_000) },
        };
      },
      passed: ({ time }) => passed.push(time),
    }),
  );
}

import { type Decimal, type DecimalInput, decimal } from "../core/index.js";
import { LabError } from "../errors/index.js";

/** Most values a range may have: beyond it a step is most likely a typing error. */
const MOST = 1_000_000;

/**
 * The values from `from` to `to` in steps of `step` (1 unless given), counted in exact decimals, the end included where a step lands on
 * it: `range(0.1, 0.5, 0.1)` ends at 0.5 and holds 0.3, not 0.30000000000000004. Numbers in give numbers out; text, BigInt or a Decimal
 * among the three give Decimals. A negative step counts down.
 * @example range(5, 60, 5)            // 5, 10, ... 60
 * @example range("0.1", "0.5", "0.1") // Decimals
 * @throws LabError `RANGE_INVALID` for a step of 0, of the wrong sign, or one that makes more than a million values; `DECIMAL_INVALID`.
 */
export function range(from: number, to: number, step?: number): number[];
export function range(from: DecimalInput, to: DecimalInput, step?: DecimalInput): Decimal[];
export function range(from: DecimalInput, to: DecimalInput, step: DecimalInput = 1): number[] | Decimal[] {
  const first = decimal(from, "range from");
  const last = decimal(to, "range to");
  const by = decimal(step, "range step");
  const details = { from: first.toFixed(), to: last.toFixed(), step: by.toFixed() };
  const call = `range(${details.from}, ${details.to}, ${details.step})`;
  if (by.isZero()) throw new LabError("RANGE_INVALID", `${call}: the step must not be 0.`, { details });
  const span = last.minus(first);
  if (!span.isZero() && span.isNegative() !== by.isNegative()) {
    const nearest = `range(${details.from}, ${details.to}, ${by.negated().toFixed()})`;
    throw new LabError("RANGE_INVALID", `${call}: the step leads away from the end. Did you mean ${nearest}?`, { details });
  }
  const steps = span.divToInt(by);
  if (steps.gte(MOST))
    throw new LabError("RANGE_INVALID", `${call} has ${steps.plus(1).toFixed()} values; at most ${MOST} are accepted.`, { details });
  const values = Array.from({ length: steps.toNumber() + 1 }, (_, i) => first.plus(by.times(i)));
  const plain = [from, to, step].every((input) => typeof input === "number");
  return plain ? values.map((value) => value.toNumber()) : values;
}

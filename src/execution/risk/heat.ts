import { Decimal, type DecimalInput, decimal } from "../../core/index.js";
import { assertKeys, LabError, wrongInput } from "../../errors/index.js";
import type { Portfolio } from "../../portfolio/index.js";
import { positionsOf } from "./context.js";
import { exactChecker, positiveLimit } from "./exact-check.js";
import { saidBy } from "./portable.js";
import { type HeatPosition, portfolioHeat } from "./portfolio-heat.js";
import type { Reduction, RiskChecker, WatchReport } from "./risk.js";

/** Stages of {@link heatRisk}, each a multiple of equity; what is absent is off. */
export interface HeatOptions {
  /** Heat above which an operator is told. */
  warn?: DecimalInput;
  /** Heat that no entry may lift the account above. */
  refuse?: DecimalInput;
  /** Heat above which positions are reduced, down to `refuse` or, without it, to this. */
  reduce?: DecimalInput;
  /** Largest part of a position that one bar reduces, on ticks the first one after the reduction before it has filled; 0.25 unless given. */
  step?: DecimalInput;
  /** Whether longs and shorts add up or cancel; `gross` unless given. */
  measure?: "gross" | "net";
  /** How much of a symbol's value counts; 1 unless given. */
  weights?: Readonly<Record<string, DecimalInput>>;
}

/**
 * Limits portfolio heat, in stages: warns, refuses entries that would lift it above a limit, and reduces positions step by step, all by the same part, until it is
 * back. Thresholds are multiples of equity: `"1.5"` lets positions be worth one and a half times the equity.
 * @example risk.heat({ warn: "1", refuse: "1.5", reduce: "2" })
 * @throws LabError `RISK_LIMIT` for a threshold that is not above zero or stages out of order.
 */
export function heatRisk(options: HeatOptions): RiskChecker {
  assertKeys("risk.heat", options, ["warn", "refuse", "reduce", "step", "measure", "weights"]);
  const stage = (name: "warn" | "refuse" | "reduce"): Decimal | undefined =>
    options[name] === undefined ? undefined : positiveLimit(options[name], name);
  const [warn, most, reduce] = [stage("warn"), stage("refuse"), stage("reduce")];
  const step = positiveLimit(options.step ?? "0.25", "step");
  const measure = options.measure ?? "gross";
  if (measure !== "gross" && measure !== "net") throw new LabError("RISK_LIMIT", `measure is gross or net, got ${String(measure)}.`);
  if (step.gt(1)) throw new LabError("RISK_LIMIT", `step is a part of at most 1, got ${step.toFixed()}.`);
  if (reduce !== undefined && most !== undefined && reduce.lt(most))
    throw new LabError("RISK_LIMIT", `reduce (${reduce.toFixed()}) must not be below refuse (${most.toFixed()}).`);
  const weights = options.weights ?? {};
  if (typeof weights !== "object" || Array.isArray(weights))
    throw wrongInput("RISK_LIMIT", "weights of risk.heat", 'an object such as { BTCUSDT: "0.5" }', weights);
  const heatOf = (positions: readonly HeatPosition[]): Decimal => {
    const heat = portfolioHeat(positions.map((one) => ({ riskWeight: weightOf(weights, one.symbol ?? ""), ...one })));
    return measure === "gross" ? heat.gross : heat.net.abs();
  };
  const limits: Record<string, string> = {};
  for (const [key, value] of Object.entries({ heatWarn: warn, maxHeat: most, heatReduce: reduce }))
    if (value !== undefined) limits[key] = value.toFixed();
  if (reduce !== undefined) limits.heatStep = step.toFixed();
  if (measure === "net") limits.heatMeasure = measure;
  const weighed = Object.entries(weights).map(([symbol, weight]) => `${symbol}=${decimal(weight, `weight of ${symbol}`).toFixed()}`);
  if (weighed.length > 0) limits.heatWeights = weighed.join(" ");
  let warned = false;
  /** Begun above `reduce` and not yet back at the goal. */
  let reducing = false;
  const watch = (portfolio: Portfolio): WatchReport => {
    const equity = portfolio.equity();
    const heat = heatOf(positionsOf(portfolio));
    const warnings: string[] = [];
    const hot = warn !== undefined && heat.gt(equity.times(warn));
    if (hot && !warned) warnings.push(`portfolio heat ${heat.toFixed()} is above ${warn.toFixed()} x equity ${equity.toFixed()}`);
    const turned = hot !== warned;
    warned = hot;
    if (reduce === undefined) return { changed: turned, warnings };
    const goal = Decimal.max(0, equity.times(most ?? reduce));
    const before = reducing;
    reducing = heat.gt(reducing ? goal : Decimal.max(0, equity.times(reduce)));
    const changed = turned || reducing !== before;
    if (!reducing) return { changed, warnings };
    const part = Decimal.min(step, heat.minus(goal).div(heat));
    return { changed, warnings, reductions: partOf(portfolio, part) };
  };
  return saidBy(
    exactChecker({
      name: "heat",
      limits,
      start: () => heatRisk(options),
      ...(warn === undefined && reduce === undefined ? {} : { watch }),
      refuses({ symbol, kind, side, quantity, price, positions, underWay, equity }) {
        if (most === undefined) return undefined;
        const added = side === "buy" ? quantity : quantity.neg();
        const own = positions.filter((one) => one.symbol === symbol).reduce((sum, one) => sum.plus(signed(one)), new Decimal(0));
        const others = positions.filter((one) => one.symbol !== symbol);
        const after = heatOf([...others, ...underWay, { symbol, kind, quantity: own.plus(added), price }]);
        const limit = equity?.times(most);
        if (limit !== undefined && price.gt(0) && after.lte(limit)) return undefined;
        return { code: "PORTFOLIO_HEAT", numbers: { asked: after.toFixed(), limit: limit?.toFixed() ?? "unknown" } };
      },
    }),
  );
}

/** The weight of a position: by its name, or by the symbol in `venue:symbol`. */
function weightOf(weights: NonNullable<HeatOptions["weights"]>, name: string): DecimalInput {
  return weights[name] ?? weights[name.slice(name.indexOf(":") + 1)] ?? 1;
}

function signed({ quantity, side }: HeatPosition): Decimal {
  const size = decimal(quantity, "quantity");
  return side === undefined ? size : side === "long" ? size.abs() : size.abs().neg();
}

/** The same part of every position, in whole lots, rounded up: toward less risk. */
function partOf(portfolio: Portfolio, part: Decimal): Reduction[] {
  return portfolio.instruments.flatMap(({ lot }, slot) => {
    const held = Math.abs(portfolio.quantity[slot]!);
    const lots = part.times(held).div(lot).ceil().toNumber();
    const quantity = Math.min(held, lots * lot);
    return quantity === 0 ? [] : [{ slot, quantity, reason: "PORTFOLIO_HEAT" }];
  });
}

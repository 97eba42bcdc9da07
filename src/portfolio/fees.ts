import {
  type DecimalInput,
  decimal,
  floorDiv,
  gcd,
  MAX_SAFE,
  narrow,
  type Ratio,
  ratio,
  roundDivBig,
  type ScaledInstrument,
} from "../core/index.js";
import { LabError, unknownName } from "../errors/index.js";
import { inverseScale } from "./value.js";

/** Maker and taker fee rates as fractions of the traded value; a negative maker rate is a rebate. */
export interface FeeRates {
  readonly name: string;
  readonly maker: Ratio;
  readonly taker: Ratio;
}

/** A shipped schedule. */
export type FeeScheduleName = "bybit-linear" | "bybit-inverse" | "bybit-spot" | "none";

/** A named schedule, or rates as fractions: `{ maker: "0.0002", taker: "0.00055" }`. */
export type FeesInput = FeeScheduleName | (string & {}) | { maker: DecimalInput; taker: DecimalInput };

/** Shipped schedules: base-tier rates of the venue's fee page. */
const SCHEDULES: Readonly<Record<FeeScheduleName, { maker: string; taker: string }>> = {
  "bybit-linear": { maker: "0.0002", taker: "0.00055" },
  "bybit-inverse": { maker: "0.0002", taker: "0.00055" },
  "bybit-spot": { maker: "0.001", taker: "0.001" },
  none: { maker: "0", taker: "0" },
};

/** Names of the shipped fee schedules. */
export const FEE_SCHEDULES: readonly string[] = Object.keys(SCHEDULES);

/**
 * Reads a fee schedule.
 * @throws LabError `FEES_UNKNOWN` for an unknown name, `FEES_INVALID` for a rate outside -1 % to 10 %: usually a percentage given for a fraction.
 */
export function feeRates(input: FeesInput): FeeRates {
  if (typeof input === "string") {
    const schedule = Object.hasOwn(SCHEDULES, input) ? SCHEDULES[input as FeeScheduleName] : undefined;
    if (schedule === undefined) throw unknownName("FEES_UNKNOWN", "fee schedule", input, FEE_SCHEDULES);
    return { name: input, maker: ratio(schedule.maker), taker: ratio(schedule.taker) };
  }
  if (typeof input !== "object" || input === null)
    throw new LabError("FEES_INVALID", `fees is a schedule's name or { maker, taker } as fractions, got ${String(input)}.`);
  for (const key of Object.keys(input))
    if (key !== "maker" && key !== "taker") throw unknownName("FEES_INVALID", "fee key", key, ["maker", "taker"]);
  const rate = (name: "maker" | "taker"): Ratio => {
    const value = decimal(input[name], `fees.${name}`);
    if (value.lt("-0.01") || value.gt("0.1"))
      throw new LabError(
        "FEES_INVALID",
        `fees.${name} is a fraction of the traded value between -0.01 and 0.1 (0.055 % is "0.00055"), got ${value.toFixed()}.`,
      );
    return ratio(value, `fees.${name}`);
  };
  const maker = rate("maker");
  const taker = rate("taker");
  return { name: `maker ${decimal(input.maker).toFixed()}, taker ${decimal(input.taker).toFixed()}`, maker, taker };
}

/**
 * Money from a rate: price x quantity x rate (quantity / price x rate for an inverse contract) in cash units, rounded once, half away from zero, to 1e-8 of the currency. Serves fees and
 * funding. The factors are reduced beforehand, so that the common case is one product and one division of safe integers.
 */
export class RatedAmount {
  static readonly #known: WeakMap<ScaledInstrument, Map<Ratio, RatedAmount>> = new WeakMap();

  /** The amount of a rate on an instrument; made once, since every run of a sweep asks for the same. */
  static known(instrument: ScaledInstrument, rate: Ratio): RatedAmount {
    let rates = RatedAmount.#known.get(instrument);
    if (rates === undefined) {
      rates = new Map();
      RatedAmount.#known.set(instrument, rates);
    }
    let amount = rates.get(rate);
    if (amount === undefined) {
      amount = new RatedAmount(instrument, rate);
      rates.set(rate, amount);
    }
    return amount;
  }

  readonly #num: number;
  readonly #den: number;
  /** Cash units in 1e-8. */
  readonly #step: number;
  readonly #inverse: boolean;
  /** The same beyond 2^53. */
  readonly #exact: { readonly num: bigint; readonly den: bigint; readonly step: bigint };

  constructor(instrument: ScaledInstrument, rate: Ratio) {
    const step = 10n ** BigInt(instrument.cashDp - 8);
    this.#inverse = instrument.instrument.kind === "inverse";
    const scale = this.#inverse ? inverseScale(instrument) : BigInt(instrument.valueScale);
    const num = scale * BigInt(rate.num);
    const den = BigInt(rate.den) * step;
    const g = gcd(num < 0n ? -num : num, den);
    this.#exact = { num: num / g, den: den / g, step };
    this.#num = Number(num / g);
    this.#den = Number(den / g);
    this.#step = Number(step);
  }

  /** The amount in cash units for a price and a quantity in theirs; a BigInt beyond 2^53. */
  of(price: number, quantity: number): number | bigint {
    if (this.#inverse) {
      const { num, den, step } = this.#exact;
      return narrow(roundDivBig(BigInt(quantity) * num, BigInt(price) * den) * step);
    }
    const notional = price * quantity;
    const product = notional * this.#num;
    if (notional <= MAX_SAFE && product >= 0 && product <= MAX_SAFE - this.#den) {
      if (this.#den === 1 && this.#step === 1) return product;
      const q = floorDiv(product, this.#den);
      const r = product - q * this.#den;
      const amount = (r * 2 >= this.#den ? q + 1 : q) * this.#step;
      if (amount <= MAX_SAFE) return amount;
    }
    const { num, den, step } = this.#exact;
    return narrow(roundDivBig(BigInt(price) * BigInt(quantity) * num, den) * step);
  }
}

import { checkNumber } from "./checks.js";

/**
 * An annual rate per period, by compounding: (1 + annual)^(1 / periodsPerYear) - 1.
 * @throws LabError `OPTION_INVALID` for a rate of -1 or less.
 */
export function perPeriod(name: string, annual: number, periodsPerYear: number): number {
  return Math.expm1(Math.log1p(checkNumber(name, annual, { above: -1 })) / periodsPerYear);
}

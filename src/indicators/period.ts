import { LabError } from "../errors/index.js";

/** Checks a window length. @throws LabError `PERIOD_INVALID` unless it is a whole number from 1 to a million. */
export function checkPeriod(period: number, name: string): number {
  if (!Number.isInteger(period) || period < 1 || period > 1e6)
    throw new LabError("PERIOD_INVALID", `${name} needs a whole period from 1 to 1000000, got ${period}.`, { details: { period } });
  return period;
}

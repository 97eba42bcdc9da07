import type { Verdict } from "./risk.js";

/** Writes a refusal into a verdict: the code and the two numbers compared, in the units named. */
export function refuse(out: Verdict, code: Verdict["code"], asked: number, limit: number, units: Verdict["units"], message = ""): false {
  out.code = code;
  out.asked = asked;
  out.limit = limit;
  out.units = units;
  out.message = message;
  if (out.numbers !== undefined) out.numbers = undefined;
  return false;
}

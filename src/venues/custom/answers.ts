import { Decimal, type OrderOutcome, type VenueFailure } from "../../core/index.js";

/** Fields of an order that decisions are made on: a number where exact text belongs would decide wrongly. */
const EXACT = ["quantity", "filledQuantity"] as const;
const TEXT = ["venueOrderId", "clientOrderId", "symbol", "side", "type", "status"] as const;

/** What is wrong with an answer to an order, or undefined for one that the contract allows. */
export function wrongOutcome(answer: unknown): string | undefined {
  if (typeof answer !== "object" || answer === null) return `answered ${answer === null ? "null" : typeof answer} instead of an outcome`;
  const { ok, order } = answer as { ok?: unknown; order?: unknown };
  if (ok === false) return wrongFailure(answer);
  if (ok !== true) return "answered without ok: true or false";
  if (typeof order !== "object" || order === null) return "answered ok without the order";
  const fields = order as Record<string, unknown>;
  const text = TEXT.find((name) => typeof fields[name] !== "string");
  if (text !== undefined) return `answered an order whose ${text} is ${typeof fields[text]} instead of text`;
  const exact = EXACT.find((name) => !Decimal.isDecimal(fields[name]));
  return exact === undefined ? undefined : `answered an order whose ${exact} is ${typeof fields[exact]} instead of a Decimal`;
}

function wrongFailure(answer: object): string | undefined {
  const { definite, code, message } = answer as Partial<VenueFailure>;
  if (typeof definite !== "boolean") return "answered a failure without definite: true or false";
  return typeof code === "string" && typeof message === "string" ? undefined : "answered a failure without a code and a message";
}

/** The outcome of a request whose answer cannot be read: it may have had its effect. */
export function unknownOutcome(venue: string, why: string): VenueFailure & OrderOutcome {
  return { ok: false, definite: false, code: "OUTCOME_UNKNOWN", message: `${venue} ${why}; ask it what became of the request.` };
}

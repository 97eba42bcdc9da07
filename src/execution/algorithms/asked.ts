import { type Decimal, type DecimalInput, decimal, type EpochMs } from "../../core/index.js";
import { LabError, unknownName, wrongInput } from "../../errors/index.js";
import type { AlgorithmEvent, ChildInput } from "./contract.js";

const KEYS: readonly string[] = ["type", "quantity", "price", "timeInForce", "postOnly"];
const TIMES: readonly string[] = ["gtc", "ioc", "fok"];

/** Checks what an algorithm asks to send: nothing it says may be taken for something else. @throws LabError `ALGORITHM_CHILD`, `DECIMAL_INVALID`. */
export function assertChild(input: ChildInput): void {
  if (typeof input !== "object" || input === null)
    throw wrongInput("ALGORITHM_CHILD", "send", 'an order such as { type: "market", quantity: desk.unsent }', input);
  for (const key of Object.keys(input)) if (!KEYS.includes(key)) throw unknownName("ALGORITHM_CHILD", "key of an order to send", key, KEYS);
  const { type, timeInForce, postOnly, price } = input;
  if (type !== "market" && type !== "limit") throw unknownName("ALGORITHM_CHILD", "type of order", String(type), ["market", "limit"]);
  if (timeInForce !== undefined && !TIMES.includes(timeInForce))
    throw unknownName("ALGORITHM_CHILD", "time in force", String(timeInForce), TIMES);
  if (postOnly !== undefined && typeof postOnly !== "boolean")
    throw new LabError("ALGORITHM_CHILD", `postOnly is true or false, got ${String(postOnly)}.`);
  if (type === "market" && (price !== undefined || postOnly === true))
    throw new LabError(
      "ALGORITHM_CHILD",
      `A market order has no price and never rests; send a limit for ${price === undefined ? "postOnly" : String(price)}.`,
    );
  if (type === "limit") childPrice(price);
}

/** The price of a limit that an algorithm asks for. @throws LabError `ALGORITHM_CHILD` for one that is not above zero, `DECIMAL_INVALID`. */
export function childPrice(input: DecimalInput | undefined): Decimal {
  const price = decimal(input ?? "", "price");
  if (price.gt(0)) return price;
  throw new LabError("ALGORITHM_CHILD", `A limit's price is greater than zero, got ${price.toFixed()}.`);
}

const EVENTS: readonly string[] = ["timer", "trade", "book", "candle", "accepted", "fill", "ended"];

/** Checks the form of an event fed by hand: one that is not understood would be a child that counts as working. @throws LabError `ALGORITHM_EVENT`. */
export function assertEvent(event: AlgorithmEvent): void {
  if (typeof event !== "object" || event === null)
    throw wrongInput("ALGORITHM_EVENT", "process", 'an event such as { type: "timer", time: Date.now() }', event);
  if (!EVENTS.includes(event.type)) throw unknownName("ALGORITHM_EVENT", "event", String(event.type), EVENTS);
  if (!Number.isFinite(event.time)) throw wrongInput("ALGORITHM_EVENT", "time of an event", "epoch milliseconds", event.time);
  if ((event.type === "accepted" || event.type === "fill" || event.type === "ended") && typeof event.childId !== "string")
    throw wrongInput("ALGORITHM_EVENT", "childId of an event", "the id of a child", event.childId);
  if (event.type === "ended" && event.status !== "cancelled" && event.status !== "rejected")
    throw unknownName("ALGORITHM_EVENT", "status of an end", String(event.status), ["cancelled", "rejected"]);
}

/** A time that an algorithm, or who runs it, gives. @throws LabError `ALGORITHM_TIME`. */
export function timeOf(what: string, time: EpochMs): EpochMs {
  if (Number.isFinite(time)) return time;
  throw wrongInput("ALGORITHM_TIME", what, "epoch milliseconds", time);
}

/** How an algorithm says it ends. @throws LabError `ALGORITHM_OUTCOME`. */
export function endOf(outcome: "expired" | "failed"): "expired" | "failed" {
  if (outcome === "expired" || outcome === "failed") return outcome;
  throw unknownName("ALGORITHM_OUTCOME", "outcome of an algorithm", String(outcome), ["expired", "failed"]);
}

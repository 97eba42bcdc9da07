import { Decimal, decimal, type Instrument, instrument as makeInstrument, type Side } from "../../core/index.js";
import { assertKeys, assertSwitch, hasMembers, LabError, wrongInput } from "../../errors/index.js";
import { floorToLot } from "./children.js";
import type { Json, ParentInput, ParentOrder } from "./contract.js";

/** Checks a parent order. @throws LabError `ALGORITHM_PARENT`, and what an instrument throws. */
export function parentOf(input: ParentInput): ParentOrder {
  assertKeys("an order to work off", input, ["id", "side", "quantity", "reduceOnly", "instrument", "price"]);
  assertSwitch("reduceOnly", input.reduceOnly);
  const { id, side } = input;
  if (typeof id !== "string" || !/^[A-Za-z0-9_-]{1,30}$/.test(id))
    throw new LabError(
      "ALGORITHM_PARENT",
      `An order's id has 1 to 30 of A-Z a-z 0-9 _ -, so that its children's ids keep within 36, got '${String(id)}'.`,
    );
  if (side !== "buy" && side !== "sell") throw new LabError("ALGORITHM_PARENT", `side is "buy" or "sell", got '${String(side)}'.`);
  if (!hasMembers(input.instrument, "symbol"))
    throw wrongInput("ALGORITHM_PARENT", "instrument of an order", "one such as { symbol, tickSize, lotSize }", input.instrument);
  const instrument = makeInstrument(input.instrument);
  const quantity = decimal(input.quantity, "quantity");
  if (quantity.lte(0) || !floorToLot(quantity, instrument).eq(quantity))
    throw new LabError(
      "ALGORITHM_PARENT",
      `quantity must be whole lots of ${instrument.lotSize.toFixed()} ${instrument.base}, at least one, got ${quantity.toFixed()}.`,
      { details: { quantity: quantity.toFixed(), lotSize: instrument.lotSize.toFixed() } },
    );
  if (input.price !== undefined && decimal(input.price, "price").lte(0))
    throw new LabError("ALGORITHM_PARENT", `price must be greater than zero, got ${decimal(input.price, "price").toFixed()}.`);
  return Object.freeze({ id, side, quantity, reduceOnly: input.reduceOnly ?? false, instrument });
}

const EXACT = ["tickSize", "lotSize", "minQuantity", "maxQuantity", "minNotional"] as const;

/** A parent order as plain JSON. */
export function saveParent(parent: ParentOrder): Readonly<Record<string, Json>> {
  const { instrument } = parent;
  const exact = Object.fromEntries(EXACT.map((key) => [key, instrument[key]?.toFixed() ?? null]));
  return { ...parent, quantity: parent.quantity.toFixed(), instrument: { ...instrument, ...exact } as unknown as Json };
}

/** A parent order from plain JSON. */
export function restoreParent(saved: Readonly<Record<string, Json>>): ParentOrder {
  const kept = saved.instrument as Readonly<Record<string, string | null>>;
  const exact = Object.fromEntries(EXACT.map((key) => [key, kept[key] == null ? undefined : new Decimal(kept[key])]));
  return Object.freeze({
    id: String(saved.id),
    side: saved.side as Side,
    quantity: new Decimal(String(saved.quantity)),
    reduceOnly: saved.reduceOnly === true,
    instrument: Object.freeze({ venue: undefined, asOf: undefined, ...kept, ...exact }) as unknown as Instrument,
  });
}

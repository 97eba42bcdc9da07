import type { Portfolio } from "./portfolio.js";
import { valueUnits } from "./value.js";

/** The same books in BigInt, for amounts beyond 2^53 units. Takes over from a {@link Portfolio} at any moment. */
export class BigLedger {
  flow: bigint;
  fees: bigint;
  funding: bigint;
  insurance: bigint;
  readonly cost: bigint[];
  readonly realized: bigint[];
  readonly slotFees: bigint[];
  readonly #from: Portfolio;

  constructor(from: Portfolio) {
    this.#from = from;
    this.flow = BigInt(from.flow);
    this.fees = BigInt(from.fees);
    this.funding = BigInt(from.funding);
    this.insurance = BigInt(from.insurance);
    this.cost = Array.from(from.cost, BigInt);
    this.realized = Array.from(from.realized, BigInt);
    this.slotFees = Array.from(from.slotFees, BigInt);
  }

  apply(slot: number, before: number, signed: number, price: number, fee: bigint): void {
    const instrument = this.#from.instruments[slot]!;
    const inverse = instrument.instrument.kind === "inverse";
    const size = Math.abs(signed);
    const value = valueUnits(instrument, size, price);
    const cost = this.cost[slot]!;
    this.flow -= (signed > 0 !== inverse ? value : -value) + fee;
    this.fees += fee;
    this.slotFees[slot] = this.slotFees[slot]! + fee;
    if (before === 0 || before > 0 === signed > 0) {
      this.cost[slot] = cost + value;
      return;
    }
    const held = Math.abs(before);
    const closed = size < held ? size : held;
    const released = closed === held ? cost : (cost * BigInt(closed)) / BigInt(held);
    const proceeds = closed === size ? value : valueUnits(instrument, closed, price);
    this.realized[slot] = this.realized[slot]! + (before > 0 !== inverse ? proceeds - released : released - proceeds);
    this.cost[slot] = closed === held ? value - proceeds : cost - released;
  }
}

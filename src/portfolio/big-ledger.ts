import type { Portfolio } from "./portfolio.js";

/** The same books in BigInt, for amounts beyond 2^53 units. Takes over from a {@link Portfolio} at any moment. */
export class BigLedger {
  flow: bigint;
  fees: bigint;
  funding: bigint;
  readonly cost: bigint[];
  readonly realized: bigint[];
  readonly slotFees: bigint[];
  readonly #scale: bigint[];

  constructor(from: Portfolio) {
    this.flow = BigInt(from.flow);
    this.fees = BigInt(from.fees);
    this.funding = BigInt(from.funding);
    this.cost = Array.from(from.cost, BigInt);
    this.realized = Array.from(from.realized, BigInt);
    this.slotFees = Array.from(from.slotFees, BigInt);
    this.#scale = from.instruments.map((i) => BigInt(i.valueScale));
  }

  apply(slot: number, before: number, signed: number, price: number, fee: bigint): void {
    const scale = this.#scale[slot]!;
    const size = BigInt(Math.abs(signed));
    const value = BigInt(price) * size * scale;
    const cost = this.cost[slot]!;
    this.flow -= (signed > 0 ? value : -value) + fee;
    this.fees += fee;
    this.slotFees[slot] = this.slotFees[slot]! + fee;
    if (before === 0 || before > 0 === signed > 0) {
      this.cost[slot] = cost + value;
      return;
    }
    const held = BigInt(Math.abs(before));
    const closed = size < held ? size : held;
    const released = closed === held ? cost : (cost * closed) / held;
    const proceeds = BigInt(price) * closed * scale;
    this.realized[slot] = this.realized[slot]! + (before > 0 ? proceeds - released : released - proceeds);
    this.cost[slot] = closed === held ? value - proceeds : cost - released;
  }
}

import { REFUSALS, RecordLog, type RefusalCode, STATUS, type WorkingOrder } from "../../core/index.js";
import type { Verdict } from "../risk/index.js";

/** What became of a signal. */
export const OUTCOME: {
  readonly ordered: 0;
  readonly ignored: 1;
  readonly refused: 2;
  readonly fromFlat: 3;
  readonly cancelledEntry: 4;
} = { ordered: 0, ignored: 1, refused: 2, fromFlat: 3, cancelledEntry: 4 };
export const OUTCOME_NAMES = ["ordered", "ignored", "refused", "fromFlat", "cancelledEntry"] as const;

const UNITS = ["quantity", "cash", "price"] as const;

/** Orders as columns, one row an order in the order of their ids (row = id - 1). */
export class OrderLog {
  static readonly FIELDS = 16;
  readonly rows: RecordLog = new RecordLog(OrderLog.FIELDS);

  add(order: WorkingOrder): void {
    const at = this.rows.add();
    const { data } = this.rows;
    data[at] = order.slot;
    data[at + 1] = order.direction;
    data[at + 2] = order.type;
    data[at + 3] = order.role;
    data[at + 4] = order.quantity;
    data[at + 5] = order.price;
    data[at + 6] = order.reference;
    data[at + 7] = order.bar;
    data[at + 8] = order.reduceOnly ? 1 : 0;
    data[at + 9] = order.status;
    data[at + 10] = order.bar;
    data[at + 14] = 0;
  }

  /** Records a final state. */
  settle(order: WorkingOrder, bar: number, filled: number): void {
    this.rows.set(order.id - 1, 9, order.status);
    this.rows.set(order.id - 1, 10, bar);
    this.rows.set(order.id - 1, 14, filled);
  }

  /** Records why an order was refused or rejected. */
  refuse(order: WorkingOrder, bar: number, verdict: Verdict): void {
    const row = order.id - 1;
    this.rows.set(row, 9, order.status === STATUS.rejected ? STATUS.rejected : STATUS.refused);
    this.rows.set(row, 10, bar);
    this.rows.set(row, 11, REFUSALS.indexOf(verdict.code));
    this.rows.set(row, 12, verdict.asked);
    this.rows.set(row, 13, verdict.limit);
    this.rows.set(row, 15, UNITS.indexOf(verdict.units));
  }

  /** The refusal of a row; `NONE` where there is none. */
  verdict(row: number): Verdict {
    return {
      code: REFUSALS[this.rows.get(row, 11)] as RefusalCode,
      asked: this.rows.get(row, 12),
      limit: this.rows.get(row, 13),
      units: UNITS[this.rows.get(row, 15)]!,
    };
  }
}

/** Fills as columns, in the order they came. */
export class FillLog {
  readonly rows: RecordLog = new RecordLog(9);
  /** Fees beyond 2^53 by row: the column holds their nearest double. */
  readonly #bigFees = new Map<number, bigint>();

  add(order: WorkingOrder, quantity: number, price: number, fee: number | bigint, maker: boolean, bar: number): void {
    if (typeof fee === "bigint") this.#bigFees.set(this.rows.length, fee);
    const at = this.rows.add();
    const { data } = this.rows;
    data[at] = order.slot;
    data[at + 1] = order.direction;
    data[at + 2] = quantity;
    data[at + 3] = price;
    data[at + 4] = Number(fee);
    data[at + 5] = order.id;
    data[at + 6] = order.role;
    data[at + 7] = maker ? 1 : 0;
    data[at + 8] = bar;
  }

  /** The exact fee of a row in cash units. */
  fee(row: number): number | bigint {
    return this.#bigFees.get(row) ?? this.rows.get(row, 4);
  }
}

/** Signals as columns: bar, slot, kind, confidence, outcome and the order made of it (0 for none). */
export class SignalLog {
  readonly rows: RecordLog = new RecordLog(7);

  add(bar: number, slot: number, kind: number, confidence: number, reference: number): number {
    const row = this.rows.length;
    const at = this.rows.add();
    const { data } = this.rows;
    data[at] = bar;
    data[at + 1] = slot;
    data[at + 2] = kind;
    data[at + 3] = confidence;
    data[at + 4] = reference;
    return row;
  }

  settle(row: number, outcome: number, order: number): void {
    this.rows.set(row, 5, outcome);
    this.rows.set(row, 6, order);
  }
}

import { type Balance, Decimal, type Position } from "../../core/index.js";
import { sideOf } from "./category.js";
import { nonZeroDecimal, optionalDecimal, type Row, requiredText, rowsOf, wholeNumber } from "./fields.js";

const ZERO: Decimal = new Decimal(0);

/** A position as Bybit reports it, with what tells a two-sided account and what orders the messages of a symbol. */
export interface WirePosition {
  readonly position: Position;
  /** 0 in one-way mode; 1 and 2 are the two sides of hedge mode. */
  readonly positionIdx: number;
  readonly seq: number | undefined;
  readonly updatedAt: number | undefined;
  readonly leverage: Decimal | undefined;
}

/**
 * Reads a position of REST (`avgPrice`) or of the private stream (`entryPrice`). `realizedPnl` is what the venue has realised on the symbol since it was first traded, fees and funding
 * included, so `fees` is zero. @throws LabError `WIRE_INVALID` without a symbol.
 */
export function parsePosition(row: Row): WirePosition {
  const side = sideOf(row.side);
  const size = optionalDecimal(row, "size") ?? ZERO;
  const flat = side === undefined || size.isZero();
  return {
    position: {
      symbol: requiredText(row, "symbol", "a position"),
      quantity: flat ? ZERO : side === "sell" ? size.negated() : size,
      averageEntry: flat ? undefined : (nonZeroDecimal(row, "avgPrice") ?? nonZeroDecimal(row, "entryPrice")),
      markPrice: nonZeroDecimal(row, "markPrice"),
      unrealizedPnl: optionalDecimal(row, "unrealisedPnl") ?? ZERO,
      realizedPnl: optionalDecimal(row, "cumRealisedPnl") ?? ZERO,
      fees: ZERO,
    },
    positionIdx: wholeNumber(row, "positionIdx") ?? 0,
    seq: wholeNumber(row, "seq"),
    updatedAt: wholeNumber(row, "updatedTime"),
    leverage: nonZeroDecimal(row, "leverage"),
  };
}

/** What binds a coin of an account: the initial margin of positions and orders, spot orders and bonus. `availableToWithdraw` is always "" on a unified account. */
const BOUND = ["totalPositionIM", "totalOrderIM", "locked", "bonus"] as const;

/** Reads one coin of a wallet; available is its balance less what binds it, never below zero. @throws LabError `WIRE_INVALID`. */
export function parseBalance(row: Row): Balance {
  const total = optionalDecimal(row, "walletBalance") ?? ZERO;
  const free = BOUND.reduce((left, key) => left.minus(optionalDecimal(row, key) ?? ZERO), total);
  return { currency: requiredText(row, "coin", "a balance"), total, available: free.lt(0) ? ZERO : free };
}

/** Every coin of `wallet-balance` or of a wallet message. */
export function parseWallet(accounts: unknown): Balance[] {
  return rowsOf(accounts).flatMap((account) => rowsOf(account.coin).map(parseBalance));
}

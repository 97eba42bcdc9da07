import { type Balance, Decimal, fromUnits, TYPE, type VenueExecution, type VenueOrder } from "../../../core/index.js";
import { executionRow, orderRow, type Row, wireSide } from "../../bybit-wire/index.js";
import type { PaperAccount } from "../exchange/account.js";
import type { Market } from "../exchange/market.js";
import type { PaperOrder } from "../exchange/paper-order.js";

/**
 * An order as REST and the private stream show it.
 * @param report - what it is now, where that was made already.
 */
export function orderRowOf(order: PaperOrder, report: VenueOrder = order.report()): Row {
  const { market } = order;
  const { scaled } = market;
  const inBase = market.category === "spot" && order.direction > 0;
  const row = orderRow(market.category, report, {
    filledValue: fromUnits(order.value, scaled.cashDp),
    fee: fromUnits(order.fee, scaled.cashDp),
    triggerBy: order.triggerBy,
    lastPrice: order.lastPrice,
    ...(report.status === "cancelled" && { cancelType: order.byUser ? "CancelByUser" : "UNKNOWN" }),
  });
  const price = (units: number | undefined): string => (units === undefined || units === 0 ? "" : market.priceText(units));
  return {
    ...row,
    ...(inBase && { cumExecFee: "" }),
    ...(order.leg !== undefined && { stopOrderType: order.leg, tpslMode: "Full", closeOnTrigger: true }),
    ...(order.protection !== undefined && {
      takeProfit: price(order.protection.takeProfit),
      stopLoss: price(order.protection.stopLoss),
      tpslMode: "Full",
    }),
  };
}

const MARKET_TYPES: readonly number[] = [TYPE.market, TYPE.stop, TYPE.takeProfit];

/** An execution as REST and the private stream show it. */
export function executionRowOf(execution: VenueExecution, order: PaperOrder | undefined, market: Market, seq: number): Row {
  const { scaled } = market;
  const value =
    market.category === "inverse" ? execution.quantity.div(execution.price).toDecimalPlaces(8) : execution.quantity.times(execution.price);
  const price = order === undefined ? 0 : order.isConditional ? order.limit : order.price;
  return executionRow(market.category, execution, {
    orderType: order === undefined || MARKET_TYPES.includes(order.type) ? "Market" : "Limit",
    ...(price !== 0 && { orderPrice: fromUnits(price, scaled.priceDp) }),
    ...(order !== undefined && {
      orderQuantity: fromUnits(order.quantity, scaled.quantityDp),
      leaves: fromUnits(order.remaining, scaled.quantityDp),
    }),
    value,
    markPrice: market.mark > 0 ? fromUnits(market.mark, scaled.priceDp).toFixed() : "",
    seq,
  });
}

/** The position of a contract as REST (`avgPrice`) and the private stream (`entryPrice`) show it. */
export function positionRowOf(account: PaperAccount, market: Market, seq: number, time: number): Row {
  const position = account.position(market);
  const pool = account.poolOf(market);
  const { cashDp } = market.scaled;
  const units = pool.portfolio.positionValue(market.slot);
  const value = fromUnits(units, cashDp);
  const entry = position.averageEntry?.toDecimalPlaces(8).toFixed() ?? "0";
  const flat = position.quantity.isZero();
  const protection = account.protections.of(market);
  const price = (one: number | undefined): string => (one === undefined || one === 0 ? "" : market.priceText(one));
  const liquidation = account.liquidationPrice(market);
  const initial = value.div(pool.leverage).toDecimalPlaces(8, Decimal.ROUND_UP).toFixed();
  const maintenance = fromUnits(pool.margin?.of(market.slot) ?? 0n, cashDp).toFixed();
  return {
    category: market.category,
    symbol: market.symbol,
    side: flat ? "" : wireSide(position.quantity.isNegative() ? "sell" : "buy"),
    size: position.quantity.abs().toFixed(),
    positionIdx: 0,
    riskId: 1,
    riskLimitValue: "",
    tradeMode: 0,
    positionStatus: "Normal",
    autoAddMargin: 0,
    adlRankIndicator: 0,
    leverage: String(pool.leverage),
    avgPrice: entry,
    entryPrice: entry,
    positionValue: flat ? "" : value.toFixed(),
    positionBalance: "0",
    markPrice: market.mark > 0 ? market.priceText(market.mark) : "",
    liqPrice: price(liquidation),
    bustPrice: "",
    positionIM: flat ? "" : initial,
    positionMM: flat ? "" : maintenance,
    positionIMByMp: flat ? "" : initial,
    positionMMByMp: flat ? "" : maintenance,
    tpslMode: "Full",
    takeProfit: price(protection?.takeProfit),
    stopLoss: price(protection?.stopLoss),
    trailingStop: "0",
    unrealisedPnl: flat ? "" : position.unrealizedPnl.toFixed(),
    curRealisedPnl: position.realizedPnl.minus(position.fees).toFixed(),
    cumRealisedPnl: position.realizedPnl.minus(position.fees).toFixed(),
    seq,
    isReduceOnly: false,
    mmrSysUpdatedTime: "",
    leverageSysUpdatedTime: "",
    sessionAvgPrice: "",
    createdTime: String(time),
    updatedTime: String(time),
  };
}

/** The wallet as REST and the private stream show it: what a coin may use is its balance less `totalPositionIM`. */
export function walletRowOf(account: PaperAccount, coin?: string): Row {
  const rows = account
    .balances()
    .filter(({ currency }) => coin === undefined || coin === "" || coin.split(",").includes(currency))
    .map((balance) => coinRow(account, balance));
  return {
    accountType: "UNIFIED",
    accountIMRate: "",
    accountMMRate: "",
    accountLTV: "",
    totalEquity: "",
    totalWalletBalance: "",
    totalMarginBalance: "",
    totalAvailableBalance: "",
    totalPerpUPL: "",
    totalInitialMargin: "",
    totalMaintenanceMargin: "",
    coin: rows,
  };
}

function coinRow(account: PaperAccount, { currency, total, available }: Balance): Row {
  const own = account.pools.filter(({ pool }) => pool.currency === currency);
  const open = own.reduce((sum, { pool, portfolio }) => {
    let units = 0n;
    for (const { slot, category } of pool.markets) if (category !== "spot") units += portfolio.unrealizedUnits(slot);
    return sum.plus(fromUnits(units, pool.cashDp));
  }, new Decimal(0));
  const maintenance = own.reduce((sum, { pool, margin }) => sum.plus(fromUnits(margin?.total() ?? 0n, pool.cashDp)), new Decimal(0));
  const bound = Decimal.max(0, total.minus(available));
  return {
    coin: currency,
    equity: total.plus(open).toFixed(),
    walletBalance: total.toFixed(),
    usdValue: "",
    availableToWithdraw: "",
    availableToBorrow: "",
    borrowAmount: "0",
    accruedInterest: "0",
    totalOrderIM: "0",
    totalPositionIM: bound.toFixed(),
    totalPositionMM: maintenance.toFixed(),
    unrealisedPnl: open.toFixed(),
    cumRealisedPnl: "0",
    bonus: "0",
    locked: "0",
    spotHedgingQty: "0",
    marginCollateral: true,
    collateralSwitch: true,
  };
}

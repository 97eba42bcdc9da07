import {
  type ApprovedOrder,
  type Decimal,
  type DecimalInput,
  decimal,
  fromUnits,
  type Instrument,
  type InstrumentInput,
  instrument as makeInstrument,
  type OrderRequest,
  type PriceInput,
  type Refusal,
  ROLE,
  type ScaledInstrument,
  SIGNALS,
  type SignalKind,
  scaleInstrument,
  TIF_NAMES,
  TYPE,
  TYPE_NAMES,
  toUnits,
  toWideUnits,
} from "../../core/index.js";
import { assertSwitch, hasMembers, LabError, unknownName, wrongInput } from "../../errors/index.js";
import { Portfolio } from "../../portfolio/index.js";
import { parseRisk, type RiskChecker, type RiskLimits, refusal } from "../risk/index.js";
import { parseSizer, type SizerInput } from "../sizers/index.js";
import { OUTCOME_NAMES } from "./logs.js";
import { OrderEngine } from "./order-engine.js";
import { REQUEST } from "./outbox.js";
import { KIND, PendingSignal } from "./signal.js";

/** A signal to turn into orders by hand. */
export interface SignalInput {
  /** Client order id of the entry; legs and further exits append to it. At most 33 of A-Z a-z 0-9 _ -. */
  id: string;
  kind: SignalKind;
  stopLoss?: PriceInput;
  takeProfit?: PriceInput;
  limit?: PriceInput;
  /** In base currency, instead of what the sizer says. */
  quantity?: DecimalInput;
  /** 0 to 1. */
  confidence?: number;
}

/** Where the account stands when the signal comes. */
export interface SignalContext {
  instrument: Instrument | InstrumentInput;
  /** Last price. */
  price: DecimalInput;
  /** Equity, settlement currency. */
  equity: DecimalInput;
  /** Signed position, long positive; flat unless given. */
  position?: DecimalInput;
  /** `percent:0.10` unless given. */
  sizer?: SizerInput;
  risk?: RiskLimits | RiskChecker;
  /** Only orders that reduce the position may leave. */
  liquidateOnly?: boolean;
}

/** What became of a signal: the orders that would leave now, and the protective legs that follow once the entry is filled whole. */
export class HandledSignal {
  declare readonly outcome: (typeof OUTCOME_NAMES)[number];
  declare readonly orders: readonly OrderRequest[];
  declare readonly legs: readonly OrderRequest[];
  declare readonly refusal: Refusal | undefined;

  /** Use {@link handleSignal}. */
  constructor(parts: HandledSignal) {
    Object.freeze(Object.assign(this, parts));
  }
}

const ID = /^[A-Za-z0-9_-]{1,33}$/;
const KEYS: readonly string[] = ["id", "kind", "stopLoss", "takeProfit", "limit", "quantity", "confidence"];
const CONTEXT_KEYS: readonly string[] = ["instrument", "price", "equity", "position", "sizer", "risk", "liquidateOnly"];

/**
 * Turns one signal into orders, as the engine does it: sizer, risk, the venue's filters, protective legs. Nothing is sent and nothing remembered: a way to ask, in a
 * cell, what a signal would do here (Tesser's `ExecutionEngine.handle_signal`).
 * @example handleSignal({ id: "s1", kind: "enterLong", stopLoss: "58800" }, { instrument: btc, price: "60000", equity: "25000", sizer: "percent:0.05" })
 * @throws LabError `SIGNAL_UNKNOWN`, `SIGNAL_OPTION`, `SIGNAL_CONFIDENCE`, `CLIENT_ORDER_ID`, `DECIMAL_INVALID`, and what instruments, sizers and checks throw for misuse.
 */
export function handleSignal(signal: SignalInput, context: SignalContext): HandledSignal {
  if (typeof signal !== "object" || signal === null)
    throw wrongInput("SIGNAL_OPTION", "handleSignal", 'a signal such as { id: "s1", kind: "enterLong" }', signal);
  if (typeof context !== "object" || context === null)
    throw wrongInput("SIGNAL_OPTION", "handleSignal", "a context such as { instrument, price, equity } after the signal", context);
  for (const key of Object.keys(signal)) if (!KEYS.includes(key)) throw unknownName("SIGNAL_OPTION", "key of a signal", key, KEYS);
  for (const key of Object.keys(context))
    if (!CONTEXT_KEYS.includes(key)) throw unknownName("SIGNAL_OPTION", "key of a signal's context", key, CONTEXT_KEYS);
  if (!SIGNALS.includes(signal.kind)) throw unknownName("SIGNAL_UNKNOWN", "signal", String(signal.kind), SIGNALS);
  if (typeof signal.id !== "string" || !ID.test(signal.id))
    throw new LabError(
      "CLIENT_ORDER_ID",
      `A signal's id is 1 to 33 of A-Z a-z 0-9 _ -, so that its legs' ids fit a venue's 36, got '${signal.id}'.`,
    );
  assertSwitch("liquidateOnly", context.liquidateOnly);
  const { confidence = 1 } = signal;
  if (!(typeof confidence === "number" && confidence >= 0 && confidence <= 1))
    throw new LabError("SIGNAL_CONFIDENCE", `confidence is a number from 0 to 1, got ${String(confidence)}.`);

  if (!hasMembers(context.instrument, "symbol"))
    throw wrongInput("SIGNAL_OPTION", "instrument of a signal's context", "one such as { symbol, tickSize, lotSize }", context.instrument);
  const price = decimal(context.price, "price");
  const position = decimal(context.position ?? 0, "position");
  const scaled = scaleFor(makeInstrument(context.instrument), price, position);
  const engine = deskAt(scaled, { ...context, price, position });
  const pending = Object.assign(new PendingSignal(), {
    kind: KIND[signal.kind],
    confidence,
    stopLoss: signal.stopLoss,
    takeProfit: signal.takeProfit,
    limit: signal.limit,
    quantity: signal.quantity,
  });
  engine.signal(pending, 0, 0, toUnits(price, scaled.priceDp, "exact", "price"));
  const sent = drain(engine);
  const entry = sent.find((order) => order.role === ROLE.entry);
  const verdict = engine.orders.length > 0 ? engine.orders.verdict(engine.orders.length - 1) : undefined;
  return new HandledSignal({
    outcome: OUTCOME_NAMES[engine.signals.read(0).outcome]!,
    orders: Object.freeze(sent.map((order, i) => request(order, scaled, i === 0 ? signal.id : `${signal.id}-${i + 1}`))),
    legs: Object.freeze(entry === undefined ? [] : legsOf(engine, entry, scaled, signal.id)),
    refusal: verdict === undefined ? undefined : refusal(verdict.code, verdict, scaled),
  });
}

/** Units as fine as the numbers given, so that none of them is rounded. */
function scaleFor(instrument: Instrument, price: Decimal, position: Decimal): ScaledInstrument {
  const scaled = scaleInstrument(instrument, price.decimalPlaces());
  if (position.decimalPlaces() > scaled.quantityDp)
    throw new LabError("NOT_REPRESENTABLE", `position ${position.toFixed()} is finer than the lot ${instrument.lotSize.toFixed()}.`);
  return scaled;
}

/** An order engine of one instrument that holds a position and has an equity. */
function deskAt(scaled: ScaledInstrument, at: SignalContext & { readonly price: Decimal; readonly position: Decimal }): OrderEngine {
  const units = toUnits(at.price, scaled.priceDp, "exact", "price");
  const held = toUnits(at.position, scaled.quantityDp, "exact", "position");
  const equity = toWideUnits(decimal(at.equity, "equity"), scaled.cashDp, "floor", "equity");
  const spot = scaled.instrument.kind === "spot";
  // Bought at this very price, so that equity is what it is said to be; a spot balance was paid for.
  const portfolio = new Portfolio([scaled], equity);
  portfolio.mark[0] = units;
  if (held !== 0) portfolio.apply(0, held, units, 0);
  if (spot && held < 0) throw new LabError("POSITION_INVALID", "A spot balance cannot be negative.");
  const settings = { brackets: true, pyramiding: 0, reverse: true, latencyBars: 1 };
  const engine = new OrderEngine(portfolio, parseSizer(at.sizer ?? "percent:0.10"), parseRisk(at.risk), settings);
  engine.desks[0]!.held = held;
  engine.liquidateOnly = at.liquidateOnly ?? false;
  return engine;
}

/** The orders that leave. */
function drain(engine: OrderEngine): ApprovedOrder[] {
  const sent: ApprovedOrder[] = [];
  for (let order = engine.outbox.take(); order !== undefined; order = engine.outbox.take())
    if (engine.outbox.kind === REQUEST.open) sent.push(order);
  return sent;
}

/** What the engine places once the entry is filled at its price. */
function legsOf(engine: OrderEngine, entry: ApprovedOrder, scaled: ScaledInstrument, id: string): OrderRequest[] {
  const at = entry.type === TYPE.limit ? entry.price : entry.reference;
  engine.settlement.filled(entry, entry.quantity, at, 0, false, 0);
  return drain(engine).map((leg) => request(leg, scaled, `${id}-${leg.role === ROLE.stopLoss ? "sl" : "tp"}`));
}

function request(order: ApprovedOrder, { instrument, priceDp, quantityDp }: ScaledInstrument, clientOrderId: string): OrderRequest {
  const price = fromUnits(order.price, priceDp);
  return Object.freeze<OrderRequest>({
    clientOrderId,
    symbol: instrument.symbol,
    side: order.direction > 0 ? "buy" : "sell",
    type: TYPE_NAMES[order.type]!,
    quantity: fromUnits(order.quantity, quantityDp),
    ...(order.type === TYPE.limit ? { price } : {}),
    ...(order.type === TYPE.stop ? { triggerPrice: price } : {}),
    timeInForce: TIF_NAMES[order.timeInForce]!,
    postOnly: order.postOnly,
    reduceOnly: order.reduceOnly,
  });
}

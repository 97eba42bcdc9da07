import type { OrderRequest, Refusal } from "../../core/index.js";
import { type MimeBundle, type Table, table } from "../../display/index.js";
import type { ComplianceReport, HandledSignal } from "../../execution/index.js";
import { section, warningText } from "./section.js";

/** Numbers of a refusal: `asked 2, limit 1`. */
function numbersText(numbers: Readonly<Record<string, string>>): string {
  const text = Object.entries(numbers).map(([name, value]) => `${name} ${value}`);
  return text.length === 0 ? "" : ` (${text.join(", ")})`;
}

/** A refusal in one line: its code, its sentence and what was compared. */
export function refusalText({ code, message, numbers }: Refusal): string {
  return `${code}: ${message}${numbersText(numbers)}`;
}

const rules = (n: number): string => `${n} rule${n === 1 ? "" : "s"} broken`;

function complianceTitle({ symbol, isClean, blocked, violations }: ComplianceReport): string {
  const verdict = isClean ? "keeps every rule" : rules(violations.length);
  return `Order in ${symbol}: ${verdict}, ${blocked ? "blocked" : "may be sent"}`;
}

/** The venue's filters, where they are known. */
function filterLines({ instrument }: ComplianceReport): string[] {
  if (instrument === undefined) return [];
  const { tickSize, lotSize, minQuantity, maxQuantity, minNotional } = instrument;
  const most = maxQuantity === undefined ? "" : `, at most ${maxQuantity.toFixed()}`;
  return [
    `tick ${tickSize.toFixed()}, lot ${lotSize.toFixed()}, at least ${minQuantity.toFixed()}${most}, value at least ${minNotional.toFixed()}`,
  ];
}

function complianceTable(report: ComplianceReport): Table {
  const { requestedQuantity, normalizedQuantity, requestedPrice, normalizedPrice } = report;
  const market = "at the market";
  return table(
    [
      { number: "Quantity", requested: requestedQuantity.toFixed(), normalized: normalizedQuantity.toFixed() },
      { number: "Price", requested: requestedPrice?.toFixed() ?? market, normalized: normalizedPrice?.toFixed() ?? market },
    ],
    { align: { requested: "right", normalized: "right" } },
  );
}

const violationLines = ({ violations }: ComplianceReport): string[] =>
  violations.map(({ code, message, numbers }) => `${code}: ${message}${numbersText(numbers)}`);

export function complianceText(report: ComplianceReport): string {
  return [complianceTitle(report), ...filterLines(report), complianceTable(report).toString(), warningText(violationLines(report))]
    .filter((line) => line !== "")
    .join("\n");
}

/** A checked order in a notebook: its numbers as asked for and on the venue's grid, and every rule it breaks. */
export function complianceBundle(report: ComplianceReport): Promise<MimeBundle> {
  return section(complianceTitle(report), [{ lines: filterLines(report) }, complianceTable(report), { warnings: violationLines(report) }]);
}

function handledTitle({ outcome, orders, legs }: HandledSignal): string {
  const now = orders.length === 0 ? "no order" : `${orders.length} order${orders.length === 1 ? "" : "s"} now`;
  const later = legs.length === 0 ? "" : `, ${legs.length} protective leg${legs.length === 1 ? "" : "s"} once the entry is filled`;
  return `Signal ${outcome}: ${now}${later}`;
}

function requestRow(leaves: string, request: OrderRequest): Record<string, string> {
  const { clientOrderId, symbol, side, type, quantity, price, triggerPrice, timeInForce, postOnly, reduceOnly } = request;
  const words = [timeInForce, postOnly ? "post-only" : undefined, reduceOnly ? "reduce-only" : undefined];
  return {
    leaves,
    id: clientOrderId,
    order: `${side} ${type} ${symbol}`,
    quantity: quantity.toFixed(),
    price: price?.toFixed() ?? "-",
    trigger: triggerPrice?.toFixed() ?? "-",
    how: words.filter((word) => word !== undefined).join(", "),
  };
}

/** Orders that leave now, then the legs; none where nothing leaves. */
function requestTables({ orders, legs }: HandledSignal): Table[] {
  const rows = [...orders.map((order) => requestRow("now", order)), ...legs.map((leg) => requestRow("once filled", leg))];
  if (rows.length === 0) return [];
  return [table(rows, { limit: 40, align: { quantity: "right", price: "right", trigger: "right" } })];
}

const doubts = ({ refusal }: HandledSignal): string[] => (refusal === undefined ? [] : [refusalText(refusal)]);

export function handledText(handled: HandledSignal): string {
  return [handledTitle(handled), ...requestTables(handled).map(String), warningText(doubts(handled))]
    .filter((line) => line !== "")
    .join("\n");
}

/** What a signal would do, in a notebook: the orders that leave, the legs that follow, or why it was refused. */
export function handledBundle(handled: HandledSignal): Promise<MimeBundle> {
  return section(handledTitle(handled), [...requestTables(handled), { warnings: doubts(handled) }]);
}

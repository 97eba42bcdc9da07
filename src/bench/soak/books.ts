import { Decimal } from "../../core/index.js";
import { openState, type SessionView } from "../../state/index.js";
import type { PaperServer } from "../../venues/paper/index.js";
import { ENTRY_SLICED } from "./restless.js";

/** What a comparison found, and how much there was to compare. */
export interface Comparison {
  readonly differences: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
}

const FINAL = ["filled", "cancelled", "rejected", "refused"];

/** Everything that differs between the books of a server and of the session that traded on it: orders, executions, position and money, to the last unit. */
export function compareBooks(server: PaperServer, statePath: string): Comparison {
  const view = openState(statePath) as SessionView;
  try {
    return compare(server, view);
  } finally {
    view.close();
  }
}

function compare(server: PaperServer, view: SessionView): Comparison {
  const found: string[] = [];
  const say = (text: string): void => void found.push(text);
  const account = server.exchange.account("main");
  const theirs = account.all().map((order) => order.report());
  const ours = new Map(view.orders().map((order) => [order.id, order]));
  const intents = new Map(view.intents().map((intent) => [intent.clientOrderId, intent]));

  // Each order of the server is one that was written down before, and each that was written down is at the server, or is known to have never landed.
  const ids = theirs.map((order) => order.clientOrderId);
  if (new Set(ids).size !== ids.length) say("an id was used twice at the server");
  for (const order of theirs) {
    const id = order.clientOrderId;
    const mine = ours.get(id);
    if (!intents.has(id)) say(`${id}: at the server, but its intent was not written down`);
    if (mine === undefined) {
      say(`${id}: at the server, but not in the journal`);
      continue;
    }
    const [a, b] = [order.status === "untriggered" || order.status === "pending" ? "working" : order.status, mine.status];
    if (a !== b) say(`${id}: ${a} at the server, ${b} in the journal`);
    if (!order.filledQuantity.eq(mine.filledQuantity))
      say(`${id}: ${order.filledQuantity.toFixed()} filled at the server, ${mine.filledQuantity.toFixed()} in the journal`);
    if (order.side !== mine.side || order.type !== mine.type || !order.quantity.eq(mine.quantity))
      say(
        `${id}: ${order.side} ${order.type} ${order.quantity.toFixed()} at the server, ${mine.side} ${mine.type} ${mine.quantity.toFixed()} in the journal`,
      );
  }
  const there = new Set(ids);
  let never = 0;
  // One that was called off before it left has no intent.
  for (const [id, order] of ours)
    if (!there.has(id) && intents.has(id)) {
      never++;
      if (order.status !== "rejected") say(`${id}: ${order.status} in the journal, unknown at the server`);
    }
  for (const id of intents.keys()) if (!ours.has(id)) say(`${id}: an intent without an order`);
  for (const { clientOrderId, state } of intents.values())
    if (state === "intended" && FINAL.includes(ours.get(clientOrderId)?.status ?? "")) {
      // How an order ended may be heard from the stream before the answer to its request, which then is never heard.
      if (!there.has(clientOrderId)) say(`${clientOrderId}: never landed, but its intent is still open`);
    }

  // Executions: each once on both sides, with the same amounts.
  const told = account.executions.map(({ execution }) => execution).filter((one) => one.kind === "trade");
  const amounts = (id: string, quantity: Decimal, price: Decimal, fee: Decimal): string =>
    [id, quantity.toFixed(), price.toFixed(), fee.toFixed()].join(" ");
  const thereTold = told.map((one) => amounts(one.clientOrderId, one.quantity, one.price, one.fee)).sort();
  const here = view
    .fills()
    .map((fill) => amounts(fill.orderId, fill.quantity, fill.price, fill.fee))
    .sort();
  if (JSON.stringify(thereTold) !== JSON.stringify(here))
    say(`fills differ: ${only(thereTold, here).join("; ")} | ${only(here, thereTold).join("; ")}`);
  const executions = view.executions().map((one) => one.executionId);
  if (JSON.stringify([...executions].sort()) !== JSON.stringify(told.map((one) => one.executionId).sort()))
    say(`${executions.length} executions in the journal, ${told.length} at the server`);

  // Money.
  const held = account.positions().find((one) => one.symbol === "BTCUSDT")?.quantity ?? new Decimal(0);
  const mine = view.positions().find((one) => one.symbol === "BTCUSDT")?.quantity ?? new Decimal(0);
  if (!held.eq(mine)) say(`position ${held.toFixed()} at the server, ${mine.toFixed()} in the journal`);
  const money = account.balances().find((one) => one.currency === "USDT")!.total;
  if (!money.eq(view.record.balance)) say(`${money.toFixed()} USDT at the server, ${view.record.balance.toFixed()} in the journal`);

  // Children of algorithms: each once, none skipped, and no more than was asked for.
  const parents = new Map<string, { filled: Decimal; numbers: number[]; asked: Decimal | undefined }>();
  for (const order of ours.values()) {
    const child = /^(twap|iceberg) (a\d+)-(\d+)$/.exec(order.route ?? "");
    if (child === null) continue;
    const [, algorithm, name, number] = child;
    const parent = parents.get(name!) ?? {
      filled: new Decimal(0),
      numbers: [],
      asked: order.role === "entry" ? new Decimal(ENTRY_SLICED[algorithm as "twap"]) : undefined,
    };
    parents.set(name!, { ...parent, filled: parent.filled.plus(order.filledQuantity), numbers: [...parent.numbers, Number(number)] });
  }
  for (const [name, { filled, numbers, asked }] of parents) {
    if (JSON.stringify(numbers) !== JSON.stringify(numbers.map((_, i) => i + 1))) say(`children of ${name}: ${numbers.join(", ")}`);
    if (asked !== undefined && filled.gt(asked)) say(`${name}: ${filled.toFixed()} filled of ${asked.toFixed()}`);
  }

  for (const line of view.check()) say(`check: ${line}`);
  for (const line of view.replay()) say(`replay: ${line}`);
  for (const { payload } of view.journal({ kind: "reconcile" })) {
    const { problems, contradictions, balances } = payload as { problems: string[]; contradictions: string[]; balances: unknown[] };
    if (problems.length + contradictions.length + balances.length > 0) say(`reconcile: ${JSON.stringify(payload)}`);
  }
  const routes = [...ours.values()].map((order) => order.route ?? "");
  return {
    differences: found,
    counts: {
      orders: theirs.length,
      neverLanded: never,
      fills: told.length,
      algorithms: parents.size,
      quotes: routes.filter((route) => route.startsWith("maker")).length,
      legs: [...ours.values()].filter((order) => order.role === "stopLoss" || order.role === "takeProfit").length,
      lines: view.sequence,
      open: account.open().length,
      reconciles: view.journal({ kind: "reconcile" }).length,
    },
  };
}

function only(a: readonly string[], b: readonly string[]): string[] {
  const there = new Set(b);
  return a.filter((one) => !there.has(one)).slice(0, 5);
}

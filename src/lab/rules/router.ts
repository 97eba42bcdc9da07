import { type MimeBundle, type Table, table } from "../../display/index.js";
import type { RouterSnapshot } from "../../execution/index.js";
import { section } from "./section.js";

const title = ({ style, working }: RouterSnapshot): string => `Router ${style}, ${working.length} working`;

const COUNTED: Readonly<Record<keyof RouterSnapshot["counters"], string>> = {
  plansEntry: "Entries planned",
  plansExit: "Exits planned",
  makerEntries: "Entries resting",
  takerEntries: "Entries at the market",
  makerExits: "Exits resting",
  takerExits: "Exits at the market",
  suppressedDupEnter: "Entries kept back, one was working",
  suppressedDupExit: "Exits kept back, one was working",
  spreadGateTaker: "At the market for a wide spread",
  entryMissSkip: "Missed entries given up",
  entryMissRetry: "Missed entries tried again",
  entryMissMarket: "Missed entries sent to the market",
  exitEscalations: "Resting exits sent to the market",
  fillsWorking: "Fills of working orders",
  cancels: "Cancels",
  hookErrors: "Hooks that threw",
};

function counts({ counters }: RouterSnapshot): Table {
  const names = Object.keys(COUNTED) as (keyof typeof COUNTED)[];
  return table(
    names.map((name) => ({ count: COUNTED[name], orders: counters[name] })),
    { limit: 40 },
  );
}

/** Orders that rest, how long, and at which attempt; none where nothing does. */
function working({ working: orders }: RouterSnapshot): Table[] {
  if (orders.length === 0) return [];
  const rows = orders.map(({ tradeId, action, asset, ageS, retryN }) => ({ trade: tradeId, action, asset, seconds: ageS, retry: retryN }));
  return [table(rows, { title: "Working" })];
}

export function routerText(snapshot: RouterSnapshot): string {
  return [title(snapshot), counts(snapshot).toString(), ...working(snapshot).map(String)].join("\n");
}

/** A router in a notebook: its style, what it counted, and what rests. */
export function routerBundle(snapshot: RouterSnapshot): Promise<MimeBundle> {
  return section(title(snapshot), [counts(snapshot), ...working(snapshot)]);
}

import type { EquityPoints, Fill, Order, Position } from "../core/index.js";
import { REPORT_NAMES } from "../engine/index.js";
import { fillOf, type JournalEntry, type Json, type Row, type SessionSummary, type SessionView } from "../state/index.js";
import type { Health } from "./trader/health.js";
import type { StoredEvent, StoredLine } from "./trader/journal-events.js";

/** A line of the journal as a person reads it. */
export interface AuditLine {
  readonly sequence: number;
  readonly time: number;
  readonly text: string;
}

/** What a panel of a session shows: everything of one moment. */
export interface SessionOverview {
  readonly summary: SessionSummary;
  /** Flat ones too. */
  readonly positions: readonly Position[];
  /** Orders that wait at the venue. */
  readonly openOrders: readonly Order[];
  /** The newest fills, oldest first. */
  readonly fills: readonly Fill[];
  readonly equity: EquityPoints;
  /** What the engine was told last and what came of it, oldest first. */
  readonly audits: readonly AuditLine[];
  /** Of a session that trades on a venue and is running. */
  readonly health: Health | undefined;
}

/** How much of it is shown. */
const FILLS = 5;
const AUDITS = 8;
/** Lines read to find so many that say something. */
const LOOK_BACK = 60;

/** Reads what a panel shows. */
export function overviewOf(view: SessionView, health: Health | undefined): SessionOverview {
  const symbols = view.record.data.map((one) => one.symbol);
  const audits = view.journal({ kind: ["event", "alert", "session", "signal"], limit: LOOK_BACK, last: true }).flatMap((entry) => {
    const text = auditText(entry, symbols);
    return text === undefined ? [] : [{ sequence: entry.sequence, time: entry.time, text }];
  });
  return {
    summary: view.summary(),
    positions: view.positions(),
    openOrders: [...view.orders({ status: "working" }), ...view.orders({ status: "partiallyFilled" })],
    fills: view.journal({ kind: "fill", limit: FILLS, last: true }).map(({ payload }) => fillOf(payload as unknown as Row)),
    equity: view.equity,
    audits: audits.slice(-AUDITS),
    health,
  };
}

/** What a line of the journal says; nothing for the passing of time. */
function auditText({ kind, payload }: JournalEntry, symbols: readonly string[]): string | undefined {
  if (kind === "alert") return `alert: ${String((payload as { readonly message?: unknown }).message)}`;
  if (kind === "session") {
    const { resumed, ended } = payload as { readonly resumed?: boolean; readonly ended?: string };
    return ended === undefined ? (resumed === true ? "session goes on" : "session begins") : `session ${ended}`;
  }
  if (kind !== "event") return kind;
  const { event, said = [] } = payload as unknown as StoredLine;
  const heard = eventText(event, symbols);
  if (heard === undefined && said.length === 0) return undefined;
  const asked = said.map((one) => `${one.kind} ${one.symbol}`).join(", ");
  return [heard ?? event.type, ...(asked === "" ? [] : [`the strategy says ${asked}`])].join("; ");
}

function eventText(event: StoredEvent, symbols: readonly string[]): string | undefined {
  switch (event.type) {
    case "candle":
    case "trade":
    case "book":
      return `${event.type} of ${symbols[event.slot] ?? event.slot}`;
    case "fill":
      return `a fill of order ${event.order}`;
    case "order":
      return `order ${event.order} ${REPORT_NAMES[event.report] ?? "reported"}${event.why === "" ? "" : `: ${event.why}`}`;
    case "command":
      return `command ${commandText(event.command)}`;
    case "link":
      return `${event.link} link ${event.state}`;
    case "trading":
      if (event.waits === true) return "entries wait";
      return event.enabled ? "trading enabled" : "trading disabled";
    case "account":
      return "the venue's account is taken over";
    case "funding":
      return "funding";
    case "shutdown":
      return "shutdown";
    case "timer":
      return undefined;
  }
}

function commandText(command: Json): string {
  if (typeof command !== "object" || command === null || Array.isArray(command)) return String(command);
  const { type, ...rest } = command as Readonly<Record<string, Json>>;
  const told = Object.entries(rest).map(([name, value]) => `${name} ${typeof value === "object" ? JSON.stringify(value) : String(value)}`);
  return [String(type), ...told].join(", ");
}

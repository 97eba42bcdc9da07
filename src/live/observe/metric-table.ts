/** One metric as it is documented and exposed. */
export interface MetricSpec {
  readonly type: "counter" | "gauge" | "histogram";
  readonly labels: readonly string[];
  readonly help: string;
}

const spec = (type: MetricSpec["type"], help: string, labels: readonly string[] = []): MetricSpec =>
  Object.freeze({ type, labels: Object.freeze([...labels]), help });

/** Every metric a session exposes: the one table of names. Times are seconds, money is in the session's currency, ratios are fractions. */
export const METRICS: Readonly<Record<string, MetricSpec>> = Object.freeze({
  tesserlab_info: spec("gauge", "Always 1; what the session is stands in the labels.", ["session", "strategy", "venue", "environment"]),
  tesserlab_ticks_received_total: spec("counter", "Market trades received.", ["symbol"]),
  tesserlab_books_received_total: spec("counter", "Order book messages received.", ["symbol"]),
  tesserlab_candles_received_total: spec("counter", "Closed candles handled.", ["symbol"]),
  tesserlab_data_gap_seconds: spec("gauge", "Seconds since the newest market message.", ["symbol"]),
  tesserlab_candles_missed_seconds: spec(
    "gauge",
    "Seconds for which candles that were missed have been asked for in vain: the strategy hears no later ones; 0 where none are missing.",
  ),
  tesserlab_equity: spec("gauge", "Equity: wallet balance and open P&L."),
  tesserlab_balance: spec("gauge", "Wallet balance."),
  tesserlab_drawdown_ratio: spec("gauge", "Fall of equity from its peak."),
  tesserlab_position_quantity: spec("gauge", "Signed position, long positive, in base currency.", ["symbol"]),
  tesserlab_unrealized_pnl: spec("gauge", "Open P&L at the mark.", ["symbol"]),
  tesserlab_open_orders: spec("gauge", "Orders that are open or on their way.", ["symbol"]),
  tesserlab_orders_sent_total: spec("counter", "Orders sent to the venue.", ["symbol"]),
  tesserlab_order_errors_total: spec("counter", "Orders, amendments and cancellations that failed, by stable code.", ["code"]),
  tesserlab_orders_refused_total: spec("counter", "Signals and orders that were refused before they left, by stable code.", ["code"]),
  tesserlab_fills_total: spec("counter", "Fills.", ["symbol", "liquidity"]),
  tesserlab_fill_ratio: spec("gauge", "Share of the quantity of finished orders that was filled."),
  tesserlab_shortfall_bps: spec(
    "gauge",
    "Mean implementation shortfall against the price at the decision, weighted by quantity, in basis points; positive is worse.",
    ["symbol"],
  ),
  tesserlab_fees_total: spec("gauge", "Fees paid so far; rebates count against them."),
  tesserlab_link_up: spec("gauge", "1 while a link to the venue is healthy.", ["link"]),
  tesserlab_reconnects_total: spec("counter", "Times a link was lost.", ["link"]),
  tesserlab_breaker_state: spec("gauge", "Circuit breaker of the venue: 0 closed, 1 half open, 2 open."),
  tesserlab_trading_enabled: spec("gauge", "1 while the strategy may trade."),
  tesserlab_liquidate_only: spec("gauge", "1 while only orders that reduce a position may leave."),
  tesserlab_reconciles_total: spec("counter", "Comparisons with the venue, by outcome.", ["outcome"]),
  tesserlab_reconcile_age_seconds: spec("gauge", "Seconds since the session last agreed with its venue."),
  tesserlab_journal_lines: spec("gauge", "Number of the newest line of the journal."),
  tesserlab_journal_commit_seconds: spec("histogram", "How long an order waits for its intent to be on disk."),
  tesserlab_alerts_total: spec("counter", "Alerts raised.", ["kind"]),
  tesserlab_recorder_rows_total: spec("counter", "Rows of the recording on disk.", ["kind"]),
  tesserlab_recorder_bytes_total: spec("counter", "Bytes of the recording written, before they become Parquet."),
  tesserlab_recorder_failures_total: spec("counter", "Times the recording could not be written."),
  tesserlab_recorder_lost_rows_total: spec("counter", "Rows that were not recorded: the disk refused for longer than memory lasted."),
  tesserlab_webhook_failures_total: spec("counter", "Alerts that could not be delivered to the webhook."),
});

/** A name of {@link METRICS}. */
export type MetricName = `tesserlab_${string}`;

/** The table of metrics as Markdown. */
export function metricTable(): string {
  const rows = Object.entries(METRICS).map(([name, { type, labels, help }]) => `| ${name} | ${type} | ${labels.join(", ")} | ${help} |`);
  return ["| metric | type | labels | meaning |", "|---|---|---|---|", ...rows].join("\n");
}

import { equityChart } from "../../charts/index.js";
import { timeText } from "../../core/index.js";
import { type MimeBundle, plainText, table } from "../../display/index.js";
import type { LoadedStrategy } from "../../handoff/index.js";
import type { SessionComparison, SessionHandle } from "../../live/index.js";
import type { SessionView, TesserView } from "../../state/index.js";
import { keepPainted } from "../session-panel.js";
import { paramsText, routerRows } from "./run.js";
import { section, warningText } from "./section.js";
import { overviewBundle, sessionTitle } from "./session-overview.js";

/** A flat object as a two-column table, and rows of what it holds in depth. */
function facts(of: object, more: readonly { figure: string; value: string }[] = []): ReturnType<typeof table> {
  const rows = Object.entries(of)
    .filter(([, value]) => value !== undefined && value !== null && (typeof value !== "object" || "toFixed" in value))
    .map(([figure, value]) => ({
      figure,
      value: /^(started|ended|marketTime)$/.test(figure) ? timeText(value as number) : plainText(value),
    }));
  return table([...rows, ...more], { limit: 40, align: { value: "right" } });
}

export function sessionText(session: SessionHandle): string {
  return `${sessionTitle(session)}, kept in ${session.statePath}. Ask it: await session.status(), positions(), orders(), fills(), stop().`;
}

/**
 * A session in a notebook: where it stands, its orders and positions, its last audits and its doubts. In a page that paints updates a running one stays up to date;
 * elsewhere it is a picture of this moment.
 */
export async function sessionBundle(session: SessionHandle): Promise<MimeBundle> {
  const { bundle, report } = await overviewBundle(session);
  return report.status === "running" && keepPainted(session, bundle) ? {} : bundle;
}

/** A comparison's figures, and the first rows that are not the same. */
function comparisonTables({ orders, fills, equity, finalEquity, differences }: SessionComparison): ReturnType<typeof table>[] {
  const counts = Object.entries({ orders, fills, "equity points": equity }).map(([what, rows]) => ({
    what,
    session: String(rows.filter((row) => row.session !== undefined).length),
    backtest: String(rows.filter((row) => row.backtest !== undefined).length),
    equal: rows.every((row) => row.equal) ? "yes" : "no",
  }));
  const last = {
    what: "final equity",
    session: finalEquity.session.toFixed(8),
    backtest: finalEquity.backtest.toFixed(8),
    equal: finalEquity.session.eq(finalEquity.backtest) ? "yes" : "no",
  };
  const firsts = differences.slice(0, 10).map(({ kind, number, session, backtest }) => ({
    kind,
    number,
    session: session ?? "-",
    backtest: backtest ?? "-",
  }));
  return [table([...counts, last]), ...(firsts.length === 0 ? [] : [table(firsts, { title: "First differences" })])];
}

const comparisonTitle = ({ session, until, equal }: SessionComparison): string =>
  `Session ${session} and the backtest up to ${timeText(until)}: ${equal ? "equal" : "NOT equal"}`;

export function comparisonText(comparison: SessionComparison): string {
  return [comparisonTitle(comparison), ...comparison.reasons, ...comparisonTables(comparison).map(String)].join("\n");
}

/** A session beside its backtest in a notebook. */
export function comparisonBundle(comparison: SessionComparison): Promise<MimeBundle> {
  return section(comparisonTitle(comparison), [{ lines: comparison.reasons }, ...comparisonTables(comparison)]);
}

/** What a session failed of, as a doubt that stands before the others. */
function failure(error: { readonly code: string; readonly message: string } | undefined): readonly string[] {
  return error === undefined ? [] : [`The session failed: ${error.message} (${error.code})`];
}

const stateDoubts = (state: SessionView): readonly string[] => [...failure(state.record.error), ...state.warnings];

/** The figures of a stored session, its router's where something rests. */
function stateFacts(state: SessionView): ReturnType<typeof table> {
  const summary = state.summary();
  return facts(summary, summary.router === undefined ? [] : routerRows(summary.router));
}

export function stateText(state: SessionView): string {
  return [`State of session ${state.record.id}`, stateFacts(state).toString(), warningText(stateDoubts(state))]
    .filter((line) => line !== "")
    .join("\n");
}

/** Whether the session traded generated candles: its journal keeps the warning. */
function isSynthetic(state: SessionView): boolean {
  return state.record.warnings.some((warning) => warning.code === "SYNTHETIC_DATA");
}

/** A stored session in a notebook: its figures, positions, equity. */
export function stateBundle(state: SessionView): Promise<MimeBundle> {
  const { equity } = state;
  return section(`State of session ${state.record.id}`, [
    stateFacts(state),
    { warnings: stateDoubts(state) },
    table(state.positions(), { title: "Positions" }),
    ...(equity.value.length > 1
      ? [equityChart(equity, { title: `Equity of session ${state.record.id}`, synthetic: isSynthetic(state) })]
      : []),
  ]);
}

export function tesserText(state: TesserView): string {
  return ["Tesser state", facts(state.summary()).toString(), warningText(state.warnings)].filter((line) => line !== "").join("\n");
}

/** A Tesser state file in a notebook. */
export function tesserBundle(state: TesserView): Promise<MimeBundle> {
  return section("Tesser state", [
    facts(state.summary()),
    { warnings: state.warnings },
    table(state.balances(), { title: "Balances" }),
    table(state.positions(), { title: "Positions" }),
    table(state.orders(), { title: "Open orders" }),
  ]);
}

export function strategyFileText(file: LoadedStrategy): string {
  return [
    `${file.strategy.name} from ${file.path} (${file.trust})`,
    paramsText(file.params),
    file.toml().trimEnd(),
    warningText(file.warnings.map((warning) => warning.message)),
  ]
    .filter((line) => line !== "")
    .join("\n");
}

import type { Order } from "../core/index.js";
import { hasMembers, LabError, wrongInput } from "../errors/index.js";
import { type LatencyPercentiles, type LatencySample, percentilesOf } from "./latency-percentiles.js";

/** A stored session whose journal tells when requests left and when they were confirmed: `state.session(path, id)`. */
export interface LatencySource {
  readonly record: { readonly id: string; readonly settings: Readonly<Record<string, unknown>> };
  journal(filter: { readonly kind: string }): readonly { readonly payload: unknown }[];
  orders(): readonly Pick<Order, "id" | "symbol" | "side" | "role" | "route" | "status">[];
}

/** How long requests of one kind took, in milliseconds of the wall clock. */
export interface RequestLatency extends LatencyPercentiles {
  /** `open`, `amend` and `cancel` until the venue confirmed each; `replace`: from a cancel until the order in its place was confirmed. */
  readonly request: "open" | "amend" | "cancel" | "replace";
}

interface Line {
  readonly clientOrderId: string;
  readonly request: "open" | "amend" | "cancel";
  readonly sent: number;
  readonly confirmed: number;
}

/** Routes of an order that the router sends in the place of one it has cancelled. */
const IN_PLACE = /_retry_\d+$|^retry_.*_market$|_market_fallback$/;

/** @throws LabError `QUALITY_SOURCE`, `QUALITY_CLOCK`. */
function linesOf(session: LatencySource, what: string): readonly Line[] {
  if (!hasMembers(session, "record", "journal", "orders") || typeof session.journal !== "function" || typeof session.orders !== "function")
    throw wrongInput("QUALITY_SOURCE", what, "a stored session, state.session(session.statePath, session.id)", session);
  const { id, settings } = session.record;
  const trade = settings.trade as { readonly market?: unknown } | undefined;
  if (trade === undefined || trade.market !== undefined)
    throw new LabError(
      "QUALITY_CLOCK",
      `Session ${id} ran on a recorded market, whose time is not the wall's: how long a request took means nothing there. ${what} takes a session that traded on a venue.`,
      { details: { session: id } },
    );
  const lines = session.journal({ kind: "latency" }).map(({ payload }) => payload as Line);
  if (lines.length === 0 && session.orders().some(({ status }) => status === "filled" || status === "partiallyFilled"))
    throw new LabError(
      "QUALITY_CLOCK",
      `The journal of session ${id} holds fills but no times of requests: it was written by an older release, or the market was played to it.`,
      { details: { session: id } },
    );
  return lines;
}

/** From each cancel of the router until the order it sent in its place was confirmed. */
function replacements(session: LatencySource, lines: readonly Line[]): readonly LatencySample[] {
  const cancels = new Map(lines.filter(({ request }) => request === "cancel").map((line) => [line.clientOrderId, line]));
  const opens = new Map(lines.filter(({ request }) => request === "open").map((line) => [line.clientOrderId, line]));
  const before = new Map<string, string>();
  const samples: LatencySample[] = [];
  for (const { id, symbol, side, role, route } of session.orders()) {
    const place = `${symbol} ${side} ${role}`;
    const cancel = cancels.get(before.get(place) ?? "");
    const open = opens.get(id);
    before.set(place, id);
    if (cancel !== undefined && open !== undefined && open.sent >= cancel.sent && IN_PLACE.test(route ?? ""))
      samples.push({ cancel: cancel.sent, replace: open.confirmed });
  }
  return samples;
}

const between = ({ sent, confirmed }: Line): LatencySample => ({ cancel: sent, replace: confirmed });

/**
 * Latency of a stored session's requests from its journal, a row by kind, in milliseconds: from the moment a request left until the venue's answer or its account stream
 * first confirmed it. One that failed, that an end overtook, or whose process went away meanwhile counts nowhere. `replace` covers what the router sends in the place of
 * an order it cancels.
 * @example quality.latencies(state.session(session.statePath, session.id))
 * @throws LabError `QUALITY_SOURCE`; `QUALITY_CLOCK` for a session on a recorded market, or whose journal keeps no times.
 */
export function requestLatencies(session: LatencySource): readonly RequestLatency[] {
  const lines = linesOf(session, "quality.latencies");
  const row = (request: RequestLatency["request"], samples: readonly LatencySample[]): RequestLatency =>
    Object.freeze({ request, ...percentilesOf(samples) });
  const kinds = (["open", "amend", "cancel"] as const).map((kind) =>
    row(kind, lines.filter(({ request }) => request === kind).map(between)),
  );
  return Object.freeze([...kinds, row("replace", replacements(session, lines))]);
}

/** Samples of cancel and replace of a stored session: its amends, and what was cancelled and sent anew. @throws LabError as {@link requestLatencies}. */
export function replaceSamples(session: LatencySource): readonly LatencySample[] {
  const lines = linesOf(session, "quality.cancelReplaceLatency");
  return [...lines.filter(({ request }) => request === "amend").map(between), ...replacements(session, lines)];
}

import { CandleSeries } from "../../core/index.js";
import type { ConnectedVenue } from "../trader/contracts.js";
import type { SessionLog } from "./log.js";

/** An answer of more rows than this is told by their number. */
const ROWS = 20;

/**
 * A connection that logs at level `debug` everything that is asked of the venue, and what it answers. What signs requests is the connector's own and never passes here: no
 * secret can get into the log.
 */
export function traced({ venue, market, close }: ConnectedVenue, log: SessionLog): ConnectedVenue {
  let asked = 0;
  const trace = <T extends object>(of: T, what: string): T =>
    new Proxy(of, {
      get(target, name) {
        const member = Reflect.get(target, name, target) as unknown;
        if (typeof member !== "function" || typeof name !== "string") return member;
        return (...given: unknown[]): unknown => {
          const number = ++asked;
          const request = `${what}.${name}`;
          log.write("debug", "REQUEST", `${request} is asked of the venue`, { number, request, given: shown(given.filter(isData)) });
          const answered = (details: Readonly<Record<string, unknown>>): void =>
            log.write("debug", "ANSWER", `${request} is answered`, { number, request, ...details });
          try {
            const answer = Reflect.apply(member, target, given) as unknown;
            if (answer instanceof Promise)
              answer.then(
                (value: unknown) => answered({ answer: shown(value) }),
                (error: unknown) => answered({ error: String(error) }),
              );
            return answer;
          } catch (error) {
            answered({ error: String(error) });
            throw error;
          }
        };
      },
    });
  return { venue: trace(venue, "venue"), market: trace(market, "market"), close };
}

const isData = (value: unknown): boolean => typeof value !== "function";

/** What of a question or an answer stands in a line. */
function shown(value: unknown): unknown {
  if (value === undefined) return null;
  if (value instanceof CandleSeries) return { symbol: value.symbol, interval: value.interval, candles: value.length };
  // A subscription.
  if (typeof (value as { close?: unknown } | null)?.close === "function") return "open";
  if (!Array.isArray(value)) return value;
  return value.length > ROWS ? { rows: value.length } : value.map(shown);
}

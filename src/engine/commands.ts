import type { DecimalInput, PriceInput, ScaledInstrument, Side } from "../core/index.js";
import { assertSwitch, LabError, unknownName } from "../errors/index.js";
import { isNamed } from "./instrument-names.js";

/** Which orders or positions a command means; everything unless narrowed, and all that is given must fit. */
export interface CommandFilter {
  readonly venue?: string;
  /** A symbol means it at every venue where it trades, `venue:symbol` at that one. */
  readonly symbol?: string | readonly string[];
  /** The base currency, or base and quote. */
  readonly underlying?: string | { readonly base: string; readonly quote: string };
  /** A strategy's id. */
  readonly strategy?: string;
}

/** Opens or adds to a position: an entry by hand. It passes risk and filters like any other unless told to override risk. */
export interface OpenCommand {
  readonly type: "open";
  /** A symbol that trades at several venues of the engine goes as `venue:symbol`, or with its `venue`. */
  readonly symbol: string;
  readonly venue?: string;
  readonly side: Side;
  /** In base currency; what the sizer says unless given. */
  readonly quantity?: DecimalInput;
  readonly limit?: PriceInput;
  readonly stopLoss?: PriceInput;
  readonly takeProfit?: PriceInput;
  /** A strategy's id; the first unless given. */
  readonly strategy?: string;
  /** Leaves without the risk check. It is audited. */
  readonly overrideRisk?: boolean;
}

/** What an operator or a driver can order. The two words are short for closing everything and for letting only exits pass. */
export type Command =
  | "closePositions"
  | "liquidateOnly"
  | OpenCommand
  | { readonly type: "cancel"; readonly orderId: string }
  | { readonly type: "cancelOrders"; readonly filter?: CommandFilter }
  /** Takes back what enters, algorithms and reversals too; what protects or leaves a position stays. */
  | { readonly type: "cancelEntries"; readonly filter?: CommandFilter }
  | { readonly type: "closePositions"; readonly filter?: CommandFilter; readonly reason?: string }
  | { readonly type: "liquidateOnly"; readonly on: boolean };

const FILTER_KEYS = ["venue", "symbol", "underlying", "strategy"] as const;

/** Whether a filter means an instrument of a strategy. @throws LabError `COMMAND_INVALID` for a misspelt key. */
export function fits(filter: CommandFilter, scaled: ScaledInstrument, strategy: string): boolean {
  for (const key of Object.keys(filter))
    if (!FILTER_KEYS.includes(key as (typeof FILTER_KEYS)[number]))
      throw unknownName("COMMAND_INVALID", "key of a filter", key, FILTER_KEYS);
  const { instrument } = scaled;
  const { venue, symbol, underlying } = filter;
  if (venue !== undefined && venue !== instrument.venue) return false;
  if (symbol !== undefined && !(typeof symbol === "string" ? [symbol] : symbol).some((one) => isNamed(scaled, one))) return false;
  if (filter.strategy !== undefined && filter.strategy !== strategy) return false;
  if (underlying === undefined) return true;
  if (typeof underlying === "string") return underlying === instrument.base;
  return underlying.base === instrument.base && underlying.quote === instrument.quote;
}

/** What each command has besides its type: what is misspelt must not be left out in silence. */
const KEYS: Readonly<Record<Exclude<Command, string>["type"], readonly string[]>> = {
  open: ["symbol", "venue", "side", "quantity", "limit", "stopLoss", "takeProfit", "strategy", "overrideRisk"],
  cancel: ["orderId"],
  cancelOrders: ["filter"],
  cancelEntries: ["filter"],
  closePositions: ["filter", "reason"],
  liquidateOnly: ["on"],
};

function assertFilter(filter: CommandFilter): void {
  if (typeof filter !== "object" || filter === null || Array.isArray(filter))
    throw new LabError("COMMAND_INVALID", `A filter is an object such as { symbol: "BTCUSDT" }, got ${String(filter)}.`);
}

/** The long form of a command. @throws LabError `COMMAND_INVALID` for what is none, or has a key or a switch that is none. */
export function longForm(command: Command): Exclude<Command, string> {
  if (command === "closePositions") return { type: "closePositions" };
  if (command === "liquidateOnly") return { type: "liquidateOnly", on: true };
  const known = Object.keys(KEYS);
  if (typeof command !== "object" || command === null) throw new LabError("COMMAND_INVALID", `Not a command: ${String(command)}.`);
  if (!known.includes(command.type)) throw unknownName("COMMAND_INVALID", "command", String(command.type), known);
  const keys = KEYS[command.type];
  for (const key of Object.keys(command))
    if (key !== "type" && !keys.includes(key)) throw unknownName("COMMAND_INVALID", `key of the command ${command.type}`, key, keys);
  if (command.type === "liquidateOnly") assertSwitch("on", command.on, { code: "COMMAND_INVALID", required: true });
  if (command.type === "open") assertSwitch("overrideRisk", command.overrideRisk, { code: "COMMAND_INVALID" });
  if ("filter" in command && command.filter !== undefined) assertFilter(command.filter);
  return command;
}

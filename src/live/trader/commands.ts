import type { Command } from "../../engine/index.js";
import { LabError, unknownName } from "../../errors/index.js";
import type { Json } from "../../state/index.js";

/** What an operator can tell a session on a venue: every command of the engine, and the session's own. */
export type SessionCommand =
  | Command
  /** Let the strategy trade, or only let it leave. */
  | { readonly type: "enable" }
  | { readonly type: "disable" }
  /** Takes the drawdown switch back; the peak starts anew. */
  | { readonly type: "clearLiquidateOnly" }
  /** The venue's positions are right: take them over and trade. */
  | { readonly type: "confirm" }
  | { readonly type: "reconcile" }
  | { readonly type: "resetBreaker" };

const TYPES = [
  "open",
  "cancel",
  "cancelOrders",
  "closePositions",
  "liquidateOnly",
  "enable",
  "disable",
  "clearLiquidateOnly",
  "confirm",
  "reconcile",
  "resetBreaker",
] as const;

/** @throws LabError `COMMAND_INVALID` with the nearest command. */
export function readCommand(value: Json): Exclude<SessionCommand, string> {
  const type = typeof value === "string" ? value : (value as { readonly type?: unknown } | null)?.type;
  if (typeof type !== "string") throw new LabError("COMMAND_INVALID", `A command is an object with a type, got ${JSON.stringify(value)}.`);
  if (!(TYPES as readonly string[]).includes(type)) throw unknownName("COMMAND_INVALID", "command", type, TYPES);
  return (typeof value === "string" ? (value === "liquidateOnly" ? { type, on: true } : { type }) : value) as Exclude<
    SessionCommand,
    string
  >;
}

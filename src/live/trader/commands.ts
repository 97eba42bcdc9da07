import type { EpochMs, Venue } from "../../core/index.js";
import type { Command } from "../../engine/index.js";
import { LabError, unknownName } from "../../errors/index.js";
import { type Json, stableJson } from "../../state/index.js";
import type { Agreement } from "./agreement.js";
import { beforeCommand } from "./command-answer.js";
import type { DrawdownGuard } from "./guard.js";
import { blocked } from "./readiness.js";
import { orderNumber } from "./requests.js";
import type { LiveTrader } from "./trader.js";

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
  | { readonly type: "resetBreaker" }
  /** The connector has halted, and somebody has looked: new risk is taken again. */
  | { readonly type: "resume" };

const TYPES = [
  "open",
  "cancel",
  "cancelOrders",
  "cancelEntries",
  "closePositions",
  "liquidateOnly",
  "enable",
  "disable",
  "clearLiquidateOnly",
  "confirm",
  "reconcile",
  "resetBreaker",
  "resume",
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

/** What commands act on. */
export interface CommandTargets {
  readonly run: string;
  readonly trader: LiveTrader;
  readonly agreement: Agreement;
  readonly guard: DrawdownGuard;
  readonly venue: Venue;
  readonly now: EpochMs;
}

/** Carries out an operator's command and tells what it did at once. @throws LabError `SESSION_BLOCKED`, and what the engine refuses as misuse. */
export async function carryOut(command: Exclude<SessionCommand, string>, targets: CommandTargets): Promise<Json> {
  const { run, trader, agreement, guard, venue, now } = targets;
  const answer = beforeCommand(run, trader);
  switch (command.type) {
    case "enable":
    case "disable":
      if (command.type === "enable" && agreement.blocked) throw blocked(venue.name, agreement.why);
      agreement.disabled = command.type === "disable";
      trader.process(
        { type: "trading", enabled: !agreement.disabled, time: now },
        { flags: [{ name: "disabled", value: agreement.disabled ? { time: now } : null }] },
      );
      break;
    case "clearLiquidateOnly": {
      guard.clear(trader.portfolio.equity());
      const off = { type: "liquidateOnly", on: false } as const;
      // The new peak with it: after a crash the old one would trip the switch again.
      const peak = { name: "peakEquity", value: guard.peak.toFixed() };
      trader.process({ type: "command", command: off, time: now }, { flags: [{ name: "liquidateOnly", value: null }, peak] });
      break;
    }
    case "confirm":
      await agreement.confirm();
      break;
    case "reconcile":
      return JSON.parse(stableJson(await agreement.lookAfresh())) as Json;
    case "resetBreaker":
      venue.breaker.reset();
      break;
    case "resume":
      venue.resume?.();
      break;
    case "cancel": {
      // A client order id, as orders are shown with; the engine counts them.
      const number = orderNumber(run, command.orderId);
      trader.command({ ...command, orderId: number === undefined ? command.orderId : String(number) }, now);
      break;
    }
    default:
      trader.command(command, now);
  }
  return answer() as unknown as Json;
}

import { LabError } from "../../../errors/index.js";
import { isRow, type Row } from "../../bybit-wire/index.js";
import type { ReplayDriver } from "../driver.js";
import type { PaperExchange } from "../exchange/exchange.js";
import { checkSpeed, type ReplaySpeed } from "../feed.js";
import type { Fault, FaultPlan } from "./faults.js";
import type { Streams } from "./streams.js";

/** What control requests act on. */
export interface ControlParts {
  readonly exchange: PaperExchange;
  readonly driver: ReplayDriver;
  readonly faults: FaultPlan;
  readonly streams: Streams;
  readonly lockStep: boolean;
  /** Speed that `play` has unless it says another. */
  readonly speed: ReplaySpeed;
}

/** Most events that one call of `next` releases. */
const MOST_STEPS = 1_000_000;

/** Where the server stands. */
export function controlState({ exchange, driver, faults, streams, lockStep }: ControlParts): Row {
  return {
    marketTime: exchange.clock.now(),
    nextTime: exchange.nextTime ?? null,
    ...exchange.progress,
    lockStep,
    playing: driver.isPlaying,
    frames: streams.sent,
    subscriptions: streams.subscriptions,
    faults: faults.pending,
    struck: Object.fromEntries(faults.struck),
  };
}

/**
 * Releases events. A client that wants to answer before the next one waits for the answer of this call and then for the pong of a ping on each of its streams: frames keep
 * their order, so that all that was sent has arrived by then.
 */
export function controlNext(parts: ControlParts, body: Row): Row {
  if (parts.driver.isPlaying) throw new LabError("CONTROL_PLAYING", "The recording is being played; pause it before stepping.");
  const count = body.count === undefined ? 1 : Number(body.count);
  if (!Number.isInteger(count) || count < 1 || count > MOST_STEPS)
    throw new LabError("CONTROL_INVALID", `count is a whole number from 1 to ${MOST_STEPS}, got ${String(body.count)}.`);
  let last: { readonly time: number; readonly kind: string } | undefined;
  let steps = 0;
  for (; steps < count; steps++) {
    const advance = parts.exchange.next({ fills: body.fills !== false });
    if (advance === undefined) return { done: true, steps, kind: last?.kind ?? null, time: last?.time ?? null, ...controlState(parts) };
    last = advance;
  }
  return { done: false, steps, kind: last!.kind, time: last!.time, ...controlState(parts) };
}

/** Answers a control request by its method and path; undefined for a path there is not. */
export async function control(parts: ControlParts, method: string, path: string, body: unknown): Promise<Row | undefined> {
  const row = isRow(body) ? body : {};
  switch (`${method} ${path}`) {
    case "GET /_control/state":
      return controlState(parts);
    case "POST /_control/next":
      return controlNext(parts, row);
    case "POST /_control/faults": {
      const faults = Array.isArray(row.faults) ? row.faults : [row];
      for (const fault of faults) parts.faults.add(fault as unknown as Fault);
      return controlState(parts);
    }
    case "DELETE /_control/faults":
      parts.faults.clear();
      return controlState(parts);
    case "POST /_control/disconnect":
      return { cut: parts.streams.cut(String(row.at)) };
    case "POST /_control/play": {
      if (parts.lockStep)
        throw new LabError("CONTROL_LOCK_STEP", "The server is in lock-step: events are released by /_control/next alone.");
      const speed = row.speed === undefined ? parts.speed : checkSpeed(row.speed as ReplaySpeed);
      void parts.driver.play(speed);
      return controlState(parts);
    }
    case "POST /_control/pause":
      await parts.driver.pause();
      return controlState(parts);
    default:
      return undefined;
  }
}

import type { EpochMs, WorkingOrder } from "../core/index.js";
import type { CommandEvent, Engine, TradingStateEvent } from "../engine/index.js";
import type { Portfolio } from "../portfolio/index.js";
import type { MatchTime } from "../venues/paper/index.js";
import type { EquityCurve } from "./equity-curve.js";

/** Learns what happened on each bar: for what is kept only when asked for (a session's journal, an explanation). */
export interface ReplayObserver {
  filled?(order: WorkingOrder, quantity: number, price: number, fee: number | bigint, maker: boolean, at: MatchTime): void;
  barDone?(index: number): void;
}

/** What an operator says between two steps, as a session's journal keeps it. */
export interface ToldEvent {
  /** Open time of the newest candle that had closed; undefined for what was said before the first. */
  readonly after: EpochMs | undefined;
  readonly event: CommandEvent | TradingStateEvent;
}

/** A run under way over recorded data of any kind: of candles (`Replay`) or of trades and books (`TapeReplay`). */
export interface RunReplay {
  readonly engine: Engine;
  readonly portfolio: Portfolio;
  readonly curve: EquityCurve;
  /** The next step to take, from 0. */
  readonly position: number;
  readonly length: number;
  /** Runs to a step, by default to the end. */
  run(end?: number): void;
  /** Takes one step. */
  step(): void;
  /** Brings the equity curve up to the last step taken. */
  fillCurve(): void;
  /** Tells the engine what an operator says now, and sends what that makes leave. @throws LabError `COMMAND_INVALID`, and what the engine refuses as misuse. */
  tell(event: ToldEvent["event"]): void;
  /** Closes every position at the market; the engine is told through the same command path as live. */
  closePositions(): void;
}

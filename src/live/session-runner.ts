import { setImmediate as nextTurn } from "node:timers/promises";
import { BacktestRun, ReplayReader, type RunReplay } from "../backtest/index.js";
import { timeText } from "../core/index.js";
import { EVENT } from "../engine/index.js";
import type { LabError } from "../errors/index.js";
import type { SessionEvent, SessionStatus, SessionWarning } from "../state/index.js";
import type { SessionClock } from "./clock.js";
import { asLabError, toWire } from "./failure.js";
import type { SessionMessage, WireStatus } from "./messages.js";
import { ReplayPace } from "./pace.js";
import { type JournalParts, SessionJournal } from "./session-journal.js";
import type { ToldLine } from "./told.js";

/** A slice of bars is this long before others on the thread get their turn. */
const SLICE_MS = 10;
/** Bars between two looks at the time. */
const STRIDE = 64;
/** A session that runs without pause is written down this often. */
const FLUSH_MS = 250;
/** A session that waits writes down at once what it has, but not more often than this. */
const IDLE_FLUSH_MS = 50;
/** A session that waits shows this often that it is alive. */
const HEARTBEAT_MS = 5_000;

/** What a session is made of, on the thread that runs it. */
export interface RunnerParts extends JournalParts {
  readonly speed: "max" | number;
  readonly clock: SessionClock;
}

/**
 * A paper session on its thread: steps the replay a backtest runs through, at its pace, and writes down what happens. It gives way between slices of bars, so
 * that requests are answered while it runs.
 */
export class SessionRunner {
  readonly #parts: RunnerParts;
  readonly #replay: RunReplay;
  readonly #reader: ReplayReader;
  readonly #journal: SessionJournal;
  readonly #tell: (message: SessionMessage) => void;
  readonly #wake: AbortController = new AbortController();
  #lastWrite: number;
  #status: SessionStatus = "running";
  #running = false;
  #stop: { readonly closePositions: boolean } | undefined;
  /** What it was told at its end, for the journal. */
  #told: ToldLine | undefined;

  /** Enters the session into the state file. @throws LabError `STATE_LOCKED`, and what opening a state file and creating the strategy throw. */
  constructor(parts: RunnerParts, tell: (message: SessionMessage) => void) {
    this.#parts = parts;
    this.#tell = tell;
    this.#replay = parts.prepared.replay(parts.params);
    this.#reader = new ReplayReader(parts.prepared, this.#replay);
    this.#journal = new SessionJournal(parts, this.#reader, tell);
    this.#lastWrite = parts.clock.now();
  }

  /** Where the session stands. */
  status(): WireStatus {
    return {
      status: this.#status,
      bars: this.#reader.steps,
      length: this.#replay.length,
      marketTime: this.#reader.marketTime ?? null,
      equity: this.#reader.equity().toFixed(),
    };
  }

  /** Asks the session to end after the bar it is at. */
  stop(options: { readonly closePositions: boolean }): void {
    this.#stop ??= options;
    this.#wake.abort();
  }

  /** Writes down everything up to the last finished bar. */
  flush(): void {
    if (!this.#journal.isOpen) return;
    this.#journal.write();
    this.#lastWrite = this.#parts.clock.now();
    this.#tell({ kind: "status", status: this.status() });
  }

  /** Runs the session to its end; it never rejects: how it ended is told in the last message. Asking again changes nothing. */
  async run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      await this.#loop();
      const completed = this.#replay.position === this.#replay.length;
      if (this.#stop?.closePositions === true) this.#closePositions();
      this.#end(completed ? "completed" : "stopped");
    } catch (error) {
      this.#end("failed", asLabError(error, "SESSION_FAILED", `Session ${this.#parts.id} failed`));
    }
  }

  async #loop(): Promise<void> {
    const { prepared, speed, clock } = this.#parts;
    const pace = new ReplayPace(prepared.times, prepared.series[0]!.intervalMs, speed, clock);
    while (this.#replay.position < this.#replay.length && this.#stop === undefined) {
      const wait = pace.wait(this.#replay.position);
      if (wait > 0) await this.#idle(wait);
      else {
        this.#slice(pace);
        if (clock.now() - this.#lastWrite >= FLUSH_MS) this.flush();
        await nextTurn();
      }
    }
  }

  /** Takes the bars that have closed, for as long as a slice lasts. */
  #slice(pace: ReplayPace): void {
    const replay = this.#replay;
    const until = performance.now() + SLICE_MS;
    const isDue = (): boolean => replay.position < replay.length && pace.wait(replay.position) <= 0;
    do for (let i = 0; i < STRIDE && isDue(); i++) this.#step();
    while (isDue() && performance.now() < until);
    this.#catchUp();
  }

  #step(): void {
    const at = this.#replay.position;
    try {
      this.#replay.step();
    } catch (error) {
      // This bar is half done: what is shown ends with the one before.
      this.#replay.fillCurve();
      this.#reader.advance(at);
      const { strategy, times } = this.#parts.prepared;
      throw asLabError(error, "STRATEGY_FAILED", `${strategy.name} threw on the bar of ${timeText(times[at]!)}`);
    }
  }

  #catchUp(): void {
    this.#replay.fillCurve();
    this.#reader.advance(this.#replay.position);
  }

  /** Waits for the next bar to close, or to be woken. */
  async #idle(wait: number): Promise<void> {
    const { clock } = this.#parts;
    const silent = clock.now() - this.#lastWrite;
    if (this.#reader.steps > this.#journal.steps && (wait > IDLE_FLUSH_MS || silent >= IDLE_FLUSH_MS)) this.flush();
    else if (silent >= HEARTBEAT_MS) {
      this.#journal.heartbeat();
      this.#lastWrite = clock.now();
    }
    await clock.sleep(Math.min(wait, HEARTBEAT_MS), this.#wake.signal);
  }

  /** Leaves every position at the market of the next bars, which are taken at once; nothing new is opened. */
  #closePositions(): void {
    const { portfolio } = this.#replay;
    const commands = ["liquidateOnly", "closePositions"] as const;
    this.#told = { after: this.#reader.marketTime ?? null, commands };
    for (const command of commands) this.#replay.tell({ kind: EVENT.command, command });
    while (this.#replay.position < this.#replay.length && portfolio.quantity.some((quantity) => quantity !== 0)) this.#step();
    this.#catchUp();
  }

  #end(status: "completed" | "stopped" | "failed", error?: LabError): void {
    const { id, clock } = this.#parts;
    let failure = error;
    this.#status = status;
    try {
      const warnings = status === "completed" ? { warnings: this.#finalWarnings() } : {};
      const lines = this.#told === undefined ? [] : [{ kind: "command", time: clock.now(), payload: this.#told }];
      this.#journal.end(status, { events: [endEvent(clock.now(), status, error)], lines, ...warnings }, error);
    } catch (inner) {
      // The file can no longer be written; what the session failed of first is what matters.
      this.#journal.close();
      this.#status = "failed";
      failure ??= asLabError(inner, "SESSION_FAILED", `Session ${id} could not be written down`);
    }
    this.#tell({ kind: "ended", status: this.status(), ...(failure === undefined ? {} : { error: toWire(failure) }) });
  }

  /** A finished replay is a finished backtest: its doubts are the same. */
  #finalWarnings(): readonly SessionWarning[] {
    const { prepared, params, warnings } = this.#parts;
    const { engine, curve } = this.#replay;
    return [...warnings, ...new BacktestRun({ prepared, params, engine, curve }).warnings];
  }
}

function endEvent(time: number, status: "completed" | "stopped" | "failed", error: LabError | undefined): SessionEvent {
  if (error !== undefined) return { time, level: "error", code: error.code, message: error.message };
  const message = status === "stopped" ? "stopped before the end of the replay" : "the replay is over";
  return { time, level: "info", code: status.toUpperCase(), message };
}

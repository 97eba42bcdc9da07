import type { ToldEvent } from "../backtest/index.js";
import { type EpochMs, timeText } from "../core/index.js";
import { type Command, EVENT } from "../engine/index.js";
import type { LabError } from "../errors/index.js";
import type { SessionView } from "../state/index.js";
import type { StoredLine } from "./trader/journal-events.js";
import type { Reconciliation } from "./trader/reconcile.js";

/** A command of a session, as its comparison with a backtest shows it. */
export interface ComparedCommand {
  /** Open time of the newest candle that had closed; undefined before the first. */
  readonly after: EpochMs | undefined;
  /** What was ordered, such as `open buy 0.01 BTCUSDT`. */
  readonly text: string;
}

/** What came from outside the strategy, as a session's journal tells it. */
export interface Told {
  /** Everything the engine was told, in order: the same told to a backtest at the same candles makes the same orders. */
  readonly events: readonly ToldEvent[];
  /** Of it, what an operator ordered, or a switch of the session. That it withdrew at its end is none. */
  readonly commands: readonly ComparedCommand[];
  /** What no backtest can be told: what somebody else did at the venue, and how long entries waited for that; a sentence each. */
  readonly outside: readonly string[];
  /** What the backtest did not take, a sentence each. */
  readonly refused: string[];
}

/** Line of a journal, kind `command`: how a replay was told to close everything before it ended. */
export interface ToldLine {
  readonly after: EpochMs | null;
  readonly commands: readonly Command[];
}

/** How a session is shown that closed everything at its end: the commands it then gives itself are no news. */
const CLOSING = "stop, closing positions";

/** Name of a session's only strategy. */
const SEAT = "main";

type Long = Exclude<Command, string>;

const long = (command: Command): Long =>
  typeof command === "string" ? (command === "liquidateOnly" ? { type: command, on: true } : { type: command }) : command;

const shown = (value: unknown): string => (typeof value === "object" ? JSON.stringify(value) : String(value));

/** A command in a few words. */
function commandText(command: Long): string {
  if (command.type === "liquidateOnly") return `liquidateOnly ${command.on ? "on" : "off"}`;
  if (command.type === "open") {
    const { type, side, quantity, symbol, ...more } = command;
    const options = Object.entries(more).map(([name, value]) => `${name} ${shown(value)}`);
    return [type, side, ...(quantity === undefined ? [] : [shown(quantity)]), symbol, ...options].join(" ");
  }
  const { type, ...more } = command;
  const what = Object.values(more).filter((one) => one !== undefined && !(typeof one === "object" && Object.keys(one).length === 0));
  return [type, ...what.map(shown)].join(" ");
}

const afterText = (after: EpochMs | undefined): string => (after === undefined ? "before the first candle" : `after ${timeText(after)}`);

const sinceText = (after: EpochMs | undefined): string => (after === undefined ? "the start" : timeText(after));

/** A command without the name by which the only strategy of a session goes there: in a backtest it goes by another. */
function ofOnly(command: Long): Long {
  const nameless = <T extends { readonly strategy?: string }>({ strategy, ...rest }: T): Omit<T, "strategy"> | T =>
    strategy === undefined || strategy === SEAT ? rest : ({ strategy, ...rest } as unknown as T);
  if (command.type === "open") return nameless(command) as Long;
  return "filter" in command && command.filter !== undefined ? ({ ...command, filter: nameless(command.filter) } as Long) : command;
}

/** What is said of a command that the backtest did not take. */
export function refusedText({ after, event }: ToldEvent, error: LabError): string {
  const what = event.kind === EVENT.command ? commandText(long(event.command)) : "trading";
  return `The backtest did not take ${what} (${afterText(after)}): ${error.message}`;
}

/** Reads from a session's journal what came from outside its strategy. */
export function toldTo(view: SessionView): Told {
  const reading = new Reading();
  for (const { kind, payload } of view.journal({ kind: ["event", "command", "reconcile"] })) {
    if (kind === "event") reading.line(payload as unknown as StoredLine);
    else if (kind === "reconcile") reading.found(payload as unknown as Reconciliation);
    else reading.stopped(payload as unknown as ToldLine);
  }
  return reading.told(view.record.status !== "running");
}

class Reading {
  readonly #events: ToldEvent[] = [];
  readonly #commands: ComparedCommand[] = [];
  readonly #outside: string[] = [];
  /** What of the venue was said already. */
  readonly #problems = new Set<string>();
  #after: EpochMs | undefined;
  /** Entries wait since then. */
  #waits: { readonly since: EpochMs | undefined } | undefined;
  /** Number of commands before the session was told to trade no more; undefined while it trades. */
  #withdrawn: number | undefined;

  line({ event }: StoredLine): void {
    switch (event.type) {
      case "candle":
        this.#after = Math.max(this.#after ?? Number.NEGATIVE_INFINITY, event.candle[0]);
        break;
      case "command":
        this.#command(event.command as unknown as Command);
        break;
      case "trading":
        this.#trading(event.enabled, event.waits === true);
        break;
      case "account":
        if ((event.positions ?? []).length > 0) this.#outside.push(`Positions were taken over from the venue ${afterText(this.#after)}.`);
        break;
    }
  }

  stopped({ after, commands }: ToldLine): void {
    this.#after = after ?? undefined;
    for (const command of commands) this.#events.push({ after: this.#after, event: { kind: EVENT.command, command } });
    this.#commands.push({ after: this.#after, text: CLOSING });
  }

  /** Each difference once, for as long as its text is the same. */
  found({ problems, balances }: Reconciliation): void {
    for (const text of [...problems, ...balances.map((one) => one.text)]) {
      if (!this.#problems.has(text)) this.#outside.push(`Session and venue differed ${afterText(this.#after)}: ${text}`);
      this.#problems.add(text);
    }
  }

  #command(command: Command): void {
    this.#events.push({ after: this.#after, event: { kind: EVENT.command, command: ofOnly(long(command)) } });
    this.#commands.push({ after: this.#after, text: commandText(long(command)) });
  }

  #trading(enabled: boolean, waits: boolean): void {
    if (waits) {
      this.#waits ??= { since: this.#after };
      return;
    }
    const waited = this.#waits;
    this.#waits = undefined;
    if (waited !== undefined && waited.since !== this.#after)
      this.#outside.push(`Entries waited for session and venue to agree, from ${sinceText(waited.since)} to ${sinceText(this.#after)}.`);
    this.#events.push({ after: this.#after, event: { kind: EVENT.tradingState, enabled } });
    // That it may trade is said again where session and venue agree again: only after an operator's word to the contrary is it one.
    const isOff = this.#withdrawn !== undefined;
    this.#withdrawn = enabled ? undefined : this.#commands.length;
    if (!enabled || isOff) this.#commands.push({ after: this.#after, text: enabled ? "enable" : "disable" });
  }

  told(ended: boolean): Told {
    const { length } = this.#commands;
    const at = ended ? (this.#withdrawn ?? length) : length;
    const last = this.#commands.slice(at);
    // A session that ends takes back its entries: nobody ordered that.
    const withdraws = last.every(({ text }) => /^(disable|cancel|closePositions)/.test(text));
    const closes = last.find(({ text }) => text.startsWith("closePositions"));
    const ending = closes === undefined ? [] : [{ after: closes.after, text: CLOSING }];
    return {
      events: this.#events,
      commands: withdraws ? [...this.#commands.slice(0, at), ...ending] : this.#commands,
      outside: this.#outside,
      refused: [],
    };
  }
}

/** What of this a person must know who reads that a session and a backtest are, or are not, the same; a sentence each. */
export function reasonsOf({ commands, outside, refused }: Told): readonly string[] {
  const most = 10;
  const listed = commands.slice(0, most).map(({ after, text }) => `${text} (${afterText(after)})`);
  const rest = commands.length > most ? [`and ${commands.length - most} more`] : [];
  const count = commands.length === 1 ? "1 command" : `${commands.length} commands`;
  return [
    ...(commands.length === 0
      ? []
      : [
          `${count} by hand or of a switch, given to the backtest, too, at the close of the same candle: ${[...listed, ...rest].join(", ")}.`,
        ]),
    ...refused.slice(0, most),
    ...outside.slice(0, most).map((text) => `${text} The backtest knows nothing of it.`),
    ...(outside.length > most ? [`${outside.length - most} more such differences stand in the journal.`] : []),
  ];
}

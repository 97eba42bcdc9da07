import type { EpochMs } from "../core/index.js";
import { fromUnits } from "../core/index.js";
import { LabError } from "../errors/index.js";
import { type Alert, KIND_NAMES, OUTCOME_NAMES, REQUEST_NAMES } from "../execution/index.js";
import type { Engine } from "./engine.js";
import { type EventRecord, eventRecord } from "./event-record.js";
import type { EngineEvent } from "./events.js";
import { type EngineState, engineState } from "./state.js";

/** A signal of an event and what became of it. */
export interface SignalOutput {
  readonly strategy: string;
  readonly symbol: string;
  readonly kind: (typeof KIND_NAMES)[number];
  readonly price: string;
  readonly outcome: (typeof OUTCOME_NAMES)[number];
  /** The order made or refused, if any. */
  readonly order?: string;
}

/** What of a state has changed: entries by section and name, null for one that is gone. */
export type StateChanges = { readonly [S in keyof EngineState]?: Readonly<Record<string, unknown>> };

/** An event with everything that came of it, as plain JSON: it survives `JSON.parse(JSON.stringify(…))` unchanged. */
export interface AuditRecord {
  /** Numbers of a stream follow each other without a gap. */
  readonly sequence: number;
  readonly time: EpochMs;
  readonly event: EventRecord;
  readonly signals: readonly SignalOutput[];
  /** Requests that leave for a venue. */
  readonly requests: readonly { readonly type: (typeof REQUEST_NAMES)[number]; readonly order: string }[];
  readonly alerts: readonly Alert[];
  readonly changes: StateChanges;
}

/** The state of an engine with the number of the last audit in it: what a replica begins with. */
export interface AuditSnapshot {
  readonly sequence: number;
  readonly time: EpochMs;
  readonly state: EngineState;
}

/** Feeds an engine and writes down what comes of every event. For sessions: a backtest does without. */
export class AuditStream {
  readonly engine: Engine;
  #state: EngineState;
  #sequence: number;
  #signals: number;
  #alerts: number;
  #added: number;

  constructor(engine: Engine) {
    this.engine = engine;
    this.#state = engineState(engine);
    this.#sequence = engine.sequence;
    this.#signals = engine.orders.signals.length;
    this.#alerts = engine.orders.alerts.length;
    this.#added = engine.outbox.added;
  }

  /** Handles an event, see `Engine.process`. */
  process(event: EngineEvent): AuditRecord {
    const { engine } = this;
    const record = eventRecord(event);
    engine.process(event);
    const before = this.#state;
    this.#state = engineState(engine);
    const { signals, alerts } = engine.orders;
    const audit: AuditRecord = {
      sequence: ++this.#sequence,
      time: engine.time,
      event: record,
      signals: Array.from({ length: signals.length - this.#signals }, (_, i) => this.#signal(this.#signals + i)),
      requests: engine.outbox
        .last(engine.outbox.added - this.#added)
        .map(({ order, kind }) => ({ type: REQUEST_NAMES[kind]!, order: String(order.id) })),
      alerts: alerts.since(this.#alerts),
      changes: difference(before, this.#state),
    };
    this.#signals = signals.length;
    this.#alerts = alerts.length;
    this.#added = engine.outbox.added;
    return audit;
  }

  /** Where the stream stands. */
  snapshot(): AuditSnapshot {
    return structuredClone({ sequence: this.#sequence, time: this.engine.time, state: this.#state });
  }

  #signal(row: number): SignalOutput {
    const { slot, strategy, kind, reference, outcome, order } = this.engine.orders.signals.read(row);
    const { name, priceDp } = this.engine.portfolio.instruments[slot]!;
    return {
      strategy: this.engine.seats.all[strategy]!.id,
      symbol: name,
      kind: KIND_NAMES[kind]!,
      price: fromUnits(reference, priceDp).toFixed(),
      outcome: OUTCOME_NAMES[outcome]!,
      ...(order === 0 ? {} : { order: String(order) }),
    };
  }
}

function difference(before: EngineState, after: EngineState): StateChanges {
  const changes: Record<string, Record<string, unknown>> = {};
  for (const section of Object.keys(after) as (keyof EngineState)[]) {
    const old = before[section] as Readonly<Record<string, unknown>>;
    const now = after[section] as Readonly<Record<string, unknown>>;
    const changed: Record<string, unknown> = {};
    for (const key of Object.keys(now)) if (JSON.stringify(now[key]) !== JSON.stringify(old[key])) changed[key] = now[key];
    for (const key of Object.keys(old)) if (!(key in now)) changed[key] = null;
    if (Object.keys(changed).length > 0) changes[section] = changed;
  }
  return changes;
}

/** A copy of an engine's state kept by its audits alone: what a screen or another process shows. */
export class StateReplica {
  #sequence: number;
  #time: EpochMs;
  readonly #state: Record<keyof EngineState, Record<string, unknown>>;

  constructor(snapshot: AuditSnapshot) {
    this.#sequence = snapshot.sequence;
    this.#time = snapshot.time;
    this.#state = structuredClone(snapshot.state) as unknown as Record<keyof EngineState, Record<string, unknown>>;
  }

  get sequence(): number {
    return this.#sequence;
  }
  get time(): EpochMs {
    return this.#time;
  }

  /**
   * Takes in the next audit; one that is in the state already changes nothing.
   * @returns whether it was news.
   * @throws LabError `AUDIT_GAP` where one is missing before it.
   */
  apply(audit: AuditRecord): boolean {
    if (audit.sequence <= this.#sequence) return false;
    if (audit.sequence !== this.#sequence + 1)
      throw new LabError("AUDIT_GAP", `Audit ${audit.sequence} came after ${this.#sequence}: begin again with a snapshot.`, {
        details: { have: this.#sequence, got: audit.sequence },
      });
    this.#sequence = audit.sequence;
    this.#time = audit.time;
    for (const [section, changed] of Object.entries(audit.changes) as [keyof EngineState, Record<string, unknown>][])
      for (const [key, value] of Object.entries(changed)) {
        if (value === null) delete this.#state[section][key];
        else this.#state[section][key] = value;
      }
    return true;
  }

  /** The state as of the last audit. */
  state(): EngineState {
    return structuredClone(this.#state) as unknown as EngineState;
  }
}

import type { Clock, Interval, MarketData, Venue } from "../../core/index.js";
import type { MarketInput } from "../config/markets.js";
import type { LogLevel } from "../observe/log.js";
import type { WebhookFormat } from "../observe/webhook.js";

/** An open connection to a venue: an account and its market data. */
export interface ConnectedVenue {
  readonly venue: Venue;
  readonly market: MarketData;
  close(): Promise<void>;
}

/** A recorded market that stands still unless it is played: where it stands, and how one that has not been played is brought there again. */
export interface RecordedMarket {
  /** Number of the newest release of events. */
  readonly step: number;
  /** Releases events up to a step; `after` asks once more for what was asked for after each. */
  rebuild(step: number, after: (step: number) => Promise<void>): Promise<void>;
}

/** What a session on a live feed is told besides a backtest's settings: plain data. Amounts are exact text. */
export interface TradeSpec {
  readonly symbols: readonly string[];
  readonly interval: Interval;
  /** Candles of history the strategy sees before it trades. */
  readonly history: number;
  /** Closed candles as the venue pushes them, or built here from its trades. */
  readonly candles: "venue" | "trades";
  /** Levels of a side of an order book that the strategy sees; what the venue streams unless given. */
  readonly bookDepth?: number;
  /** Instruments as a markets file specifies them: those of the venue must say the same. */
  readonly markets?: readonly MarketInput[];
  /** The account's money at the start, where it shall not be the venue's word. */
  readonly cash?: string;
  readonly reconcileSecs: number;
  /** Difference of a balance, as a fraction, that is an alert. */
  readonly reconcileThreshold: string;
  /** Fall of equity from its peak, as a fraction, from which only reducing orders leave; "0" for none. */
  readonly maxDrawdown: string;
  /** Trade after a restore from a backup although the venue does not agree. */
  readonly confirmRestored: boolean;
  /** Folder in which the session is recorded; not recorded unless given. */
  readonly record?: string;
  readonly metricsAddr?: string;
  readonly logPath?: string;
  readonly logLevel?: LogLevel;
  readonly alerting: {
    readonly webhookUrl?: string;
    readonly webhookFormat?: WebhookFormat;
    readonly maxDataGapSecs?: number;
    readonly maxOrderFailures?: number;
    readonly maxDrawdown?: number;
  };
  /** True where orders cost real or test money: the clock is the wall's. */
  readonly real: boolean;
  /** Of a recorded market: the hash of what it is, so that a session goes on only where it left. */
  readonly market?: string;
  /** Go on with this session of the state file. */
  readonly resume: boolean;
}

/** Waiting and time, replaceable in tests. */
export interface TraderClock extends Clock {
  sleep(ms: number): Promise<void>;
}

import type { Json, Row, SessionStatus } from "../state/index.js";
import type { WireError } from "./failure.js";
import type { Alert } from "./observe/webhook.js";

/** What a handle asks of a session. Everything is plain data, so that a socket can stand between them as well as a thread. */
export type SessionRequest =
  | { readonly kind: "run" }
  /** Write down everything up to now; the state file then holds what is asked for. */
  | { readonly kind: "flush" }
  /** Wait until entries may leave, so many milliseconds at most; the answer says what stands in the way. */
  | { readonly kind: "ready"; readonly ms: number }
  | { readonly kind: "status" }
  | { readonly kind: "stop"; readonly closePositions: boolean }
  /** An operator's command to a session that trades on a venue. */
  | { readonly kind: "command"; readonly command: Json }
  /** How a session that trades on a venue fares: links, breaker, alerts, last audits. */
  | { readonly kind: "health" };

/** What a session answers. */
export type WireAnswer = WireStatus | Json | undefined;

/** Where a session stands, on the wire. */
export interface WireStatus {
  readonly status: SessionStatus;
  readonly bars: number;
  readonly length: number;
  readonly marketTime: number | null;
  /** Exact text. */
  readonly equity: string;
}

/** What a session tells of its own accord. Orders and fills are told once they are on disk. */
export type SessionMessage =
  | { readonly kind: "order"; readonly row: Row }
  | { readonly kind: "fill"; readonly row: Row }
  | { readonly kind: "status"; readonly status: WireStatus }
  | { readonly kind: "alert"; readonly alert: Alert }
  | { readonly kind: "ended"; readonly status: WireStatus; readonly error?: WireError };

/** A connection to a session, wherever it runs. */
export interface SessionLink {
  /** Asks and waits for the answer; rejects when the session is gone. */
  request(request: SessionRequest): Promise<WireAnswer>;
  /** The one listener; messages sent before it was set are lost, so set it before `run`. */
  listen(listener: (message: SessionMessage) => void): void;
  /** Lets go of a session that goes on by itself; absent where it cannot. */
  close?(): void;
  /** Resolves with what went wrong if the session goes away without having said that it ended. */
  readonly lost: Promise<WireError>;
}

/** A session where it runs, whatever it trades on. */
export interface SessionService {
  answer(request: SessionRequest): WireAnswer | Promise<WireAnswer>;
}

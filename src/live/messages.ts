import type { Row, SessionStatus } from "../state/index.js";
import type { WireError } from "./failure.js";

/** What a handle asks of a session. Everything is plain data, so that a socket can stand between them as well as a thread. */
export type SessionRequest =
  | { readonly kind: "run" }
  /** Write down everything up to now; the state file then holds what is asked for. */
  | { readonly kind: "flush" }
  | { readonly kind: "status" }
  | { readonly kind: "stop"; readonly closePositions: boolean };

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
  | { readonly kind: "ended"; readonly status: WireStatus; readonly error?: WireError };

/** A connection to a session, wherever it runs. */
export interface SessionLink {
  /** Asks and waits for the answer; rejects when the session is gone. Only `status` has an answer other than nothing. */
  request(request: SessionRequest): Promise<WireStatus | undefined>;
  /** The one listener; messages sent before it was set are lost, so set it before `run`. */
  listen(listener: (message: SessionMessage) => void): void;
  /** Resolves with what went wrong if the session goes away without having said that it ended. */
  readonly lost: Promise<WireError>;
}

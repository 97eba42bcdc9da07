import type { MessagePort } from "node:worker_threads";
import type { MimeBundle } from "../../display/index.js";
import type { TypeMode } from "../host.js";
import type { CellError, Output } from "../output/outputs.js";

// What the two threads of a kernel tell each other: the main thread runs the user's code, the protocol thread talks to the clients.

/** The result of a front end's own expression. */
export type ExpressionResult =
  | { readonly status: "ok"; readonly data: MimeBundle; readonly metadata: Record<string, never> }
  | ({ readonly status: "error" } & CellError);

/** How a cell ended. */
export interface Outcome {
  readonly status: "ok" | "error";
  readonly error?: CellError;
  readonly expressions: Readonly<Record<string, ExpressionResult>>;
  /** The cell was `exit` or `quit`. */
  readonly exit: boolean;
  /** What the front end shows in its pager. */
  readonly page?: Readonly<Record<string, unknown>>;
}

/** A message of a comm, in either direction. */
export interface CommMessage {
  readonly type: "comm_open" | "comm_msg" | "comm_close";
  readonly id: string;
  readonly target?: string;
  readonly data: unknown;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly buffers?: readonly Uint8Array[];
}

export type ToProtocol =
  /** Cells can be executed. */
  | { readonly type: "listening" }
  /** Text a cell wrote: a tuple, because there may be a million of them. */
  | readonly [request: number, name: "stdout" | "stderr", text: string]
  | { readonly type: "output"; readonly request: number; readonly output: Output }
  | { readonly type: "done"; readonly request: number; readonly outcome: Outcome }
  | { readonly type: "ask"; readonly request: number; readonly prompt: string; readonly password: boolean }
  | { readonly type: "comm"; readonly request: number | undefined; readonly message: CommMessage }
  | { readonly type: "helpers"; readonly names: readonly string[] }
  | { readonly type: "types"; readonly mode: TypeMode }
  /** The answer to `exit`: the protocol thread may end. */
  | { readonly type: "leave" };

export type ToMain =
  | {
      readonly type: "execute";
      readonly request: number;
      readonly code: string;
      readonly cellId: string | undefined;
      readonly counted: boolean;
      readonly silent: boolean;
      readonly stdin: boolean;
      readonly expressions: Readonly<Record<string, string>>;
    }
  /** `request` is the cell that is meant; without one, whatever runs in the background. */
  | { readonly type: "interrupt"; readonly id: number; readonly request: number | undefined }
  | { readonly type: "comm"; readonly message: CommMessage }
  | { readonly type: "exit" };

/** What the protocol thread is started with. */
export interface ProtocolOptions {
  readonly connectionFile: string;
  readonly folder: string;
  readonly flags: SharedArrayBuffer;
  /** To the main thread and back. */
  readonly main: MessagePort;
  /** Where an answer typed by the user arrives while the main thread waits for it. */
  readonly answers: MessagePort;
  readonly types: TypeMode;
  /** Module of the helpers; without one there are only the kernel's own. */
  readonly lab: string | undefined;
  /** Process id of whoever started the kernel's supervisor; `undefined` where it has none. */
  readonly server: number | undefined;
}

import { Router, XPublisher } from "zeromq";
import { LabError } from "../../errors/index.js";
import { type Connection, endpoint, type PortName } from "./connection.js";
import type { Frame } from "./wire.js";

/** How long a closing socket may still send, milliseconds. */
const LINGER_MS = 1000;

/** A socket whose sends wait for one another: zeromq allows one at a time, and throws away what comes while it is busy. */
export class Channel<S extends Router | XPublisher = Router | XPublisher> {
  readonly socket: S;
  #last: Promise<void> = Promise.resolve();
  readonly #onError: (error: unknown) => void;

  constructor(socket: S, onError: (error: unknown) => void) {
    this.socket = socket;
    this.#onError = onError;
  }

  /** Settles once the message has left, or could not: a client may be gone. */
  send(frames: Frame[]): Promise<void> {
    this.#last = this.#last.then(() => this.socket.send(frames)).catch(this.#onError);
    return this.#last;
  }

  /** Settles once everything sent so far has left. */
  sent(): Promise<void> {
    return this.#last;
  }
}

/** The five sockets of a kernel. */
export interface Sockets {
  readonly shell: Channel<Router>;
  readonly control: Channel<Router>;
  readonly stdin: Channel<Router>;
  readonly iopub: Channel<XPublisher>;
  readonly heartbeat: Router;
  /** Told when a message could not leave; by default nobody is. */
  onError: (error: unknown) => void;
  close(): void;
}

/**
 * Binds the sockets of a connection file, with CURVE where it carries keys. Heartbeats are answered from now on.
 *
 * Failing waits for all five to have answered: a thread that ends while a bind is under way takes the process along, since the binding aborts when it cannot
 * tell its promise.
 * @throws LabError `KERNEL_PORTS` naming the ports that cannot be listened on; no socket is open then.
 */
export async function openSockets(connection: Connection): Promise<Sockets> {
  const { curve_publickey: publicKey, curve_secretkey: secretKey } = connection;
  const security =
    publicKey === undefined || secretKey === undefined ? {} : { curveServer: true, curvePublicKey: publicKey, curveSecretKey: secretKey };
  // Without a limit to what may wait no send ever has to: the sockets need not ask first whether they can.
  const options = { linger: LINGER_MS, sendHighWaterMark: 0, sendTimeout: 0, ...security };
  // A client that comes back under its name before the kernel has noticed that it left is the one to answer.
  const named = { ...options, handover: true };
  const routers = {
    shell: new Router(named),
    control: new Router(named),
    stdin: new Router(named),
    heartbeat: new Router(options),
  };
  const iopub = new XPublisher({ ...options, verbosity: "allSubs" });
  const { shell, control, stdin, heartbeat } = routers;
  const all: readonly (readonly [PortName, Router | XPublisher])[] = [
    ["shell_port", shell],
    ["control_port", control],
    ["stdin_port", stdin],
    ["hb_port", heartbeat],
    ["iopub_port", iopub],
  ];
  const close = (): void => {
    for (const [, socket] of all) socket.close();
  };
  const bound = await Promise.allSettled(all.map(([port, socket]) => socket.bind(endpoint(connection, connection[port]))));
  const failures = bound.flatMap((result, i) =>
    result.status === "rejected" ? [{ port: all[i]![0], cause: result.reason as unknown }] : [],
  );
  if (failures.length > 0) {
    close();
    throw cannotListen(connection, failures);
  }
  void echo(heartbeat);
  const onError = (error: unknown): void => sockets.onError(error);
  const sockets: Sockets = {
    shell: new Channel(shell, onError),
    control: new Channel(control, onError),
    stdin: new Channel(stdin, onError),
    iopub: new Channel(iopub, onError),
    heartbeat,
    onError: () => {},
    close,
  };
  return sockets;
}

/** What a bind's failure means, by its code. */
const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: "another program listens there. Start the kernel again, with ports that are free, or end that program.",
  EACCES: "this user may not listen there. Start the kernel again, with ports above 1023.",
  EADDRNOTAVAIL: "that address is none of this machine's. Start the kernel again, with 127.0.0.1 or an address that is.",
};

function cannotListen(connection: Connection, failures: readonly { readonly port: PortName; readonly cause: unknown }[]): LabError {
  const { cause } = failures[0]!;
  const places = failures.map(({ port }) => `${endpoint(connection, connection[port])} (${port})`).join(", ");
  const reason = REASONS[String((cause as { code?: unknown }).code)] ?? `${cause instanceof Error ? cause.message : String(cause)}.`;
  const details = { ports: failures.map(({ port }) => connection[port]), names: failures.map(({ port }) => port) };
  return new LabError("KERNEL_PORTS", `The kernel cannot listen on ${places} of its connection file: ${reason}`, { details, cause });
}

async function echo(heartbeat: Router): Promise<void> {
  for await (const frames of heartbeat) await heartbeat.send(frames).catch(() => {}); // a client that left has no use for it
}

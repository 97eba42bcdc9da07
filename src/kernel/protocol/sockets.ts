import { Router, XPublisher } from "zeromq";
import { type Connection, endpoint } from "./connection.js";
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

/** Binds the sockets of a connection file, with CURVE where it carries keys. Heartbeats are answered from now on. */
export async function openSockets(connection: Connection): Promise<Sockets> {
  const { curve_publickey: publicKey, curve_secretkey: secretKey } = connection;
  const security =
    publicKey === undefined || secretKey === undefined ? {} : { curveServer: true, curvePublicKey: publicKey, curveSecretKey: secretKey };
  // Without a limit to what may wait no send ever has to: the sockets need not ask first whether they can.
  const options = { linger: LINGER_MS, sendHighWaterMark: 0, sendTimeout: 0, ...security };
  const routers = {
    shell: new Router(options),
    control: new Router(options),
    stdin: new Router(options),
    heartbeat: new Router(options),
  };
  const iopub = new XPublisher({ ...options, verbosity: "allSubs" });
  const { shell, control, stdin, heartbeat } = routers;
  await Promise.all([
    shell.bind(endpoint(connection, connection.shell_port)),
    control.bind(endpoint(connection, connection.control_port)),
    stdin.bind(endpoint(connection, connection.stdin_port)),
    heartbeat.bind(endpoint(connection, connection.hb_port)),
    iopub.bind(endpoint(connection, connection.iopub_port)),
  ]);
  void echo(heartbeat);
  const onError = (error: unknown): void => sockets.onError(error);
  const sockets: Sockets = {
    shell: new Channel(shell, onError),
    control: new Channel(control, onError),
    stdin: new Channel(stdin, onError),
    iopub: new Channel(iopub, onError),
    heartbeat,
    onError: () => {},
    close: () => {
      for (const socket of [shell, control, stdin, heartbeat, iopub]) socket.close();
    },
  };
  return sockets;
}

async function echo(heartbeat: Router): Promise<void> {
  for await (const frames of heartbeat) await heartbeat.send(frames).catch(() => {}); // a client that left has no use for it
}

import { randomUUID } from "node:crypto";
import { LabError } from "../../errors/index.js";
import type { CommMessage } from "./threads.js";

/** One conversation between a cell and its front end, such as a widget's. */
export interface Comm {
  readonly id: string;
  readonly target: string;
  /** @throws LabError `KERNEL_COMM_CLOSED`. */
  send(data: unknown, options?: CommSendOptions): void;
  /** Called with every message of the other side. */
  onMessage(listener: (data: unknown, buffers: readonly Uint8Array[]) => void): void;
  /** Called once the other side, or this one, has closed it. */
  onClose(listener: () => void): void;
  close(data?: unknown): void;
}

export interface CommSendOptions {
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly buffers?: readonly Uint8Array[];
}

/** The helper `comms` of a cell. */
interface CommRegistry {
  /** Lets the front end open comms of this target. */
  register(target: string, onOpen: (comm: Comm, data: unknown) => void): void;
  /** Opens a comm to a target of the front end. */
  open(target: string, data?: unknown, options?: CommSendOptions): Comm;
}

class OpenComm implements Comm {
  readonly id: string;
  readonly target: string;
  readonly #send: (message: CommMessage) => void;
  readonly #onMessage: ((data: unknown, buffers: readonly Uint8Array[]) => void)[] = [];
  readonly #onClose: (() => void)[] = [];
  #isOpen = true;

  constructor(id: string, target: string, send: (message: CommMessage) => void) {
    this.id = id;
    this.target = target;
    this.#send = send;
  }

  send(data: unknown, options: CommSendOptions = {}): void {
    if (!this.#isOpen) throw new LabError("KERNEL_COMM_CLOSED", `The comm of '${this.target}' has been closed: nothing can be sent.`);
    this.#send({ type: "comm_msg", id: this.id, data, ...options });
  }

  onMessage(listener: (data: unknown, buffers: readonly Uint8Array[]) => void): void {
    this.#onMessage.push(listener);
  }

  onClose(listener: () => void): void {
    this.#onClose.push(listener);
  }

  close(data: unknown = {}): void {
    if (!this.#isOpen) return;
    this.#send({ type: "comm_close", id: this.id, data });
    this.closed();
  }

  received({ data, buffers = [] }: CommMessage): void {
    for (const listener of this.#onMessage) listener(data, buffers);
  }

  closed(): void {
    this.#isOpen = false;
    for (const listener of this.#onClose) listener();
  }
}

/** The main thread's side of the comms. */
export class CommHub implements CommRegistry {
  readonly #send: (message: CommMessage) => void;
  readonly #targets = new Map<string, (comm: Comm, data: unknown) => void>();
  readonly #comms = new Map<string, OpenComm>();

  constructor(send: (message: CommMessage) => void) {
    this.#send = send;
  }

  register(target: string, onOpen: (comm: Comm, data: unknown) => void): void {
    this.#targets.set(target, onOpen);
  }

  open(target: string, data: unknown = {}, options: CommSendOptions = {}): Comm {
    const comm = this.#add(randomUUID(), target);
    this.#send({ type: "comm_open", id: comm.id, target, data, ...options });
    return comm;
  }

  /** A message of the front end. A comm that nobody here takes is closed, as the protocol has it. */
  received(message: CommMessage): void {
    if (message.type === "comm_open") {
      const onOpen = this.#targets.get(message.target ?? "");
      if (onOpen === undefined) this.#send({ type: "comm_close", id: message.id, data: {} });
      else onOpen(this.#add(message.id, message.target!), message.data);
      return;
    }
    const comm = this.#comms.get(message.id);
    if (message.type === "comm_msg") comm?.received(message);
    else {
      this.#comms.delete(message.id);
      comm?.closed();
    }
  }

  #add(id: string, target: string): OpenComm {
    const comm = new OpenComm(id, target, this.#send);
    this.#comms.set(id, comm);
    comm.onClose(() => this.#comms.delete(id));
    return comm;
  }
}

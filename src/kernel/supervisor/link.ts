import { Socket } from "node:net";

/** Descriptor of the kernel process at which its supervisor listens. */
const LINK_DESCRIPTOR = 3;

/** A request that is being executed: enough to answer it should the kernel die. */
export interface RunningRequest {
  /** Header of the request as JSON text. */
  readonly parent: string;
  /** Routing frames of the client, base64. */
  readonly identities: readonly string[];
  readonly number: number;
}

/** What the kernel tells its supervisor. */
export type ToSupervisor =
  /** Once it could not be noted, all that follows is told. */
  | { readonly type: "running"; readonly request: RunningRequest | undefined }
  /** Asks for everything the process wrote natively until now, followed by the same fence. */
  | { readonly type: "fence"; readonly id: number }
  | { readonly type: "log"; readonly text: string }
  /** The end of the process, soon, is intended. */
  | { readonly type: "leaving" };

/** What the supervisor tells the kernel. */
export type FromSupervisor =
  /** Native code or a child process wrote to the kernel's standard streams. */
  | { readonly type: "native"; readonly name: "stdout" | "stderr"; readonly text: string }
  | { readonly type: "fence"; readonly id: number }
  | { readonly type: "interrupt" }
  | { readonly type: "terminate" };

/** Messages as lines of JSON over a socket. */
export class Link<In, Out> {
  readonly #socket: Socket;

  constructor(socket: Socket, receive: (message: In) => void, onClose: () => void) {
    this.#socket = socket;
    let pending = "";
    socket.setEncoding("utf8");
    socket.on("data", (data: string) => {
      const lines = (pending + data).split("\n");
      pending = lines.pop() ?? "";
      for (const line of lines) receive(JSON.parse(line) as In);
    });
    socket.on("error", () => {}); // "close" follows
    socket.on("close", onClose);
  }

  /** Answers `false` when the other side should be given time. */
  send(message: Out): boolean {
    return this.#socket.writable && this.#socket.write(`${JSON.stringify(message)}\n`);
  }

  /** Settles once what was sent has been handed to the system. */
  drained(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#socket.writable) this.#socket.write("", () => resolve());
      else resolve();
    });
  }
}

/** The kernel's end of the link. */
export function linkToSupervisor(receive: (message: FromSupervisor) => void, onClose: () => void): Link<FromSupervisor, ToSupervisor> {
  return new Link(new Socket({ fd: LINK_DESCRIPTOR, readable: true, writable: true }), receive, onClose);
}

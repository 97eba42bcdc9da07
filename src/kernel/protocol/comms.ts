import type { CommMessage } from "../server/threads.js";
import { type Content, type Message, type Outgoing, textOf } from "./message.js";

/** Keeps the list of open comms, and turns their messages into those of the main thread and back. */
export class Comms {
  readonly #open = new Map<string, string>();

  /** Open comms by id, of one target or of all. */
  list(target: string | undefined): Record<string, { target_name: string }> {
    const found = [...this.#open].filter(([, name]) => target === undefined || name === target);
    return Object.fromEntries(found.map(([id, name]) => [id, { target_name: name }]));
  }

  /** A message of a client; `undefined` if it names no comm. */
  received({ header, content, metadata, buffers }: Message): CommMessage | undefined {
    const { comm_id: id, target_name: target, data } = content;
    if (typeof id !== "string") return undefined;
    const type = header.msg_type as CommMessage["type"];
    const name = textOf(target) ?? "";
    if (type === "comm_open") this.#open.set(id, name);
    else if (type === "comm_close") this.#open.delete(id);
    const message = { type, id, data: data ?? {}, metadata, buffers };
    return type === "comm_open" ? { ...message, target: name } : message;
  }

  /** A message of the kernel's, as it is published. */
  sent({ type, id, target, data, metadata = {}, buffers = [] }: CommMessage, parent: string | undefined): Outgoing {
    if (type === "comm_open") this.#open.set(id, String(target));
    else if (type === "comm_close") this.#open.delete(id);
    const content: Content = type === "comm_open" ? { comm_id: id, target_name: target, data } : { comm_id: id, data };
    return { type, content, parent, metadata, buffers };
  }
}

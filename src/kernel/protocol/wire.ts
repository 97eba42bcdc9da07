import { createHmac, createSecretKey, type KeyObject, randomUUID, timingSafeEqual } from "node:crypto";
import { userInfo } from "node:os";
import type { Connection } from "./connection.js";
import { type Content, type Header, type Message, type Outgoing, PROTOCOL_VERSION } from "./message.js";

const DELIMITER = "<IDS|MSG>";
const DELIMITER_BYTES = Buffer.from(DELIMITER);
const NOTHING = "{}";
/** Signatures remembered against replays, as many as jupyter_client does. */
const REMEMBERED = 1 << 16;

/** A part of a message. */
export type Frame = string | Uint8Array;

/** A message that must not be acted on, and why. */
export interface Refused {
  readonly refused: string;
}

/** Turns messages into signed frames and back. One per kernel session. */
export class Wire {
  readonly session: string = randomUUID();
  /** `undefined` where messages are not signed. */
  readonly #key: KeyObject | undefined;
  readonly #algorithm: string;
  readonly #username: string = userName();
  readonly #seen = new Set<string>();
  #count = 0;

  constructor({ key, signature_scheme }: Pick<Connection, "key" | "signature_scheme">) {
    this.#key = key === "" ? undefined : createSecretKey(key, "utf8");
    this.#algorithm = signature_scheme.replace(/^hmac-/, "");
  }

  /**
   * Frames of a message, after `prefix`: the routing frames or the topic. Text leaves as strings: the sockets copy those, where a buffer has to be given back
   * to this thread once it was sent, which takes longer than all the rest.
   */
  encode(prefix: readonly Frame[], { type, content, parent, metadata, buffers = [] }: Outgoing): Frame[] {
    const header: Header = {
      msg_id: `${this.session}_${++this.#count}`,
      session: this.session,
      username: this.#username,
      date: new Date().toISOString(),
      msg_type: type,
      version: PROTOCOL_VERSION,
    };
    const parts = [json(header), parent ?? NOTHING, metadata === undefined ? NOTHING : json(metadata), json(content)];
    return [...prefix, DELIMITER, this.#sign(parts), ...parts, ...buffers];
  }

  /** Reads a message, or says why it is none of ours: garbage, a wrong signature, a replay. Never throws. */
  decode(frames: readonly Buffer[]): Message | Refused {
    const at = frames.findIndex((frame) => frame.equals(DELIMITER_BYTES));
    const parts = frames.slice(at + 2, at + 6);
    if (at < 0 || parts.length < 4) return { refused: "not a Jupyter message" };
    const signature = frames[at + 1]!.toString("latin1");
    if (!this.#isSigned(signature, parts)) return { refused: "its signature is wrong" };
    if (this.#isReplay(signature)) return { refused: "it was received before" };
    try {
      const [header, parent, metadata, content] = parts.map((part) => JSON.parse(part.toString()) as Content);
      if (typeof header?.msg_id !== "string" || typeof header.msg_type !== "string") return { refused: "its header lacks an id or a type" };
      if (typeof content !== "object" || content === null) return { refused: "its content is no object" };
      return {
        identities: frames.slice(0, at),
        header: header as unknown as Header,
        headerText: parts[0]!.toString(),
        parent: parent ?? {},
        metadata: metadata ?? {},
        content,
        buffers: frames.slice(at + 6),
      };
    } catch (error) {
      return { refused: `it is not JSON: ${error instanceof Error ? error.message : String(error)}` };
    }
  }

  #sign(parts: readonly Frame[]): string {
    if (this.#key === undefined) return "";
    const hmac = createHmac(this.#algorithm, this.#key);
    for (const part of parts) hmac.update(part);
    return hmac.digest("hex");
  }

  #isSigned(signature: string, parts: readonly Buffer[]): boolean {
    if (this.#key === undefined) return true;
    const expected = Buffer.from(this.#sign(parts));
    const given = Buffer.from(signature);
    return given.length === expected.length && timingSafeEqual(given, expected);
  }

  #isReplay(signature: string): boolean {
    if (this.#key === undefined) return false;
    if (this.#seen.has(signature)) return true;
    this.#seen.add(signature);
    if (this.#seen.size > REMEMBERED) for (const old of [...this.#seen].slice(0, REMEMBERED / 2)) this.#seen.delete(old);
    return false;
  }
}

/** A value as JSON. What JSON has no form for (a big integer, a circle) must not cost the message: it goes as text. */
function json(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return JSON.stringify(plain(value, []));
  }
}

function plain(value: unknown, within: readonly object[]): unknown {
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "object" || value === null) return value;
  if (within.includes(value)) return "[Circular]";
  if (typeof (value as { toJSON?: unknown }).toJSON === "function") return plain((value as { toJSON(): unknown }).toJSON(), within);
  const inner = [...within, value];
  if (Array.isArray(value)) return value.map((item) => plain(item, inner));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item, inner)]));
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return "kernel"; // a container's user need not have a name
  }
}

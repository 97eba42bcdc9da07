/** Version of the Jupyter messaging protocol that we speak. */
export const PROTOCOL_VERSION = "5.4";

/** The header of a message, as it is on the wire. */
export interface Header {
  readonly msg_id: string;
  readonly msg_type: string;
  readonly session: string;
  readonly username?: string;
  readonly date?: string;
  readonly version?: string;
}

/** Fields of a message's content, by name. */
export type Content = Readonly<Record<string, unknown>>;

/** A field that is text, or can be taken for it; nothing where it is an object: those of a client may have no text at all. */
export function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? undefined : String(value);
}

/** A message that arrived. */
export interface Message {
  /** Routing frames in front: who sent it. */
  readonly identities: readonly Buffer[];
  readonly header: Header;
  /** The header as it came, to be sent back as the parent of what answers it. */
  readonly headerText: string;
  readonly parent: Content;
  readonly metadata: Content;
  readonly content: Content;
  readonly buffers: readonly Buffer[];
}

/** A message to send. */
export interface Outgoing {
  readonly type: string;
  readonly content: Content;
  /** Header of the message it answers. */
  readonly parent?: string | undefined;
  readonly metadata?: Content;
  readonly buffers?: readonly Uint8Array[];
}

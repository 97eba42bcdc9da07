/** One message of JSON-RPC 2.0: a request, a notification or an answer. */
export interface RpcMessage {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
}

/** A message as the base protocol of LSP writes it: a `Content-Length` header, an empty line, the JSON. */
export function encodeMessage(message: RpcMessage): string {
  const json = JSON.stringify({ jsonrpc: "2.0", ...message });
  return `Content-Length: ${Buffer.byteLength(json)}\r\n\r\n${json}`;
}

/** Cuts a stream of bytes into messages, wherever the chunks begin and end. */
export class MessageReader {
  readonly #deliver: (message: RpcMessage) => void;
  #chunks: Buffer[] = [];
  #size = 0;
  /** Bytes the message being received needs in all; 0 while its header is not complete. */
  #needed = 0;

  constructor(deliver: (message: RpcMessage) => void) {
    this.#deliver = deliver;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    while (this.#size > 0 && this.#size >= this.#needed) {
      const bytes = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
      const head = bytes.indexOf("\r\n\r\n");
      this.#chunks = [bytes];
      if (head < 0) return;
      const length = /Content-Length: *(\d+)/i.exec(bytes.toString("latin1", 0, head))?.[1];
      const start = head + 4;
      const end = start + Number(length ?? 0);
      this.#needed = end;
      if (bytes.length < end) return;
      const rest = bytes.subarray(end);
      this.#chunks = rest.length > 0 ? [rest] : [];
      this.#size = rest.length;
      this.#needed = 0;
      if (length !== undefined) this.#deliver(JSON.parse(bytes.toString("utf8", start, end)) as RpcMessage);
    }
  }
}

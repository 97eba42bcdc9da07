import WebSocket from "ws";
import { signStream } from "../../venues/bybit-wire/index.js";
import type { ApiKey } from "../../venues/paper/index.js";

/** A message of the server. */
export type Frame = Readonly<Record<string, unknown>> & { readonly topic?: string; readonly data?: unknown; readonly op?: string };

/** Opens a stream, logs in where a key is given, subscribes, and hands every message on with the moment it came. */
export async function openStream(
  url: string,
  options: { readonly key?: ApiKey; readonly topics?: readonly string[]; readonly onFrame: (frame: Frame, at: number) => void },
): Promise<WebSocket> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  const answered = new Map<string, () => void>();
  socket.on("message", (data: Buffer) => {
    const at = performance.timeOrigin + performance.now();
    const frame = JSON.parse(data.toString("utf8")) as Frame;
    const waits = frame.op === undefined ? undefined : answered.get(frame.op);
    if (waits !== undefined) {
      answered.delete(frame.op!);
      waits();
    } else options.onFrame(frame, at);
  });
  await new Promise((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  const ask = (op: string, args: readonly unknown[]): Promise<void> =>
    new Promise((resolve) => {
      answered.set(op, resolve);
      socket.send(JSON.stringify({ op, args }));
    });
  if (options.key !== undefined) {
    const expires = Date.now() + 10_000;
    await ask("auth", [options.key.apiKey, expires, signStream(options.key.apiSecret, expires)]);
  }
  if (options.topics !== undefined) await ask("subscribe", options.topics);
  return socket;
}

import { isRow, optionalText, wholeNumber } from "./fields.js";

/**
 * What the server answers on a stream beside data. Pongs have four shapes and acknowledgements three:
 * `{success,ret_msg:"pong",op:"ping"}`, `{op:"pong",args}`, `{op:"pong",retCode,data}`, `{success,op:"auth"|"subscribe",req_id}`, `{retCode,op:"auth"}`,
 * `{type:"COMMAND_RESP",data:{failTopics}}`.
 */
export type StreamReply =
  | { readonly type: "pong" }
  | { readonly type: "auth"; readonly ok: boolean; readonly message: string; readonly code: number | undefined }
  | { readonly type: "subscribe" | "unsubscribe"; readonly ok: boolean; readonly requestId: string | undefined; readonly message: string };

/** Answer to a second login on the same connection: it is logged in. */
const REPEAT_AUTH = 20001;

/** Reads an answer; undefined for a message that is none that we know. */
export function streamReply(message: unknown): StreamReply | undefined {
  if (!isRow(message)) return undefined;
  const text = optionalText(message, "ret_msg") ?? optionalText(message, "retMsg") ?? "";
  if (message.op === "pong" || text === "pong") return { type: "pong" };
  const code = wholeNumber(message, "retCode");
  const ok = message.success === true || code === 0;
  if (message.op === "auth") return { type: "auth", ok: ok || code === REPEAT_AUTH, message: text, code };
  const requestId = optionalText(message, "req_id") ?? optionalText(message, "reqId");
  if (message.op === "subscribe" || message.op === "unsubscribe") return { type: message.op, ok, requestId, message: text };
  if (message.type === "COMMAND_RESP" && isRow(message.data)) {
    const failed = Array.isArray(message.data.failTopics) ? message.data.failTopics : [];
    return {
      type: "subscribe",
      ok: ok && failed.length === 0,
      requestId,
      message: failed.length > 0 ? `refused: ${failed.join(", ")}` : text,
    };
  }
  return undefined;
}

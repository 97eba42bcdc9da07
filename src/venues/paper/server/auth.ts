import { RECV_WINDOW_MS, SIGN_HEADERS, sameSignature, signRequest, signStream, timestampAccepted } from "../../bybit-wire/index.js";
import { ServerRefusal } from "./failure.js";
import type { ApiKey, KeyRing } from "./keys.js";

/** A header's value, whatever the case of its name. */
export type HeaderReader = (name: string) => string | undefined;

/**
 * Checks who asks: the key, the time rule (within `recv_window` before server time, at most a second after it), and the signature over exactly what was received.
 * @param payload - the raw query string of a GET, the raw body of a POST.
 * @throws ServerRefusal 10003, 10002, 10004, 10001.
 */
export function authenticate(keys: KeyRing, header: HeaderReader, payload: string, now: number): ApiKey {
  const apiKey = header(SIGN_HEADERS.key);
  const key = keys.get(apiKey);
  if (key === undefined) throw new ServerRefusal(10_003, "API key is invalid.");
  const timestamp = header(SIGN_HEADERS.timestamp) ?? "";
  const recvWindow = header(SIGN_HEADERS.recvWindow) || String(RECV_WINDOW_MS);
  checkTime(timestamp, recvWindow, now);
  const expected = signRequest(key.apiSecret, { timestamp, apiKey: key.apiKey, recvWindow, payload });
  if (!sameSignature(expected, (header(SIGN_HEADERS.signature) ?? "").toLowerCase()))
    throw new ServerRefusal(10_004, "error sign! please check your signature generation algorithm.");
  return key;
}

/** @throws ServerRefusal 10001 for what is no time, 10002 for a time out of the window. */
export function checkTime(timestamp: string, recvWindow: string, now: number): void {
  if (!/^\d{10,16}$/.test(timestamp) || !/^\d{1,9}$/.test(recvWindow))
    throw new ServerRefusal(10_001, "timestamp and recv_window must be whole milliseconds.");
  if (timestampAccepted(Number(timestamp), Number(recvWindow), now)) return;
  throw new ServerRefusal(
    10_002,
    `invalid request, please check your server timestamp or recv_window param. req_timestamp[${timestamp}],server_timestamp[${now}],recv_window[${recvWindow}]`,
  );
}

/** Checks the `auth` request of a stream: `[apiKey, expires, signature]`; `expires` may be text. @throws ServerRefusal 10001, 10003, 10004. */
export function authenticateStream(keys: KeyRing, args: unknown, now: number): ApiKey {
  if (!Array.isArray(args) || args.length < 3) throw new ServerRefusal(10_001, "Params Error");
  const [apiKey, expires, signature] = args as unknown[];
  const key = keys.get(String(apiKey));
  if (key === undefined) throw new ServerRefusal(10_003, "Invalid apikey");
  if (!/^\d{10,16}$/.test(String(expires)) || Number(expires) <= now)
    throw new ServerRefusal(10_004, "Params Error: expires is in the past");
  if (!sameSignature(signStream(key.apiSecret, String(expires)), String(signature))) throw new ServerRefusal(10_004, "Invalid sign");
  return key;
}

import { createHmac, timingSafeEqual } from "node:crypto";

/** How long after its timestamp a request is still taken, milliseconds. */
export const RECV_WINDOW_MS = 5_000;

/** Names of the headers of a signed request. */
export const SIGN_HEADERS = {
  key: "X-BAPI-API-KEY",
  timestamp: "X-BAPI-TIMESTAMP",
  signature: "X-BAPI-SIGN",
  recvWindow: "X-BAPI-RECV-WINDOW",
} as const;

/** Names of the headers that tell how many requests are left. */
export const LIMIT_HEADERS = {
  limit: "X-Bapi-Limit",
  remaining: "X-Bapi-Limit-Status",
  resetAt: "X-Bapi-Limit-Reset-Timestamp",
} as const;

/** What a request is signed with. */
export interface SignInput {
  /** As it stands in the header, epoch milliseconds. */
  readonly timestamp: number | string;
  readonly apiKey: string;
  readonly recvWindow: number | string;
  /** Exactly what is sent: the raw query string of a GET (without "?"), the raw body of a POST. */
  readonly payload: string;
}

/** HMAC-SHA256 of timestamp + key + window + payload, hex. */
export function signRequest(secret: string, { timestamp, apiKey, recvWindow, payload }: SignInput): string {
  return createHmac("sha256", secret).update(`${timestamp}${apiKey}${recvWindow}${payload}`).digest("hex");
}

/** The signature of a stream's `auth` request, which holds until `expires` (epoch milliseconds). */
export function signStream(secret: string, expires: number | string): string {
  return createHmac("sha256", secret).update(`GET/realtime${expires}`).digest("hex");
}

/** Whether two signatures are equal, in a time that does not tell where they differ. */
export function sameSignature(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** The server's rule: a timestamp is taken from `recvWindow` before its time until one second after. */
export function timestampAccepted(timestamp: number, recvWindow: number, serverTime: number): boolean {
  return serverTime - recvWindow <= timestamp && timestamp < serverTime + 1_000;
}

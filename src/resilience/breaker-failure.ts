/** Error codes that say that no answer came: Node's sockets and names, its HTTP client, and the codes venues' failures carry. */
const NO_ANSWER = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "EHOSTDOWN",
  "ENETUNREACH",
  "ENETDOWN",
  "EPROTO",
  "TIMEOUT",
  "NOT_CONNECTED",
  "RATE_LIMITED",
]);

/** Codes of families: the HTTP client's own, TLS, the parser of HTTP. */
const FAMILIES = /^(UND_ERR_(?!ABORTED|INVALID_ARG|NOT_SUPPORTED|DESTROYED|CLOSED)|ERR_TLS_|ERR_SSL_|CERT_|HPE_)/;

/** How deep causes are followed; a chain of errors may be a ring. */
const DEEPEST = 8;

/** The HTTP status an error or an answer carries: itself, `status` or `statusCode`. */
export function statusOf(outcome: unknown): number | undefined {
  if (typeof outcome === "number") return outcome;
  if (typeof outcome !== "object" || outcome === null) return undefined;
  const { status, statusCode } = outcome as { status?: unknown; statusCode?: unknown };
  return typeof status === "number" ? status : typeof statusCode === "number" ? statusCode : undefined;
}

/**
 * Whether an outcome says that the other side is in trouble: a connection that failed, a timeout, an HTTP status of 5xx or 429. Every other status is an answer, a
 * refused order too; a request that its own caller aborted says nothing.
 * @param outcome - an error, a status, or anything with a `status`, a `code` or a `cause`.
 */
export function isBreakerFailure(outcome: unknown): boolean {
  return saysTrouble(outcome, 0);
}

function saysTrouble(outcome: unknown, depth: number): boolean {
  const status = statusOf(outcome);
  if (status !== undefined) return status === 429 || (status >= 500 && status <= 599);
  if (typeof outcome !== "object" || outcome === null || depth > DEEPEST) return false;
  const { code, name, message, cause, errors } = outcome as Record<string, unknown>;
  if (name === "AbortError") return false;
  if (name === "TimeoutError") return true;
  if (typeof code === "string" && (NO_ANSWER.has(code) || FAMILIES.test(code))) return true;
  if (cause !== undefined && cause !== null) return saysTrouble(cause, depth + 1);
  if (Array.isArray(errors)) return errors.some((error) => saysTrouble(error, depth + 1));
  return name === "TypeError" && message === "fetch failed";
}

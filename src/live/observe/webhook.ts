import { LabError, unknownName } from "../../errors/index.js";
import { stableJson } from "../../state/index.js";

/** What alerts are about. */
const ALERT_KINDS = [
  "dataGap",
  "orderFailures",
  "drawdown",
  "reconcileMismatch",
  "liquidateOnly",
  "exitUnchecked",
  "journalFailed",
  "duplicateId",
  "venue",
  "recorderFailed",
  "sessionFailed",
] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];

/** An alert. */
export interface Alert {
  readonly kind: AlertKind;
  readonly severity: "warning" | "critical";
  readonly title: string;
  readonly message: string;
  readonly session: string;
  /** Epoch milliseconds. */
  readonly time: number;
  readonly details: Readonly<Record<string, unknown>>;
}

export const WEBHOOK_FORMATS = ["json", "slack", "telegram", "alertmanager"] as const;
export type WebhookFormat = (typeof WEBHOOK_FORMATS)[number];

/** A request that delivers an alert. */
export interface WebhookRequest {
  readonly url: string;
  readonly body: string;
}

const upper = (kind: string): string => kind.charAt(0).toUpperCase() + kind.slice(1);

/**
 * An alert as its receiver takes it. `json` is Tesser's `{title, message}` with the rest beside it; `slack` an incoming webhook; `telegram` the Bot API's sendMessage,
 * with the chat in the URL (`…/sendMessage?chat_id=…`); `alertmanager` its v2 API.
 * @throws LabError `WEBHOOK_FORMAT`, `WEBHOOK_CHAT` for a telegram URL without a chat.
 */
export function webhookRequest(format: WebhookFormat, url: string, alert: Alert): WebhookRequest {
  const { kind, severity, title, message, session, time, details } = alert;
  const at = new Date(time).toISOString();
  switch (format) {
    case "json":
      return { url, body: stableJson({ title, message, kind, severity, session, time: at, details }) };
    case "slack":
      // Slack reads &, < and > as markup.
      return { url, body: stableJson({ text: slackText(`*${title}*\n${message}\n_session ${session}, ${at}_`) }) };
    case "telegram": {
      const target = new URL(url);
      const chat = target.searchParams.get("chat_id");
      if (chat === null || chat === "")
        throw new LabError(
          "WEBHOOK_CHAT",
          "A telegram webhook names its chat: https://api.telegram.org/bot<token>/sendMessage?chat_id=<id>.",
        );
      target.searchParams.delete("chat_id");
      const text = `${title}\n${message}\nsession ${session}, ${at}`.slice(0, 4096);
      return { url: target.toString(), body: stableJson({ chat_id: chat, text, disable_web_page_preview: true }) };
    }
    case "alertmanager":
      return {
        url,
        body: stableJson([
          {
            labels: { alertname: `Tesserlab${upper(kind)}`, severity, session },
            annotations: { summary: title, description: message },
            startsAt: at,
          },
        ]),
      };
    default:
      throw unknownName("WEBHOOK_FORMAT", "webhook format", String(format), WEBHOOK_FORMATS);
  }
}

function slackText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** How a delivery went. */
export interface Delivery {
  readonly ok: boolean;
  readonly attempts: number;
  /** What the receiver said last; never the URL, which holds secrets. */
  readonly reason: string;
}

/** How deliveries are tried again. */
export interface DeliveryOptions {
  readonly attempts: number;
  readonly sleep: (ms: number) => Promise<void>;
}

const TIMEOUT_MS = 10_000;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;

/** Posts until the receiver takes it: again after 1, 2, 4 … s or what `Retry-After` says, but not what it refuses for good (4xx other than 408 and 429). */
export async function deliver(format: WebhookFormat, request: WebhookRequest, { attempts, sleep }: DeliveryOptions): Promise<Delivery> {
  let reason = "";
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const answer = await post(format, request);
    if (answer.ok) return { ok: true, attempts: attempt, reason: "" };
    reason = answer.reason;
    if (answer.final) return { ok: false, attempts: attempt, reason };
    if (attempt < attempts) await sleep(Math.min(answer.retryAfterMs ?? FIRST_WAIT_MS * 2 ** (attempt - 1), LONGEST_WAIT_MS));
  }
  return { ok: false, attempts, reason };
}

interface Answer {
  readonly ok: boolean;
  readonly final: boolean;
  readonly reason: string;
  readonly retryAfterMs?: number;
}

async function post(format: WebhookFormat, { url, body }: WebhookRequest): Promise<Answer> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      redirect: "error",
    });
    const text = await response.text();
    // Telegram may answer 200 with ok: false.
    if (response.ok && !(format === "telegram" && /"ok"\s*:\s*false/.test(text))) return { ok: true, final: true, reason: "" };
    const seconds = Number(response.headers.get("retry-after"));
    return {
      ok: false,
      final: response.status >= 400 && response.status < 500 && response.status !== 408 && response.status !== 429,
      reason: `HTTP ${response.status} ${text.slice(0, 200)}`.trim(),
      ...(seconds > 0 ? { retryAfterMs: seconds * 1000 } : {}),
    };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return { ok: false, final: false, reason: cause instanceof Error ? cause.name : "failed" };
  }
}

import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { LabError } from "../../src/errors/index.js";
import { type AlertSettings, Alerts, METRICS, MetricsServer, metricTable, SessionLog, SessionMetrics } from "../../src/live/index.js";
import { receiver } from "./receiver.js";

const T0 = Date.parse("2024-05-01T00:00:00Z");

function watched(settings: AlertSettings) {
  const folder = mkdtempSync(join(tmpdir(), "tesserlab-observe-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "logs/live.json");
  const time = { now: T0 };
  const clock = { now: () => time.now };
  const waits: number[] = [];
  const log = new SessionLog({ path, clock, session: "abc" });
  const metrics = new SessionMetrics();
  const sleep = async (ms: number): Promise<void> => void waits.push(ms);
  const alerts = new Alerts(settings, { session: "abc", clock, log, metrics, sleep });
  const lines = (): Record<string, unknown>[] =>
    readFileSync(path, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { alerts, log, lines, metrics, time, waits };
}

describe("webhook formats at the wire", () => {
  test("json carries Tesser's title and message", async () => {
    const { url, hits } = await receiver({ status: 200 });
    const { alerts } = watched({ webhookUrl: `${url}/hook` });
    alerts.raise("drawdown", "warning", "Down", "3 % below", { share: 0.03 });
    await alerts.settled();
    expect(hits[0]!.headers["content-type"]).toBe("application/json");
    expect(hits.map(({ url: path, body }) => ({ path, body }))).toEqual([
      {
        path: "/hook",
        body: {
          title: "Down",
          message: "3 % below",
          kind: "drawdown",
          severity: "warning",
          session: "abc",
          time: "2024-05-01T00:00:00.000Z",
          details: { share: 0.03 },
        },
      },
    ]);
  });

  test("slack: one text, its markup escaped", async () => {
    const { url, hits } = await receiver({ status: 200 });
    const { alerts } = watched({ webhookUrl: url, webhookFormat: "slack" });
    alerts.raise("dataGap", "warning", "Gap", "a < b & c > d");
    await alerts.settled();
    expect(hits[0]!.body).toEqual({ text: "*Gap*\na &lt; b &amp; c &gt; d\n_session abc, 2024-05-01T00:00:00.000Z_" });
  });

  test("telegram: the chat of the URL goes into the body; an answer of ok: false is a failure", async () => {
    const { url, hits } = await receiver({ status: 200, body: '{"ok":false}' }, { status: 200, body: '{"ok":true}' });
    const { alerts, waits } = watched({ webhookUrl: `${url}/bot123/sendMessage?chat_id=-42`, webhookFormat: "telegram" });
    alerts.raise("dataGap", "warning", "Gap", "nothing comes");
    await alerts.settled();
    expect(hits.map((hit) => hit.url)).toEqual(["/bot123/sendMessage", "/bot123/sendMessage"]);
    expect(hits[1]!.body).toEqual({
      chat_id: "-42",
      text: "Gap\nnothing comes\nsession abc, 2024-05-01T00:00:00.000Z",
      disable_web_page_preview: true,
    });
    expect(waits).toEqual([1000]);
  });

  test("alertmanager: a list of alerts as its v2 API takes it", async () => {
    const { url, hits } = await receiver({ status: 200 });
    const { alerts } = watched({ webhookUrl: `${url}/api/v2/alerts`, webhookFormat: "alertmanager" });
    alerts.raise("orderFailures", "critical", "3 failed", "the last one");
    await alerts.settled();
    expect(hits[0]!.body).toEqual([
      {
        labels: { alertname: "TesserlabOrderFailures", severity: "critical", session: "abc" },
        annotations: { summary: "3 failed", description: "the last one" },
        startsAt: "2024-05-01T00:00:00.000Z",
      },
    ]);
  });

  test("a busy receiver is tried again as it asks, a refusal is final, and the log never holds the URL's secret", async () => {
    const busy = await receiver({ status: 503 }, { status: 429, headers: { "retry-after": "7" } }, { status: 200 });
    const first = watched({ webhookUrl: busy.url });
    first.alerts.raise("dataGap", "warning", "Gap", "x");
    await first.alerts.settled();
    expect(busy.hits).toHaveLength(3);
    expect(first.waits).toEqual([1000, 7000]);

    const wrong = await receiver({ status: 404, body: "no such hook" });
    const second = watched({ webhookUrl: `${wrong.url}/secret-token` });
    second.alerts.raise("dataGap", "warning", "Gap", "x");
    await second.alerts.settled();
    expect(wrong.hits).toHaveLength(1);
    const failed = second.lines().find((line) => line.code === "WEBHOOK_FAILED")!;
    expect(failed.message).toContain("HTTP 404 no such hook");
    expect(JSON.stringify(second.lines())).not.toContain("secret-token");
    expect(await second.metrics.text()).toContain("tesserlab_webhook_failures_total 1");

    const down = watched({ webhookUrl: "http://127.0.0.1:9" });
    down.alerts.raise("dataGap", "warning", "Gap", "x");
    await down.alerts.settled();
    expect(down.waits).toEqual([1000, 2000, 4000, 8000]);
  });

  test("an empty URL means log only; a wrong one is refused before anything runs", async () => {
    const { alerts, lines } = watched({ webhookUrl: "" });
    alerts.raise("dataGap", "warning", "Gap", "x", { symbol: "BTCUSDT" });
    await alerts.settled();
    expect(lines()).toEqual([
      {
        code: "ALERT",
        kind: "dataGap",
        level: "warning",
        message: "Gap. x",
        session: "abc",
        symbol: "BTCUSDT",
        time: "2024-05-01T00:00:00.000Z",
      },
    ]);
    expect(() => watched({ webhookUrl: "hooks.example" })).toThrow("A webhook URL starts with https://");
    expect(() => watched({ webhookUrl: "https://x.example", webhookFormat: "telegram" })).toThrow("names its chat");
    expect(() => watched({ webhookFormat: "slak" as never })).toThrow("Did you mean slack?");
  });
});

describe("what raises an alert", () => {
  test("a gap alerts once until data comes", () => {
    const { alerts, time } = watched({ maxDataGapSecs: 60 });
    alerts.watch("BTCUSDT");
    const at = (seconds: number): number => {
      time.now = T0 + seconds * 1000;
      alerts.tick();
      return alerts.recent.length;
    };
    expect([at(59), at(60), at(600)]).toEqual([0, 1, 1]);
    alerts.data("BTCUSDT");
    expect([at(659), at(661)]).toEqual([1, 2]);
  });

  test("failures alert at the limit in a row, a success starts anew", () => {
    const { alerts } = watched({ maxOrderFailures: 2 });
    alerts.order(false, "TIMEOUT", "no answer");
    alerts.order(true);
    alerts.order(false, "TIMEOUT", "no answer");
    expect(alerts.recent).toHaveLength(0);
    alerts.order(false, "REJECTED", "no");
    alerts.order(false, "REJECTED", "no");
    expect(alerts.recent.map((alert) => [alert.kind, alert.message])).toEqual([["orderFailures", "The last one: no (REJECTED)."]]);
  });

  test("a drawdown alerts once until a new peak", () => {
    const { alerts } = watched({ maxDrawdown: 0.03 });
    for (const equity of [100, 97.1, 97, 96, 99.9, 96, 101, 97.9]) alerts.equity(equity);
    expect(alerts.recent.map((alert) => alert.title)).toEqual(["Equity is 3.00 % below its peak", "Equity is 3.07 % below its peak"]);
  });

  test("a drawdown and its limit are said as they are, however small", () => {
    const { alerts } = watched({ maxDrawdown: 1e-7 });
    for (const equity of [10_000, 9_999.9988]) alerts.equity(equity);
    expect(alerts.recent.map(({ title, message }) => `${title}. ${message}`)).toEqual([
      "Equity is 0.000012 % below its peak. Peak 10000, now 9999.9988; the limit is 0.00001 %.",
    ]);
  });
});

describe("a log in which nobody has written anything", () => {
  test("leaves no file; what was no file of its own stays", () => {
    const folder = mkdtempSync(join(tmpdir(), "tesserlab-observe-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const [own, target, link] = ["own.json", "target.json", "link.json"].map((name) => join(folder, name)) as [string, string, string];
    symlinkSync(target, link);
    for (const path of [own, link]) new SessionLog({ path, clock: { now: () => T0 }, session: "abc" }).close();
    expect(readdirSync(folder).sort()).toEqual(["link.json", "target.json"]);
  });
});

describe("metrics and health", () => {
  test("are served on loopback; a taken port is named", async () => {
    const metrics = new SessionMetrics(() => metrics.set("tesserlab_reconcile_age_seconds", 4));
    metrics.count("tesserlab_ticks_received_total", { symbol: "BTCUSDT" }, 3);
    metrics.set("tesserlab_equity", 10_000.5);
    const state = { ok: true };
    const observed = {
      metrics: async () => ({ type: metrics.contentType, text: await metrics.text() }),
      health: () => ({ ...state, session: "abc" }),
    };
    const server = await MetricsServer.open("127.0.0.1:0", observed);
    onTestFinished(() => server.close());
    const answer = await fetch(`${server.url}/metrics`);
    expect(answer.headers.get("content-type")).toContain("text/plain; version=0.0.4");
    const text = await answer.text();
    expect(text).toContain('tesserlab_ticks_received_total{symbol="BTCUSDT"} 3');
    expect(text).toContain("tesserlab_equity 10000.5");
    expect(text).toContain("tesserlab_reconcile_age_seconds 4");
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
    state.ok = false;
    const sick = await fetch(`${server.url}/health`);
    expect([sick.status, await sick.json()]).toEqual([503, { ok: false, session: "abc" }]);
    expect((await fetch(`${server.url}/`)).status).toBe(404);
    expect((await fetch(`${server.url}/metrics`, { method: "POST" })).status).toBe(405);

    // Without a host it is this machine alone that may ask.
    const bare = await MetricsServer.open(":0", observed);
    onTestFinished(() => bare.close());
    expect(new URL(bare.url).hostname).toBe("127.0.0.1");

    const taken = server.url.replace("http://", "");
    await expect(MetricsServer.open(taken, observed)).rejects.toThrow(`${taken} is taken by another program`);
    await expect(MetricsServer.open("nowhere", observed)).rejects.toThrow("host:port");
  });

  test("one table documents every name that is exposed", async () => {
    const exposed = (await new SessionMetrics().text()).match(/^# HELP \S+/gm)!.map((line) => line.slice(7));
    expect(exposed.sort()).toEqual(Object.keys(METRICS).sort());
    const table = metricTable();
    for (const name of exposed) expect(table).toContain(`| ${name} |`);
    expect(() => new SessionMetrics().count("tesserlab_equity")).toThrow(LabError);
  });
});

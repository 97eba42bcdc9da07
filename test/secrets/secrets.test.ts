import { Console } from "node:console";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Writable } from "node:stream";
import { inspect } from "node:util";
import { expect, onTestFinished, test, vi } from "vitest";
import { decimal } from "../../src/core/index.js";
import { syntheticCandles } from "../../src/data/index.js";
import { loadConfig, startLive } from "../../src/live/index.js";
import { openState } from "../../src/state/index.js";
import { bybit, Secret } from "../../src/venues/bybit/index.js";
import { type PaperServer, paperServer } from "../../src/venues/paper/index.js";
import { tesserlab } from "../cli/tesserlab.js";
import { scratch } from "../state/samples.js";
import { filesBelow, found, type Marker } from "./markers.js";

const ENVIRONMENT = { apiKey: "MARKenvKEY+7f3a/91xQ5=0", apiSecret: "MARKenvSEC/55+b1c0Zz&x9=1" };
const FILE = { apiKey: "MARKfileKEY+d0c4/28wT3=2", apiSecret: "MARKfileSEC/19+e7a2Yy&k4=3" };
const CONFIGURED = { apiKey: "MARKconfKEY+a1b2/33vR7=4", apiSecret: "MARKconfSEC/70+f8d5Xx&m6=5" };
const MARKERS: readonly Marker[] = Object.entries({ environment: ENVIRONMENT, file: FILE, configuration: CONFIGURED }).flatMap(
  ([from, key]) => [
    { name: `key of the ${from}`, value: key.apiKey },
    { name: `secret of the ${from}`, value: key.apiSecret },
  ],
);

test("the search sees a key however it is written", () => {
  const [marker] = MARKERS;
  const { value } = marker!;
  const forms = [
    value,
    `?api_key=${encodeURIComponent(value)}&`,
    JSON.stringify({ value }),
    `${Buffer.from(`x:${value}`).toString("base64")}`,
    Buffer.from(`xy:${value}!`).toString("base64url"),
    Buffer.from(value).toString("hex"),
    `${value.slice(0, 14)}…`,
  ];
  for (const form of forms) expect(found(MARKERS, `before ${form} after`)).toEqual(["key of the environment"]);
  expect(found(MARKERS, Buffer.from("MARK and nothing else"))).toEqual([]);
});

/** Every way an object is usually printed, logged or stored. */
function printed(value: unknown): string {
  const seen = new WeakSet<object>();
  const once = (_key: string, one: unknown): unknown => {
    if (typeof one === "bigint") return String(one);
    if (typeof one !== "object" || one === null) return one;
    if (seen.has(one)) return "again";
    seen.add(one);
    return one;
  };
  const clone = (): unknown => {
    try {
      return structuredClone(value);
    } catch (error) {
      return error;
    }
  };
  const error = value instanceof Error ? [value.stack, String(value.cause), inspect(value.cause, { depth: 20 })] : [];
  return [
    inspect(value, { depth: 20, showHidden: true, getters: true }),
    `${String(value)}`,
    JSON.stringify(value, once),
    inspect(clone(), { depth: 20 }),
    ...error,
  ].join("\n");
}

const btc = syntheticCandles({ bars: 300, seed: 5 });

async function serve(): Promise<PaperServer> {
  const keys = [ENVIRONMENT, FILE].map((key, i) => ({ ...key, account: `account-${i}` }));
  const server = await paperServer({ data: btc, keys, limits: "none" });
  onTestFinished(() => server.close());
  // A first price, so that orders have something to be reckoned with.
  server.next({ count: 150 });
  return server;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Keys as a trader has them: some in the environment, some in a file that only its owner may read. */
function keep(): string {
  const file = join(scratch(), "keys.json");
  writeFileSync(file, JSON.stringify({ ...FILE }), { mode: 0o600 });
  vi.stubEnv("TESSERLAB__BYBIT__API_KEY", ENVIRONMENT.apiKey);
  vi.stubEnv("TESSERLAB__BYBIT__API_SECRET", ENVIRONMENT.apiSecret);
  onTestFinished(() => void vi.unstubAllEnvs());
  return file;
}

/** All that this process prints while something runs: by a console of its own, since the test runner's goes elsewhere, and directly. */
async function listening<T>(run: (console: Console) => Promise<T>): Promise<readonly [T, string]> {
  const out: string[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      out.push(String(chunk));
      done();
    },
  });
  const spies = (["stdout", "stderr"] as const).map((name) =>
    vi.spyOn(process[name], "write").mockImplementation((text) => out.push(String(text)) > 0),
  );
  try {
    const told = await run(new Console({ stdout: sink, stderr: sink }));
    return [told, out.join("")];
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

/** Trades through the connector, well and badly, and prints everything there is. */
async function trade(server: PaperServer, secretsFile: string | undefined, console: Console): Promise<unknown[]> {
  const told: unknown[] = [];
  const options = {
    env: "local",
    urls: server.url,
    requestsPer5s: 100_000,
    timing: { reconcile: 200, recvWindow: 100, request: 5_000 },
  } as const;
  const descriptor = bybit({ ...options, ...(secretsFile !== undefined && { secretsFile }) });
  const link = await descriptor.connect({ onAlert: (one) => told.push(one), onProblem: (one) => told.push(one) });
  const { venue, market } = link;
  try {
    venue.subscribe((event) => told.push(event));
    await venue.connect();
    const order = { symbol: "BTCUSDT", side: "buy", type: "market", quantity: decimal("0.01") } as const;
    told.push(await venue.place({ ...order, clientOrderId: "good" }));
    told.push(await venue.place({ ...order, clientOrderId: "large", quantity: decimal("1000") }));
    server.fault({ kind: "error", at: "rest", match: "/v5/order/create" });
    told.push(await venue.place({ ...order, clientOrderId: "lost" }));
    server.fault({ kind: "error", at: "rest", match: "/v5/account", times: 4 });
    told.push(await venue.balances().catch((error: unknown) => error));
    server.fault({ kind: "drop", at: "rest", match: "/v5/order/cancel", times: 1 });
    told.push(await venue.cancel("BTCUSDT", "good"));
    venue.breaker.reset();
    told.push(await venue.balances(), await venue.positions(), await venue.orders(), venue.breaker, venue.breaker.metrics());
    told.push(descriptor, link, venue, market);
    console.log(link, venue, market, descriptor);
    console.dir(link, { depth: 10, showHidden: true });
    console.error("%o %O %j", venue, link, descriptor);
  } finally {
    await link.close();
  }
  told.push(link, venue);
  return told;
}

/** Keys that are wrong: the server's refusals, and errors of files and variables. */
async function fail(server: PaperServer, secretsFile: string): Promise<unknown[]> {
  const descriptor = bybit({ env: "local", urls: server.url });
  const attempts = [
    { apiKey: ENVIRONMENT.apiKey, apiSecret: CONFIGURED.apiSecret },
    { apiKey: CONFIGURED.apiKey, apiSecret: ENVIRONMENT.apiSecret },
  ].map(async (credentials) => {
    const link = await descriptor.connect({ credentials });
    const error = await link.venue.connect().catch((problem: unknown) => problem);
    await link.close();
    expect(error).toBeInstanceOf(Error);
    return [error, link];
  });
  const broken = join(secretsFile, "..", "broken.json");
  writeFileSync(broken, `{ "apiKey": "${FILE.apiKey}", "apiSecret": "${FILE.apiSecret}"`, { mode: 0o600 });
  const half = join(secretsFile, "..", "half.json");
  writeFileSync(half, JSON.stringify({ apiKey: FILE.apiKey }), { mode: 0o600 });
  const exposed = join(secretsFile, "..", "exposed.json");
  writeFileSync(exposed, JSON.stringify(FILE), { mode: 0o644 });
  const errors = [broken, half, exposed].map(async (file) => {
    const link = await bybit({ env: "local", urls: server.url, secretsFile: file }).connect();
    const error = await link.venue.connect().catch((problem: unknown) => problem);
    await link.close();
    expect(error).toBeInstanceOf(Error);
    return error;
  });
  return [...(await Promise.all(attempts)).flat(), ...(await Promise.all(errors))];
}

test("keys of the environment and of a file are in nothing that the connector and the server print, throw, tell or hold", async () => {
  const file = keep();
  const server = await serve();
  const [told, out] = await listening(async (console) => {
    const all = [...(await trade(server, undefined, console)), ...(await trade(server, file, console)), ...(await fail(server, file))];
    console.log(server, server.exchange);
    console.log(new Secret(ENVIRONMENT.apiSecret), { key: new Secret(ENVIRONMENT.apiKey) });
    return [...all, server, server.state(), server.exchange.account("account-0")];
  });
  for (const path of ["/v5/account/info", "/_control/state", "/v5/nowhere"]) {
    const answer = await fetch(`${server.url}${path}`, { headers: { "X-BAPI-API-KEY": ENVIRONMENT.apiKey } });
    told.push(await answer.text(), [...answer.headers]);
  }
  const everything = [out, ...told.map(printed)].join("\n");
  expect(everything.length).toBeGreaterThan(20_000);
  expect(everything.includes("[secret]")).toBe(true);
  expect(found(MARKERS, everything)).toEqual([]);
});

/** A receiver of alerts that keeps what it is sent. */
async function receiver(): Promise<{ readonly url: string; readonly bodies: string[]; readonly first: Promise<void> }> {
  const bodies: string[] = [];
  let arrived = (): void => {};
  const first = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const http = createServer((request, response) => {
    let body = JSON.stringify(request.headers);
    request.on("data", (chunk) => (body += String(chunk)));
    request.on("end", () => {
      bodies.push(body);
      response.end();
      arrived();
    });
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    http.closeAllConnections();
    http.close();
  });
  return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, bodies, first };
}

test("a session leaves no key in its state file, log, alerts, metrics, journal, command line, configuration and list of sessions", {
  timeout: 300_000,
}, async () => {
  const file = keep();
  const server = await serve();
  const alerts = await receiver();
  const folder = scratch();
  vi.stubEnv("TESSERLAB__SESSIONS_DIR", join(folder, "sessions"));
  const statePath = join(folder, "state.db");
  const session = await startLive({
    strategy: "SmaCross",
    venue: bybit({ env: "local", urls: server.url, secretsFile: file, timing: { reconcile: 200, recvWindow: 100 } }),
    statePath,
    trade: {
      symbols: "BTCUSDT",
      history: 50,
      metricsAddr: "127.0.0.1:0",
      logPath: join(folder, "live.json"),
      logLevel: "debug",
      reconcileSecs: 1,
      alerting: { webhookUrl: alerts.url, maxOrderFailures: 1 },
    },
  });
  await session.ready();
  const answers: unknown[] = [session, await session.health()];
  // The first order meets a server in trouble, which is an alert; the next one a sound server; the last one is more than there is money for.
  server.fault({ kind: "error", at: "rest", match: "/v5/order/create" });
  answers.push(await session.place({ symbol: "BTCUSDT", side: "buy", quantity: "0.02" }).catch((error: unknown) => error));
  await alerts.first;
  // Until it is known that it never landed, no other enters.
  while ((await session.orders()).some(({ status }) => status === "working")) await turn();
  answers.push(await session.place({ symbol: "BTCUSDT", side: "buy", quantity: "0.01" }).catch((error: unknown) => error));
  const account = server.exchange.account("account-1");
  while (account.open().length === 0) await turn();
  server.next();
  while ((await session.fills()).length === 0) await turn();
  answers.push(await session.place({ symbol: "BTCUSDT", side: "buy", quantity: "900" }).catch((error: unknown) => error));
  answers.push(await session.health());
  const commands = async (args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await tesserlab(args, { cwd: folder });
    return `${args.join(" ")} -> ${code}\n${stdout}${stderr}`;
  };
  const listed = await commands(["live", "list"]);
  expect(listed).toContain(session.id);
  let over = false;
  const stopped = session.stop({ closePositions: true }).finally(() => {
    over = true;
  });
  // What leaves the position is filled by the market's next candle.
  while (!over) {
    if (account.open().length > 0) server.next();
    await turn();
  }
  answers.push(listed, await stopped, await session.orders(), await session.fills());
  expect(account.positions().filter(({ quantity }) => !quantity.isZero())).toEqual([]);
  const view = openState(statePath);
  answers.push(view.format === "tesserlab" ? [view.sessions(), view.session(session.id).journal({})] : view);
  view.close();
  answers.push(await commands(["state", "inspect", statePath, "--raw"]), await commands(["state", "replay", statePath, "--to", "20"]));
  await commands(["state", "backup", statePath, join(folder, "copy.db")]);

  mkdirSync(join(folder, "config"));
  writeFileSync(join(folder, "config", "default.toml"), 'data_path = "./data"\n');
  const variables = {
    TESSERLAB__EXCHANGE__MAIN__API_KEY: CONFIGURED.apiKey,
    TESSERLAB__EXCHANGE__MAIN__API_SECRET: CONFIGURED.apiSecret,
    TESSERLAB__EXCHANGE__MAIN__API_KEYS: CONFIGURED.apiKey,
  };
  const config = loadConfig({ cwd: folder, variables });
  answers.push(config, config.problems);

  const written = filesBelow(folder);
  expect(written.map(({ path }) => path.split("/").at(-1))).toEqual(expect.arrayContaining(["state.db", "live.json", "copy.db"]));
  expect(alerts.bodies.length).toBeGreaterThan(0);
  const hits = [
    ...written.map(({ path, bytes }) => [path, found(MARKERS, bytes)] as const),
    ...[...answers.map(printed), ...alerts.bodies].map((text) => [text.slice(0, 80), found(MARKERS, text)] as const),
  ].filter(([, names]) => names.length > 0);
  expect(hits).toEqual([]);
});

test("a notebook that connects, shows, logs and fails has no key in its outputs, its report and its terminal", {
  timeout: 300_000,
}, async () => {
  keep();
  const server = await serve();
  const folder = scratch();
  const sources = [
    `const venue = bybit({ env: "local", urls: "${server.url}", timing: { reconcile: 200, recvWindow: 100 } });\nvenue`,
    "const link = await venue.connect();\nawait link.venue.connect();\nlink",
    "console.log(link, link.venue, link.market, venue);\nconsole.dir(link.venue, { depth: 9, showHidden: true });\nlink.venue",
    "await link.venue.balances()",
    'await link.venue.place({ clientOrderId: "nb-1", symbol: "BTCUSDT", side: "buy", type: "market", quantity: decimal("900") })',
    "await link.venue.orders()",
    "watch(link.venue)",
    'const wrong = await venue.connect({ credentials: { apiKey: "nobody", apiSecret: process.env.TESSERLAB__BYBIT__API_SECRET! } });\nawait wrong.venue.connect()',
    "await link.close();\nlink",
  ];
  const cells = sources.map((source, i) => ({ cell_type: "code", id: `c${i}`, metadata: {}, source, outputs: [], execution_count: null }));
  const notebook = join(folder, "venue.ipynb");
  writeFileSync(notebook, JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells }));
  const ended = await tesserlab(["run", notebook, "--allow-errors", "--html", join(folder, "venue.html")], { cwd: folder });
  const written = filesBelow(folder);
  const executed = written.find(({ path }) => path.endsWith("executed.ipynb"))!.bytes.toString();
  expect(executed).toContain("bybit-local");
  expect(executed).toMatch(/INSUFFICIENT_FUNDS|110007/);
  expect(executed).toContain("VENUE_AUTH");
  const hits = [
    ...written.map(({ path, bytes }) => [path, found(MARKERS, bytes)] as const),
    ["terminal", found(MARKERS, printed(ended))] as const,
  ];
  expect(hits.filter(([, names]) => names.length > 0)).toEqual([]);
});

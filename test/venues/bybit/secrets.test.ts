import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, describe, expect, test, vi } from "vitest";
import { decimal } from "../../../src/core/index.js";
import { bybit, loadCredentials, MemoryIntents, Secret } from "../../../src/venues/bybit/index.js";
import { expectMisuse } from "../../misuse.js";
import { FAST, KEY, SECRET, StubExchange } from "./stub.js";

const folder = mkdtempSync(join(tmpdir(), "tesserlab-secrets-"));
afterEach(() => vi.unstubAllEnvs());

/** Every way a value is usually printed or stored. */
function printed(value: unknown): string {
  const seen = new WeakSet<object>();
  const json = JSON.stringify(value, (_key, one: unknown) => {
    if (typeof one === "object" && one !== null) {
      if (seen.has(one)) return "again";
      seen.add(one);
    }
    return one;
  });
  return [
    inspect(value, { depth: 20, showHidden: true, getters: true }),
    String(value),
    json,
    value instanceof Error ? value.stack : "",
  ].join("\n");
}

describe("where keys come from", () => {
  test("the environment, by profile, and an owner's file", () => {
    vi.stubEnv("TESSERLAB__BYBIT__API_KEY", "plain-key");
    vi.stubEnv("TESSERLAB__BYBIT__API_SECRET", "plain-secret");
    vi.stubEnv("TESSERLAB__BYBIT__DESK_2__API_KEY", "desk-key");
    vi.stubEnv("TESSERLAB__BYBIT__DESK_2__API_SECRET", "desk-secret");
    expect(loadCredentials().apiKey.reveal()).toBe("plain-key");
    expect(loadCredentials({ profile: "desk-2" }).apiSecret.reveal()).toBe("desk-secret");
    expectMisuse(() => loadCredentials({ profile: "other" }), "CREDENTIALS_MISSING", /TESSERLAB__BYBIT__OTHER__API_KEY is not set/);
    const file = join(folder, "keys.json");
    writeFileSync(file, JSON.stringify({ main: { apiKey: "file-key", apiSecret: "file-secret" } }), { mode: 0o600 });
    expect(loadCredentials({ profile: "main", secretsFile: file }).apiKey.reveal()).toBe("file-key");
    expectMisuse(() => loadCredentials({ secretsFile: file }), "CREDENTIALS_MISSING", /keys.json has no apiKey/);
    chmodSync(file, 0o644);
    expectMisuse(() => loadCredentials({ profile: "main", secretsFile: file }), "CREDENTIALS_EXPOSED", /mode 644.*chmod 600/);
    chmodSync(file, 0o600);
    writeFileSync(file, "apiKey=file-key");
    expectMisuse(() => loadCredentials({ secretsFile: file }), "CREDENTIALS_FILE", /no JSON object/);
    expectMisuse(() => loadCredentials({ secretsFile: join(folder, "none.json") }), "CREDENTIALS_FILE", /ENOENT/);
    rmSync(folder, { recursive: true });
  });
});

describe("where keys go", () => {
  test("a secret prints as nothing", () => {
    expect(printed({ a: new Secret("hush-1"), b: [new Secret("hush-2")] })).not.toMatch(/hush/);
    expect(`${new Secret("hush")}`).toBe("[secret]");
  });

  test("neither key nor secret is in logs, errors, alerts, state, outcomes, the descriptor or the connection", async () => {
    const stub = await new StubExchange().listen();
    const out: string[] = [];
    const spies = (["stdout", "stderr"] as const).map((name) =>
      vi.spyOn(process[name], "write").mockImplementation((text) => out.push(String(text)) > 0),
    );
    const intents = new MemoryIntents();
    const told: unknown[] = [];
    const descriptor = bybit({ env: "local", urls: stub.url, timing: { ...FAST, reconcile: 300 }, requestsPer5s: 10_000 });
    const link = await descriptor.connect({
      credentials: { apiKey: KEY, apiSecret: SECRET },
      intents,
      onAlert: (one) => told.push(one),
      onProblem: (one) => told.push(one),
    });
    try {
      link.venue.subscribe((event) => told.push(event));
      await link.venue.connect();
      const order = {
        clientOrderId: "a-1",
        symbol: "BTCUSDT",
        side: "buy",
        type: "limit",
        quantity: decimal("0.01"),
        price: decimal("60000"),
      } as const;
      told.push(await link.venue.place(order));
      stub.script("/v5/order/create", "cut", { status: 500 }, { code: 10004, message: "error sign!" });
      for (const id of ["a-2", "a-3", "a-4"]) told.push(await link.venue.place({ ...order, clientOrderId: id }));
      stub.script("/v5/account/wallet-balance", { code: 10003, message: "API key is invalid." });
      told.push(await link.venue.balances().catch((error: unknown) => error));
      const wrong = await descriptor.connect({ credentials: { apiKey: `${KEY}-x`, apiSecret: `${SECRET}-x` } });
      told.push(await wrong.venue.connect().catch((error: unknown) => error), wrong);
      await wrong.close();
      told.push(structuredClone({ ...descriptor }), descriptor, link, intents, intents.unsettled(), link.venue.breaker.metrics());
      console.log(link);
      console.error(descriptor);
    } finally {
      await link.close();
      await stub.close();
      for (const spy of spies) spy.mockRestore();
    }
    const everything = [...told.map(printed), ...out].join("\n");
    expect(everything.length).toBeGreaterThan(5_000);
    expect(everything).not.toContain(KEY);
    expect(everything).not.toContain(SECRET);
  });
});

describe("the descriptor", () => {
  test("is plain, frozen and can be made again from itself", () => {
    const one = bybit({ env: "demo", category: "inverse", profile: "main" });
    expect(one.urls).toEqual({
      rest: "https://api-demo.bybit.com",
      public: "wss://stream.bybit.com/v5/public/inverse",
      private: "wss://stream-demo.bybit.com/v5/private",
    });
    const copy = structuredClone({ ...one });
    expect(JSON.parse(JSON.stringify(one))).toEqual(JSON.parse(JSON.stringify(copy)));
    expect(bybit(copy)).toEqual(one);
    expect(Object.isFrozen(one)).toBe(true);
    expect([bybit({ env: "mainnet" }).name, bybit({ env: "testnet" }).name]).toEqual(["bybit", "bybit-testnet"]);
  });

  test.each<[string, () => unknown, string, RegExp]>([
    ["no environment", () => bybit({} as never), "BYBIT_ENV", /real money/],
    ["an unknown one", () => bybit({ env: "tesnet" as never }), "BYBIT_ENV", /Did you mean testnet/],
    ["a local one without address", () => bybit({ env: "local" }), "BYBIT_URL", /127\.0\.0\.1/],
    ["keys in clear to another machine", () => bybit({ env: "local", urls: "http://example.com" }), "BYBIT_URL", /not encrypted/],
    ["a local one at Bybit's address", () => bybit({ env: "local", urls: "https://api.bybit.com" }), "BYBIT_URL", /Bybit's mainnet/],
    [
      "a local one that sends orders to a mirror of Bybit's",
      () => bybit({ env: "local", urls: { rest: "https://api.bytick.com", public: "ws://127.0.0.1:1", private: "ws://127.0.0.1:1" } }),
      "BYBIT_URL",
      /Bybit's mainnet/,
    ],
    [
      "a password in an address",
      () => bybit({ env: "testnet", urls: { rest: "https://me:pw@example.com" } }),
      "BYBIT_URL",
      /without user and password/,
    ],
    ["a misspelt option", () => bybit({ env: "testnet", categry: "spot" } as never), "OPTION_UNKNOWN", /Did you mean category/],
    ["an unknown category", () => bybit({ env: "testnet", category: "options" as never }), "CATEGORY_UNKNOWN", /linear, spot, inverse/],
    ["a time of zero", () => bybit({ env: "testnet", timing: { ping: 0 } }), "BYBIT_TIMING", /timing\.ping/],
  ])("%s is misuse", (_what, act, code, message) => {
    expectMisuse(act, code, message);
  });
});

import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { exchangeProfile } from "../../../src/live/index.js";
import { type BybitOptions, createBybit } from "../../../src/venues/bybit/index.js";
import { expectMisuse } from "../../misuse.js";
import { KEY, SECRET, StubExchange } from "./stub.js";

const bybit = createBybit(exchangeProfile);
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tesserlab-profile-"));
  mkdirSync(join(folder, "config"));
  vi.spyOn(process, "cwd").mockReturnValue(folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

function config(name: string, text: string, mode = 0o600): string {
  const file = join(folder, "config", `${name}.toml`);
  writeFileSync(file, text, { mode });
  return file;
}

/** Settings of a profile in one file, without keys. */
const made = (lines: string, more: BybitOptions = {}): ReturnType<typeof bybit> => {
  config("default", `[exchange.desk]\n${lines}`);
  return bybit({ profile: "desk", ...more });
};

describe("a profile of the configuration", () => {
  test("says which Bybit, which category and where; what is given in the cell stands before it", () => {
    const demo = made('env = "demo"\ncategory = "inverse"\nrecv_window = 8000\nrequests_per_5s = 300\nconnections = 4');
    expect(demo).toMatchObject({
      name: "bybit-demo",
      env: "demo",
      category: "inverse",
      profile: "desk",
      requestsPer5s: 300,
      connections: 4,
    });
    expect(demo.timing.recvWindow).toBe(8_000);
    expect(demo.urls).toEqual({
      rest: "https://api-demo.bybit.com",
      public: "wss://stream.bybit.com/v5/public/inverse",
      private: "wss://stream-demo.bybit.com/v5/private",
    });
    expect(bybit({ profile: "desk", category: "spot", env: "testnet" })).toMatchObject({ env: "testnet", category: "spot" });
  });

  test("in Tesser's words: the environment is told by the address, an address of a stream stands for its machine", () => {
    const one = made(
      'rest_url = "https://api-testnet.bybit.com"\nws_url = "wss://stream-testnet.bybit.com/v5/public/linear"\nsettle_coin = "USDT"\nrate_limit_tier = "pro"',
    );
    expect(one).toMatchObject({ env: "testnet", urls: { public: "wss://stream-testnet.bybit.com/v5/public/linear" } });
    expect(one.urls.private).toBe("wss://stream-testnet.bybit.com/v5/private");
    expect(made('rest_url = "https://api.bytick.com"').env).toBe("mainnet");
    const local = made('rest_url = "http://127.0.0.1:8000"\nws_private_url = "ws://127.0.0.1:9000/v5/private"');
    expect(local).toMatchObject({
      env: "local",
      urls: { rest: "http://127.0.0.1:8000", public: "ws://127.0.0.1:8000/v5/public/linear", private: "ws://127.0.0.1:9000/v5/private" },
    });
  });

  test("layers: an environment's file and variables stand over the default", () => {
    made('env = "testnet"\ncategory = "linear"');
    config("prod", '[exchange.desk]\nenv = "mainnet"');
    vi.stubEnv("TESSERLAB__exchange__desk__category", "spot");
    expect(bybit({ profile: "desk" })).toMatchObject({ env: "testnet", category: "spot" });
    expect(bybit({ profile: "desk", configEnv: "prod" })).toMatchObject({ env: "mainnet", category: "spot", configEnv: "prod" });
    // What is sent to where a session runs is made again from itself.
    const copy = structuredClone({ ...bybit({ profile: "desk", configEnv: "prod" }) }) as BybitOptions;
    expect(bybit(copy)).toEqual(bybit({ profile: "desk", configEnv: "prod" }));
  });

  test.each<[string, string, string, RegExp, BybitOptions?]>([
    ["no environment", 'category = "linear"', "BYBIT_ENV", /no \[exchange\.desk\] of the configuration names one/],
    ["a key that means nothing", 'env = "testnet"\ncategry = "spot"', "OPTION_UNKNOWN", /Did you mean category/],
    ["another driver", 'driver = "paper"', "BYBIT_PROFILE", /driver paper/],
    ["a number that is none", 'env = "testnet"\nrecv_window = "soon"', "BYBIT_PROFILE", /recv_window .* got 'soon'/],
    [
      "the address of another Bybit",
      'env = "testnet"\nrest_url = "https://api.bybit.com"',
      "BYBIT_URL",
      /address of Bybit's mainnet, but env is testnet/,
    ],
    ["one that is given beside it", 'rest_url = "https://api.bybit.com"', "BYBIT_URL", /mainnet, but env is demo/, { env: "demo" }],
  ])("%s is refused", (_name, lines, code, message, more = {}) => {
    expectMisuse(() => made(lines, more), code, message);
  });
});

describe("keys of a profile", () => {
  const keys = (key = KEY, secret = SECRET): string => `[exchange.desk]\napi_key = "${key}"\napi_secret = "${secret}"\n`;
  let stub: StubExchange;

  beforeEach(async () => {
    stub = await new StubExchange().listen();
    config("default", `[exchange.desk]\nrest_url = "${stub.url}"`);
  });
  afterEach(() => stub.close());

  /** Logs in and asks for balances, both signed. */
  async function works(): Promise<void> {
    const { venue, close } = await bybit({ profile: "desk" }).connect();
    try {
      await venue.connect();
      expect(await venue.balances()).toHaveLength(1);
    } finally {
      await close();
    }
  }

  test("from a file that only its owner may read, and from no other", async () => {
    const file = config("local", keys());
    await works();
    chmodSync(file, 0o640);
    await expect(works()).rejects.toMatchObject({
      code: "CREDENTIALS_EXPOSED",
      message: "local.toml holds keys and may be read by others (mode 640): run chmod 600 on it first.",
    });
  });

  test("from variables of the configuration, also where the file lies open", async () => {
    config("default", `[exchange.desk]\nrest_url = "${stub.url}"`, 0o644);
    vi.stubEnv("TESSER__exchange__desk__api_key", KEY);
    vi.stubEnv("TESSER__exchange__desk__api_secret", SECRET);
    await works();
  });

  test("the profile's own variables stand before the configuration", async () => {
    config("local", keys("another-key", "another-secret"));
    await expect(works()).rejects.toMatchObject({ code: "VENUE_AUTH" });
    vi.stubEnv("TESSERLAB__BYBIT__DESK__API_KEY", KEY);
    vi.stubEnv("TESSERLAB__BYBIT__DESK__API_SECRET", SECRET);
    await works();
  });

  test("half a pair is named, and so are the variables where nothing is there", async () => {
    config("local", `[exchange.desk]\napi_key = "${KEY}"`);
    await expect(works()).rejects.toMatchObject({
      code: "CREDENTIALS_MISSING",
      message: expect.stringMatching(/\[exchange\.desk\] has an api_key and no api_secret/),
    });
    config("local", "");
    await expect(works()).rejects.toMatchObject({
      code: "CREDENTIALS_MISSING",
      message: expect.stringContaining("TESSERLAB__BYBIT__DESK__API_KEY is not set"),
    });
  });

  test("appear neither in the description nor in what it travels as", () => {
    config("local", keys("hush-key", "hush-secret"));
    const one = bybit({ profile: "desk" });
    expect(inspect(one, { depth: 20, showHidden: true, getters: true }) + JSON.stringify(one)).not.toMatch(/hush/);
    expect(JSON.stringify(structuredClone({ ...one }))).not.toMatch(/hush/);
  });
});

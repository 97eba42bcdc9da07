import { afterEach, beforeEach, expect, test } from "vitest";
import { bybit } from "../../../src/venues/bybit/index.js";
import { FAST, KEY, SECRET, StubExchange } from "./stub.js";

const HOST = Symbol.for("tesserlab.host");
const place = globalThis as Record<symbol, unknown>;
let stub: StubExchange;
let told: string[];

beforeEach(async () => {
  stub = await new StubExchange().listen();
  told = [];
  place[HOST] = {
    liveVenueOpened: (name: string) => told.push(`opened ${name}`),
    liveVenueClosed: (name: string) => told.push(`closed ${name}`),
  };
});
afterEach(async () => {
  delete place[HOST];
  await stub.close();
});

/** A connection of an environment whose servers are played at the wire. */
const connect = (env: "mainnet" | "testnet" | "demo" | "local", credentials = { apiKey: KEY, apiSecret: SECRET }) =>
  bybit({ env, urls: stub.url.startsWith("http") ? urls(stub.url) : {}, timing: FAST, requestsPer5s: 100_000 }).connect({
    credentials,
    onProblem: () => {},
  });

function urls(base: string): { rest: string; public: string; private: string } {
  const stream = base.replace("http", "ws");
  return { rest: base, public: `${stream}/v5/public/linear`, private: `${stream}/v5/private` };
}

test.each([
  ["mainnet", "bybit"],
  ["testnet", "bybit-testnet"],
  ["demo", "bybit-demo"],
] as const)("the kernel is told when a venue of %s opens and when it closes, once each", async (env, name) => {
  const link = await connect(env);
  expect(told).toEqual([]);
  await Promise.all([link.venue.connect(), link.venue.connect()]);
  await link.venue.connect();
  expect(told).toEqual([`opened ${name}`]);
  await link.close();
  await link.venue.close();
  expect(told).toEqual([`opened ${name}`, `closed ${name}`]);
});

test("a server of one's own is no live venue, nor is one that refused the key, and without a kernel nobody is told", async () => {
  const local = await connect("local");
  await local.venue.connect();
  await local.close();
  const refused = await connect("testnet", { apiKey: "nobody", apiSecret: "nothing" });
  await expect(refused.venue.connect()).rejects.toThrow();
  await refused.close();
  expect(told).toEqual([]);
  delete place[HOST];
  const alone = await connect("testnet");
  await alone.venue.connect();
  await alone.close();
  expect(told).toEqual([]);
});

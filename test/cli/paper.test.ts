import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RestClientV5 } from "bybit-api";
import { afterAll, describe, expect, test } from "vitest";
import { ROOT, tesserlab } from "./tesserlab.js";

const folder = mkdtempSync(join(tmpdir(), "tesserlab-paper-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

writeFileSync(
  join(folder, "btc.csv"),
  ["symbol,timestamp,open,high,low,close,volume", ...[0, 1, 2, 3].map((i) => `BTCUSDT,2024-05-01T00:0${i}:00Z,100,110,99,10${i},5`)].join(
    "\n",
  ),
);

describe("tesserlab paper serve", () => {
  test("serves until it is interrupted, with a key that only its owner reads and nobody prints", async () => {
    const args = ["paper", "serve", "--data", "btc.csv", "--lock-step", "--balance", "USDT=500", "--limits", "none"];
    const child = spawn(process.execPath, [join(ROOT, "dist", "cli", "main.js"), ...args], { cwd: folder });
    let output = "";
    child.stderr.on("data", (chunk) => (output += String(chunk)));
    await new Promise<void>((resolve, reject) => {
      child.stdout.on("data", (chunk) => {
        output += String(chunk);
        if (output.includes("readable to you alone")) resolve();
      });
      child.once("exit", () => reject(new Error(output)));
    });
    const path = join(folder, "reports", "paper-server-key.json");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const { apiKey, apiSecret } = JSON.parse(readFileSync(path, "utf8")) as { apiKey: string; apiSecret: string };
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(output)![0];
    const client = new RestClientV5({ key: apiKey, secret: apiSecret, baseUrl: url } as never);
    const [wallet] = (await client.getWalletBalance({ accountType: "UNIFIED" })).result.list;
    expect(wallet!.coin[0]).toMatchObject({ coin: "USDT", walletBalance: "500" });
    expect(await (await fetch(`${url}/_control/next`, { method: "POST", body: "{}" })).json()).toMatchObject({
      released: 1,
      total: 4,
      lockStep: true,
    });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGINT");
    expect(await ended).toBe(0);
    expect(output).not.toContain(apiSecret);
    expect(output).toContain("4 candles of 1m of BTCUSDT");
  });

  test.each<[string, string[], RegExp]>([
    ["no recording", [], /needs a recording: --data FILE or --book FILE/],
    ["a speed in words", ["--data", "btc.csv", "--speed", "fast"], /--speed must be max or a number above 0, got 'fast'/],
    ["a speed in lock-step", ["--data", "btc.csv", "--lock-step", "--speed", "2"], /leave --speed out/],
    ["a balance without a currency", ["--data", "btc.csv", "--balance", "500"], /like USDT=10000, got '500'/],
    ["a category there is not", ["--data", "btc.csv", "--category", "option"], /category/],
    ["limits in words", ["--data", "btc.csv", "--limits", "few"], /bybit, none or requests a second, got 'few'/],
  ])("%s is misuse", async (_what, options, message) => {
    const { code, stdout, stderr } = await tesserlab(["paper", "serve", ...options], { cwd: folder });
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(message);
  });

  test("a key file that others may read is refused, as is one that holds none", async () => {
    const path = join(folder, "open.json");
    writeFileSync(path, "{}");
    chmodSync(path, 0o644);
    const serve = (): ReturnType<typeof tesserlab> =>
      tesserlab(["paper", "serve", "--data", "btc.csv", "--api-key-file", "open.json"], { cwd: folder });
    expect((await serve()).stderr).toMatch(/may be read by others/);
    chmodSync(path, 0o600);
    expect((await serve()).stderr).toMatch(/holds no key/);
    expect(existsSync(path)).toBe(true);
  });
});

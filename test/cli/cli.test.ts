import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { syntheticCandles } from "../../src/data/index.js";
import { readNotebook } from "../../src/kernel/index.js";
import { state as helper, live, paper, replay } from "../../src/lab/index.js";
import { type Ended, ROOT, tesserlab } from "./tesserlab.js";

const folder = mkdtempSync(join(tmpdir(), "tesserlab-cli-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A command is a file of its own. */
const COMMANDS = readdirSync(join(ROOT, "src", "cli", "commands")).map((name) => name.replace(".ts", ""));
const SAMPLE = "synthetic_BTCUSDT_5m_seed7.csv";

const here = (...args: string[]): Promise<Ended> => tesserlab(args, { cwd: folder });

/** A command that fails by misuse: exit code 2, one message of ours, nothing on stdout, no stack. */
async function misuse(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await here(...args);
  expect(stdout).toBe("");
  expect(stderr).not.toMatch(/\n\s+at |node:internal/);
  expect(code).toBe(2);
  return stderr.trimEnd();
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
  return name;
}

function notebook(name: string, ...sources: (string | { source: string; tags: string[] })[]): string {
  const cells = sources.map((cell, i) => {
    const { source, tags } = typeof cell === "string" ? { source: cell, tags: [] } : cell;
    return { cell_type: "code", id: `c${i + 1}`, metadata: { tags }, source, outputs: [], execution_count: null };
  });
  return file(name, JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells }));
}

/** The text of every result of an executed notebook. */
const results = (name: string): unknown[] =>
  readNotebook(join(folder, name)).cells.flatMap((cell) =>
    cell.cell_type === "code" ? cell.outputs.flatMap((output) => ("data" in output ? [output.data["text/plain"]] : [])) : [],
  );

describe("help", () => {
  test("lists every command with a line on each, also without any word", async () => {
    const [bare, help, flag] = await Promise.all([here(), here("help"), here("--help")]);
    expect(bare.code).toBe(0);
    expect(bare).toEqual(help);
    expect(bare).toEqual(flag);
    const lines = bare.stdout.split("\n").filter((line) => line.startsWith("  "));
    expect(lines.map((line) => line.trim().split(" ")[0]).sort()).toEqual(COMMANDS.sort());
    expect(COMMANDS).toEqual(expect.arrayContaining(["bench", "data", "run", "start", "state", "strategies"]));
    for (const line of lines) {
      expect(line).toMatch(/^ {2}\S.{36,} [A-Z]/);
      expect(line.length).toBeLessThan(120);
    }
  });

  test.each(COMMANDS)("of %s names its options, with --help, -h and as a topic", async (command) => {
    const [long, short, topic] = await Promise.all([here(command, "--help"), here(command, "-h"), here("help", command)]);
    expect(long.code).toBe(0);
    expect(long.stdout).toMatch(new RegExp(`^tesserlab ${command}\\b`));
    expect(long).toEqual(short);
    expect(long).toEqual(topic);
    const options = [...long.stdout.matchAll(/--([\w-]+)/g)].map((match) => match[1]!);
    if (command === "run") expect(options).toEqual(["out", "in-place", "param", "html", "allow-errors", "timeout"]);
  });

  test("--version is the package's", async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string };
    for (const flag of ["--version", "-v"]) expect(await here(flag)).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  });
});

describe("misspelt", () => {
  test.each([
    [["runn"], "LabError [CLI_COMMAND]: Unknown command 'runn'. Did you mean run?"],
    [["help", "starr"], "Unknown command 'starr'. Did you mean start?"],
    [["--versoin"], "Did you mean --version?"],
    [["run", "x.ipynb", "--oot", "y"], "LabError [CLI_OPTION]: Unknown option of run '--oot'. Did you mean --out?"],
    [["run", "x.ipynb", "-x"], "Unknown option of run '-x'"],
    [["strategies", "--all"], "Unknown option of strategies '--all'. Known: none."],
    [["data", "inspekt", "x.csv"], "Unknown action of data 'inspekt'. Did you mean inspect?"],
    [["state", "inspekt"], "Unknown action of state 'inspekt'. Did you mean inspect?"],
    [["bench", "--part", "w9"], "Unknown part of bench 'w9'"],
  ])("%j suggests", async (args, message) => {
    expect(await misuse(...args)).toContain(message);
  });

  test.each([
    [["run"], "LabError [CLI_WORDS]: tesserlab run takes NOTEBOOK, got none; see tesserlab run --help."],
    [["run", "a.ipynb", "b.ipynb"], "got 'a.ipynb', 'b.ipynb'"],
    [["start", "now"], "tesserlab start takes no words, got 'now'"],
    [["data", "inspect"], "tesserlab data inspect needs a file: tesserlab data inspect FILE."],
    [["run", "a.ipynb", "--out"], "LabError [CLI_VALUE]: --out needs a value: --out FILE."],
    [["run", "a.ipynb", "--in-place=yes"], "--in-place takes no value, got 'yes'."],
    [["run", "a.ipynb", "--in-place", "--out", "b.ipynb"], "--out and --in-place say two places"],
    [["run", "a.ipynb", "--timeout", "1.5"], "--timeout must be a whole number of at least 1, got '1.5'."],
    [["run", "a.ipynb", "--timeout", "0"], "--timeout must be a whole number of at least 1, got '0'."],
    [["run", "a.ipynb", "-p", "x"], "-p takes NAME=VALUE, as in -p fastPeriod=12, got 'x'."],
    [["run", "a.ipynb", "-p", "=1"], "got '=1'."],
    [["data", "inspect", "a.csv", "--seed", "3"], "tesserlab data inspect has no option --seed"],
    [["data", "generate", "--symbol", "X"], "tesserlab data generate has no option --symbol"],
    [["data", "generate", "--bars", "-5"], "--bars"],
    [["bench", "--part", "w1", "--request", "{"], "--request is written by bench itself, as JSON; '{' is none."],
    [["bench", "--fast", "x"], "--fast must be a whole number of at least 1, got 'x'."],
  ])("%j says what is wanted", async (args, message) => {
    expect(await misuse(...args)).toContain(message);
  });
});

describe("run", () => {
  test("hands parameters to the notebook, typed as its own values are", async () => {
    const name = notebook(
      "params.ipynb",
      { source: 'const fastPeriod = 5;\nconst symbol = "ETHUSDT";', tags: ["parameters"] },
      "[fastPeriod + 1, symbol]",
    );
    const ended = await here("run", name, "-p", "fastPeriod=12", "--param", "symbol=BTC=USDT", "--out", "made/deep/params.ipynb");
    expect(ended).toMatchObject({ code: 0, stdout: "made/deep/params.ipynb\n" });
    expect(results("made/deep/params.ipynb")).toEqual(["[ 13, 'BTC=USDT' ]"]);
    expect(await misuse("run", name, "-p", "fastPeriode=1")).toContain("Did you mean fastPeriod?");
  });

  test("suggests the notebook that was meant", async () => {
    notebook("research.ipynb", "1");
    expect(await misuse("run", "reserch.ipynb")).toBe(
      "LabError [NOTEBOOK_NOT_FOUND]: There is no notebook 'reserch.ipynb'. Did you mean research.ipynb?",
    );
    expect(await misuse("run", file("broken.ipynb", "{"))).toContain("NOTEBOOK_INVALID");
  });

  test("has the helpers in scope, and writes in place when told", async () => {
    const name = notebook("place.ipynb", "typeof backtest + typeof data.load");
    expect((await here("run", name, "--in-place")).stdout).toBe("place.ipynb\n");
    expect(results(name)).toEqual(["functionfunction"]);
  });

  test("goes on after a failing cell when told, and still exits with 1", async () => {
    const name = notebook("errors.ipynb", "throw new RangeError('first')", "'second'");
    const stopped = await here("run", name);
    expect(stopped.code).toBe(1);
    expect(stopped.stderr).toMatch(/RangeError: first[\s\S]*at cell-1\.ts:1:7/);
    expect(results("errors.executed.ipynb")).toEqual([]);
    const went = await here("run", name, "--allow-errors");
    expect(went.code).toBe(1);
    expect(results("errors.executed.ipynb")).toEqual(["second"]);
  });

  test.each([
    ["a failing cell", "throw new Error('stop')", 1],
    ["the last cell", "'done'", 0],
  ])("ends after %s although cells left servers, timers and sockets open", async (_what, last, code) => {
    const open = `import { createServer, connect } from "node:net";
const server = createServer(() => {}).listen(0, "127.0.0.1");
await new Promise((done) => server.once("listening", done));
const socket = connect(server.address().port, "127.0.0.1");
setInterval(() => {}, 60_000); 0`;
    const name = notebook(`open-${code}.ipynb`, open, last);
    const ended = await here("run", name);
    expect(ended).toMatchObject({ code, stdout: `open-${code}.executed.ipynb\n` });
    expect(ended.stderr.includes("Error: stop")).toBe(code === 1);
  });

  test("ends a cell that takes too long", async () => {
    const { code, stderr } = await here("run", notebook("loop.ipynb", "for (;;) {}"), "--timeout", "1");
    expect(code).toBe(1);
    expect(stderr).toContain("took longer than 1000 ms");
  });

  test("refuses places it cannot write to before it executes anything", async () => {
    const name = notebook("side.ipynb", "(await import('node:fs')).writeFileSync('side-effect', '')");
    mkdirSync(join(folder, "a-folder"), { recursive: true });
    expect(await misuse("run", name, "--out", "a-folder")).toContain("--out must name a file, got the folder 'a-folder'.");
    expect(await misuse("run", name, "--html", `${name}/report.html`)).toContain("its folder cannot be made");
    expect(existsSync(join(folder, "side-effect"))).toBe(false);
  });
});

describe("data", () => {
  test("inspect reports on a sound file and exits with 0", async () => {
    copyFileSync(join(ROOT, "data", SAMPLE), join(folder, SAMPLE));
    const { code, stdout } = await here("data", "inspect", SAMPLE);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^SYNTHETIC DATA[\s\S]*20,000 candles of BTCUSDT[\s\S]*no bad rows\nno gaps\n$/);
  });

  test("inspect reports bad rows by line and exits with 1", async () => {
    const good = Array.from({ length: 5 }, (_, i) => `2024-01-01T00:0${i}:00Z,1,2,0.5,1.5,10`);
    const name = file(
      "bad.csv",
      ["timestamp,open,high,low,close,volume", ...good.slice(0, 2), "2024-01-01T00:02:00Z,1,x,0.5,1.5,10", ...good.slice(3)].join("\n"),
    );
    const { code, stdout } = await here("data", "inspect", name, "--symbol", "ABC", "--interval", "1m");
    expect(code).toBe(1);
    expect(stdout).toContain("4 candles of ABC (given), 1m (given)");
    expect(stdout).toContain("1 bad row left out (number 1):\n  line 4: high is not a decimal number");
  });

  test("inspect refuses what is no file of candles", async () => {
    expect(await misuse("data", "inspect", "nothing.csv")).toContain("There is no data file 'nothing.csv'.");
    expect(await misuse("data", "inspect", ".")).toContain("it is a folder; name a file in it");
    expect(await misuse("data", "inspect", file("columns.csv", "date,o,h,l,c\n2024-01-01,1,2,0.5,1.5\n"))).toContain("DATA_HEADER");
    expect(await misuse("data", "inspect", SAMPLE, "--interval", "7x")).toContain("Unknown interval '7x'");
  });

  test("generate writes the shipped sample, byte for byte", async () => {
    const ended = await here("data", "generate");
    expect(ended).toEqual({ code: 0, stdout: `data/${SAMPLE}\n`, stderr: "" });
    expect(readFileSync(join(folder, "data", SAMPLE)).equals(readFileSync(join(ROOT, "data", SAMPLE)))).toBe(true);
  });

  test("generate makes other samples, but none that could be taken for a market's", async () => {
    expect((await here("data", "generate", "synthetic_small.csv", "--bars", "3", "--seed", "0")).code).toBe(0);
    expect(readFileSync(join(folder, "synthetic_small.csv"), "utf8").trimEnd().split("\n")).toHaveLength(4);
    expect(await misuse("data", "generate", "btc.csv")).toContain('lacks "synthetic", as in synthetic_btc.csv');
  });
});

test("strategies tells what each is fed with and when it trades, then every parameter with default, range and meaning", async () => {
  const { code, stdout } = await here("strategies");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^strategy +aliases +feeds +symbols +when/);
  expect(stdout).toMatch(/\nPairsTradingArbitrage +PairsTrading, Pairs +candles +BTCUSDT, ETHUSDT +Sells the dear/);
  expect(stdout).toMatch(/\nOrderBookScalper +candles, trades, book +BTCUSDT /);
  expect(stdout).not.toMatch(/…/);
  expect(stdout).toMatch(/\nstrategy +parameter +default +range +meaning/);
  expect(stdout).toMatch(/SmaCross +slowPeriod +20 +a whole number from 1 to 1000000 +Bars of the slow average\./);
  expect(stdout).not.toMatch(/undefined|\[object/);
});

describe("state inspect", () => {
  test("shows a session", async () => {
    const statePath = join(folder, "live.db");
    const data = syntheticCandles({ bars: 2000, seed: 5, gaps: true });
    const session = await live.start({ strategy: "SmaCross", venue: paper({ feed: replay(data) }), statePath, thread: "caller" });
    const { equity } = await session.done;
    const { code, stdout } = await here("state", "inspect", "live.db");
    expect(code).toBe(0);
    expect(stdout).toContain(`State of session ${session.id}`);
    expect(stdout).toContain(equity.toFixed());
    expect(stdout).toContain("is synthetic data, not a market");
    const view = helper.session(statePath);
    expect(view.summary().equity.eq(equity)).toBe(true);
    view.close();
  });

  test("raw is stable JSON; replay, backup and restore say what they did", async () => {
    const raw = await here("state", "inspect", "live.db", "--raw");
    expect(raw.code).toBe(0);
    expect(raw).toEqual(await here("state", "inspect", "--path", "live.db", "--raw"));
    const parsed = JSON.parse(raw.stdout) as { orders: { quantity: unknown }[]; journalLines: number };
    expect(typeof parsed.orders[0]!.quantity).toBe("string");
    const replayed = await here("state", "replay", "live.db");
    expect(replayed.stdout).toMatch(/^Replayed \d+ lines of session \w{10}: orders, fills and positions agree with the tables\.$/m);
    expect((await here("state", "replay", "live.db", "--to", "2")).stdout).toMatch(
      new RegExp(`after line 2 of ${parsed.journalLines}[^]*\\nNo open orders\\.\\n$`),
    );
    expect(await misuse("state", "inspect", "live.db", "--to", "2")).toContain("tesserlab state inspect has no option --to;");
    expect(await misuse("state", "backup", "live.db", "--raw", "x.db")).toContain("tesserlab state backup has no option --raw;");
    expect(await misuse("state", "backup", "--path", "live.db", "x.db", "y.db")).toContain("takes no third file, got 'y.db'");
    expect(await misuse("state", "replay", "live.db", "--to", "999999")).toContain(`The journal has the lines 1 to ${parsed.journalLines}`);
    expect((await here("state", "backup", "live.db", "copy.db")).stdout).toMatch(/^Copied \d+ bytes to copy\.db\./);
    expect((await here("state", "restore", "live.db", "copy.db")).stdout).toMatch(/What stood there is now live\.db\.before-\d{14}\./);
    expect(await misuse("state", "backup", "live.db")).toContain("takes a state file and a copy");
  });

  test("refuses what holds no state", async () => {
    expect(await misuse("state", "inspect")).toContain("There is no state file reports/live_state.db.");
    expect(await misuse("state", "inspect", "liv.db")).toContain("There is no state file liv.db.");
    expect(await misuse("state", "inspect", file("text.db", "no database"))).toContain("is not an SQLite file");
  });
});

test("a reader that closes early, such as head, is no failure", async () => {
  const main = join(ROOT, "dist", "cli", "main.js");
  const piped = spawnSync("sh", ["-c", `"${process.execPath}" "${main}" strategies | head -n 1`], { encoding: "utf8" });
  expect(piped).toMatchObject({ status: 0, stderr: "" });
  expect(piped.stdout).toMatch(/^strategy /);
});

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildCopy, manifest, ROOT, withDoor } from "./package-copy.js";
import { readWalls } from "./walls.js";

const contributing = readFileSync(join(ROOT, "CONTRIBUTING.md"), "utf8");
const doors = withDoor(readWalls(contributing).map((wall) => wall.folder));

describe("package.json", () => {
  it("exports the front door and every folder with an index.ts, and nothing else", () => {
    const { ".": front, "./package.json": self, ...folders } = manifest.exports;
    const entries = Object.keys(folders).map((entry) => entry.slice(2));
    expect(
      doors.filter((folder) => !entries.includes(folder)),
      "folders with an index.ts and no entry",
    ).toEqual([]);
    expect(
      entries.filter((entry) => !doors.includes(entry)),
      "entries whose folder has no index.ts",
    ).toEqual([]);
    expect(self).toBe("./package.json");
    expect(front).toEqual({ types: "./dist/index.d.ts", default: "./dist/index.js" });
    for (const [entry, conditions] of Object.entries(folders)) {
      const path = entry.slice(2);
      // Only these two conditions: with `import` alone, a cell of stock tslab (CommonJS) could not require it.
      expect(conditions).toEqual({ types: `./dist/${path}/index.d.ts`, default: `./dist/${path}/index.js` });
    }
  });

  it("says the same to TypeScript 5.0, which reads typesVersions and not exports", () => {
    const fromExports = Object.entries(manifest.exports).flatMap(([entry, conditions]) =>
      typeof conditions === "string" || entry === "." ? [] : [[entry.slice(2), [conditions.types]]],
    );
    expect(manifest.typesVersions).toEqual({ "*": Object.fromEntries(fromExports) });
  });

  it("has a reason for every dependency in CONTRIBUTING.md, and no reason without its dependency", () => {
    const table = contributing.split("| package | why |")[1] ?? "";
    const explained = [...table.matchAll(/^\| ([^|]+) \| .+ \|$/gm)].flatMap(([, names]) =>
      names!
        .replace(/\(.*\)/, "")
        .trim()
        .split(", "),
    );
    const { "@tensorflow/tfjs-node": _pinned, ...overrides } = manifest.overrides;
    const used = [manifest.dependencies, manifest.devDependencies, overrides].flatMap((group) => Object.keys(group));
    expect(explained.filter((name) => name !== "---").sort()).toEqual(used.sort());
  });
});

describe("package-lock.json", () => {
  type Locked = { resolved?: string; version?: string; optionalDependencies?: Record<string, string> };
  const packages = (JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as { packages: Record<string, Locked> }).packages;

  it("names no registry: it resolves to whichever one the reader uses", () => {
    const hosts = Object.entries(packages).filter(([, { resolved }]) => resolved !== undefined && /:|^\//.test(resolved));
    expect(hosts.map(([name, { resolved }]) => `${name}: ${resolved}`)).toEqual([]);
  });

  it("holds the binaries of every platform, not only of the one it was made on", () => {
    /** Where Node would look for a dependency of the package at `key`. */
    const isLocked = (key: string, name: string): boolean => {
      for (let at = key; ; at = at.slice(0, Math.max(0, at.lastIndexOf("/node_modules/")))) {
        if (packages[`${at === "" ? "" : `${at}/`}node_modules/${name}`] !== undefined) return true;
        if (at === "") return false;
      }
    };
    const missing = Object.entries(packages).flatMap(([key, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies)
        .filter((name) => !isLocked(key, name))
        .map((name) => `${key} wants ${name}`),
    );
    expect(missing).toEqual([]);
  });
});

describe("the package by its own name", () => {
  let copy: string;
  beforeAll(() => {
    copy = buildCopy();
  });
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  const inNotebooks = (script: string): { status: number | null; output: string } => {
    const run = spawnSync(process.execPath, ["-e", script], { cwd: join(copy, "notebooks"), encoding: "utf8" });
    return { status: run.status, output: `${run.stdout}${run.stderr}` };
  };

  it("is linked into node_modules by npm, for kernels that know no self-reference", () => {
    expect(existsSync(join(ROOT, "node_modules/tesserlab")), "run npm ci").toBe(true);
    expect(realpathSync(join(ROOT, "node_modules/tesserlab"))).toBe(realpathSync(ROOT));
  });

  it.each(doors)("opens tesserlab/%s from a notebook, by import and by require, printing nothing", (door) => {
    const name = JSON.stringify(`tesserlab/${door}`);
    // Stock tslab requires what a cell imports; a top-level await anywhere below would make that fail.
    const script = `const names = Object.keys(require(${name}));
      import(${name}).then((module) => { if (names.length === 0 || names.some((name) => !(name in module))) process.exitCode = 3; process.exit(); });`;
    expect(inNotebooks(script)).toEqual({ status: 0, output: "" });
  });

  it("lets a user define a venue and an algorithm: the conformance suite and a backtest take them", () => {
    const script = `(async () => {
      const { PaperExchange, PaperVenue } = await import("tesserlab/venues/paper");
      const { defineVenue } = await import("tesserlab/venues/custom");
      const { VENUE_CASES } = await import("tesserlab/venues/conformance");
      const { defineAlgorithm } = await import("tesserlab/execution");
      const { backtest, data, defineStrategy } = await import("tesserlab/lab");
      const symbol = "BTCUSDT";
      const make = () => {
        const exchange = new PaperExchange({ instruments: { symbol, tickSize: "0.1", lotSize: "0.001", minNotional: 5, maxQuantity: 100 }, balances: { USDT: 100000 } });
        let time = Date.now();
        return {
          venue: defineVenue(new PaperVenue(exchange, { report() {} })), symbol, price: "60000", quantity: "0.01", close() {},
          quote: (bid, ask, size) => exchange.push({ type: "book", symbol, time: ++time, kind: "snapshot", bids: [[bid, size]], asks: [[ask, size]] }),
          trade: (price, quantity, side) => exchange.push({ type: "trade", symbol, time: ++time, id: "t" + time, side, price, quantity }),
        };
      };
      let kept = 0;
      for (const rule of VENUE_CASES) if (rule.needsLink !== true) { await rule.run(make); kept++; }
      const once = defineAlgorithm({ name: "once", start: (desk) => ({ sent: desk.send({ type: "market", quantity: desk.parent.quantity }) !== undefined }), onEvent() {} });
      const strategy = defineStrategy({ name: "One", params: {}, create: () => ({ onCandle(bar, desk) { if (bar.index === 5) desk.enterLong({ hint: { algorithm: "once" } }); } }) });
      const run = await backtest({ data: data.synthetic({ bars: 20, seed: 1 }), strategy, algorithms: [once] });
      console.log(kept > 20 && run.fills.length === 1 && run.orders[0].route.startsWith("once") ? "kept" : JSON.stringify([kept, run.fills.length, run.orders.map((order) => order.route)]));
      process.exit();
    })().catch((error) => { console.error(error); process.exit(1); });`;
    expect(inNotebooks(script)).toEqual({ status: 0, output: "kept\n" });
  });

  it("keeps a folder's inner files closed", () => {
    expect(inNotebooks('require("tesserlab/core/decimal.js")').output).toContain("ERR_PACKAGE_PATH_NOT_EXPORTED");
    expect(inNotebooks('require("tesserlab/dist/core/decimal.js")').output).toContain("ERR_PACKAGE_PATH_NOT_EXPORTED");
  });
});

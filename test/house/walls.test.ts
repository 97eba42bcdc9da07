import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { biomeWalls, brokenWalls, filesBelow, readWalls } from "./walls.js";

const ROOT = join(import.meta.dirname, "..", "..");
const BIOME = join(ROOT, "node_modules/@biomejs/biome/bin/biome");
const walls = readWalls(readFileSync(join(ROOT, "CONTRIBUTING.md"), "utf8"));

interface BiomeReport {
  summary: { unchanged: number };
  diagnostics: { category: string; location: { path: string; start: { line: number } } }[];
}

/** What Biome's wall rules find in a tree, as "file:line rule". */
function biomeFindings(tree: string): string[] {
  const rules = ["--only=style/noRestrictedImports", "--only=suspicious/noImportCycles"];
  const command = [BIOME, "lint", ...rules, "--reporter=json", "--max-diagnostics=none", "."];
  const run = spawnSync(process.execPath, command, { cwd: tree, encoding: "utf8" });
  const { summary, diagnostics } = JSON.parse(run.stdout) as BiomeReport;
  // A rule that looks at nothing finds nothing.
  expect(summary.unchanged).toBeGreaterThanOrEqual(filesBelow(tree).filter((file) => file.endsWith(".ts")).length);
  return diagnostics.map(({ category, location }) => `${location.path}:${location.start.line} ${category.replace("lint/", "")}`);
}

describe("the table in CONTRIBUTING.md", () => {
  it("has a row for every folder of src, and src holds nothing else but the front door", () => {
    const folders = readdirSync(join(ROOT, "src"), { withFileTypes: true }).flatMap((entry) => {
      if (!entry.isDirectory()) return entry.name === "index.ts" ? [] : [entry.name];
      const nested = readdirSync(join(ROOT, "src", entry.name)).map((name) => `venues/${name}`);
      return entry.name === "venues" ? nested : [entry.name];
    });
    expect(folders.filter((folder) => !walls.some((wall) => wall.folder === folder))).toEqual([]);
  });

  it("lets a row import only rows above it, so that there is no way round in a circle", () => {
    for (const [row, { folder, mayImport }] of walls.entries()) {
      const above = walls.slice(0, row).map((wall) => wall.folder);
      expect(above, folder).toEqual(expect.arrayContaining(mayImport));
    }
  });

  it("is what Biome's rules are derived from", async () => {
    await expect(`${JSON.stringify(biomeWalls(walls), null, 2)}\n`).toMatchFileSnapshot("walls.biome.json");
  });

  it("refuses a row that names an unknown folder", () => {
    expect(() => readWalls("| folder | may import |\n|---|---|\n| core | cores |\n")).toThrow("lets core import cores, which has no row");
    expect(() => readWalls("no table")).toThrow("has no table");
  });
});

describe("the walls", () => {
  let tree: string;
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(tree, file)), { recursive: true });
    writeFileSync(join(tree, file), text);
  };

  beforeEach(() => {
    tree = mkdtempSync(join(tmpdir(), "tesserlab-walls-"));
    for (const file of ["biome.json", "test/house/walls.biome.json"]) cpSync(join(ROOT, file), join(tree, file));
    cpSync(join(ROOT, "src"), join(tree, "src"), { recursive: true });
  });
  afterEach(() => rmSync(tree, { recursive: true, force: true }));

  it("stand in the source as it is", () => {
    expect(filesBelow(join(tree, "src")).length).toBeGreaterThan(20);
    expect(biomeFindings(tree)).toEqual([]);
    expect(brokenWalls(join(tree, "src"), walls)).toEqual([]);
  });

  it.each([
    ["an upward import", "src/core/injected.ts", 'import { tune } from "../tune/index.js";\nexport const used = tune;'],
    ["a type only", "src/core/injected.ts", 'import type { Study } from "../tune/index.js";\nexport type Used = Study;'],
    ["a re-export", "src/core/injected.ts", 'export { tune } from "../tune/index.js";'],
    ["a re-export of all", "src/core/injected.ts", 'export * from "../tune/index.js";'],
    ["an import for its effect", "src/core/injected.ts", 'import "../tune/index.js";'],
    ["a dynamic import", "src/core/injected.ts", 'export const used = import("../tune/index.js");'],
    ["a sibling venue", "src/venues/paper/injected.ts", 'export { sign } from "../bybit/index.js";'],
    ["a venue by its full path", "src/venues/bybit/injected.ts", 'export { paper } from "../../venues/paper/index.js";'],
    ["a file behind an open door", "src/indicators/injected.ts", 'export { decimal } from "../core/decimal.js";'],
    ["a detour", "src/core/injected.ts", 'export { tune } from "../errors/../tune/index.js";'],
    ["a nested folder", "src/execution/deep/er/injected.ts", 'export { tune } from "../../../tune/index.js";'],
  ])("stop %s", (_kind, file, text) => {
    write(file, text);
    expect(biomeFindings(tree)).toEqual([`${file}:1 style/noRestrictedImports`]);
    expect(brokenWalls(join(tree, "src"), walls)).toEqual([`${file.replace("src/", "")}: ${/"(.*)"/.exec(text)![1]}`]);
  });

  it("stop the package's own name, but where the kernel loads the helpers", () => {
    write("src/core/injected.ts", 'export const used = import("tesserlab/tune");');
    write("src/kernel/injected.ts", 'export const used = import("tesserlab/lab");');
    write("src/kernel/other.ts", 'export const used = import("tesserlab/tune");');
    expect(biomeFindings(tree)).toEqual([
      "src/core/injected.ts:1 style/noRestrictedImports",
      "src/kernel/other.ts:1 style/noRestrictedImports",
    ]);
  });

  it("stop a type written as import(), and the front door, which Biome does not see", () => {
    write("src/core/injected.ts", 'export type Used = import("../tune/index.js").Study;');
    write("src/core/front.ts", 'export { backtest } from "../index.js";');
    expect(brokenWalls(join(tree, "src"), walls)).toEqual(["core/front.ts: ../index.js", "core/injected.ts: ../tune/index.js"]);
  });

  it("stop a circle of files", () => {
    write("src/core/chicken.ts", 'import { egg } from "./egg.js";\nexport const chicken = (): unknown => egg;');
    write("src/core/egg.ts", 'import { chicken } from "./chicken.js";\nexport const egg = (): unknown => chicken;');
    expect(biomeFindings(tree)).toEqual(["src/core/chicken.ts:1 suspicious/noImportCycles", "src/core/egg.ts:1 suspicious/noImportCycles"]);
  });

  it("stop a test that goes past a door", () => {
    write(
      "test/core/injected.test.ts",
      'import { decimal } from "../../src/core/decimal.js";\nimport { x } from "../../src/core/index.js";',
    );
    expect(biomeFindings(tree)).toEqual(["test/core/injected.test.ts:1 style/noRestrictedImports"]);
  });

  it("open exactly the doors in the table", () => {
    rmSync(join(tree, "src"), { recursive: true });
    const expected: string[] = [];
    for (const { folder, mayImport } of walls) {
      const up = "../".repeat(folder.split("/").length);
      const others = walls.filter((other) => other.folder !== folder);
      write(`src/${folder}/injected.ts`, others.map((other) => `import "${up}${other.folder}/index.js";`).join("\n"));
      others.forEach((other, line) => {
        if (!mayImport.includes(other.folder)) expected.push(`src/${folder}/injected.ts:${line + 1} style/noRestrictedImports`);
      });
    }
    expect(expected.length).toBeGreaterThan(200);
    expect(biomeFindings(tree).sort()).toEqual(expected.sort());
    expect(brokenWalls(join(tree, "src"), walls).length).toBe(expected.length);
  });
});

import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { biomeWalls, brokenWalls, filesBelow, readWalls } from "./walls.js";

const ROOT = join(import.meta.dirname, "..", "..");
const BIOME = join(ROOT, "node_modules/@biomejs/biome/bin/biome");
const walls = readWalls(readFileSync(join(ROOT, "CONTRIBUTING.md"), "utf8"));

interface Findings {
  biome: string[];
  paths: string[];
}

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

const WALL = "style/noRestrictedImports";
const CYCLE = "suspicious/noImportCycles";

/** Violations by kind: where, what is written there, the rules that Biome reports on its first line, and whether paths show it too. */
const VIOLATIONS: [kind: string, file: string, text: string, biome: string[], byPath: boolean][] = [
  ["an upward import", "src/core/up.ts", 'import { tune } from "../tune/index.js";\nexport const used = tune;', [WALL], true],
  ["a type only", "src/core/type.ts", 'import type { Study } from "../tune/index.js";\nexport type Used = Study;', [WALL], true],
  ["a re-export", "src/core/reexport.ts", 'export { tune } from "../tune/index.js";', [WALL], true],
  ["a re-export of all", "src/core/all.ts", 'export * from "../tune/index.js";', [WALL], true],
  ["an import for its effect", "src/core/effect.ts", 'import "../tune/index.js";', [WALL], true],
  ["a dynamic import", "src/core/dynamic.ts", 'export const used = import("../tune/index.js");', [WALL], true],
  ["a type written as import()", "src/core/inline.ts", 'export type Used = import("../tune/index.js").Study;', [], true],
  ["the front door", "src/core/front.ts", 'export { backtest } from "../index.js";', [], true],
  ["the package's own name", "src/core/own-name.ts", 'export const used = import("tesserlab/tune");', [WALL], false],
  [
    "the kernel taking more than the helpers by name",
    "src/kernel/own-name.ts",
    'export const used = import("tesserlab/tune");',
    [WALL],
    false,
  ],
  ["a sibling venue", "src/venues/paper/sibling.ts", 'export { sign } from "../bybit/index.js";', [WALL], true],
  ["a venue by its full path", "src/venues/bybit/path.ts", 'export { paper } from "../../venues/paper/index.js";', [WALL], true],
  ["a file behind an open door", "src/indicators/deep.ts", 'export { decimal } from "../core/decimal.js";', [WALL], true],
  ["a detour", "src/core/detour.ts", 'export { tune } from "../errors/../tune/index.js";', [WALL], true],
  ["an import from a nested folder", "src/execution/deep/er/nested.ts", 'export { tune } from "../../../tune/index.js";', [WALL], true],
  ["one half of a circle", "src/core/hen.ts", 'import { egg } from "./egg.js";\nexport const hen = (): unknown => egg;', [CYCLE], false],
  [
    "the other half of a circle",
    "src/core/egg.ts",
    'import { hen } from "./hen.js";\nexport const egg = (): unknown => hen;',
    [CYCLE],
    false,
  ],
  ["a test that goes past a door", "test/core/past.test.ts", 'import { decimal } from "../../src/core/decimal.js";', [WALL], false],
];

/** What must pass. */
const ALLOWED: [kind: string, file: string, text: string][] = [
  ["a door in the table", "src/indicators/door.ts", 'export { decimal } from "../core/index.js";'],
  ["errors, from anywhere", "src/execution/deep/er/errors.ts", 'export { LabError } from "../../../errors/index.js";'],
  ["a neighbour in the same folder", "src/execution/deep/neighbour.ts", 'export * from "./er/errors.js";'],
  ["a subfolder called like another folder", "src/kernel/subfolder.ts", 'export { describe } from "./errors/describe.js";'],
  ["the helpers by name, in the kernel", "src/kernel/by-name.ts", 'export const used = import("tesserlab/lab");'],
  ["a test at a door", "test/core/door.test.ts", 'import { decimal } from "../../src/core/index.js";'],
];

describe("the walls", () => {
  let tree: string;
  let before: Findings;
  let after: Findings;
  const inspect = (): Findings => ({ biome: biomeFindings(tree), paths: brokenWalls(join(tree, "src"), walls) });
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(tree, file)), { recursive: true });
    writeFileSync(join(tree, file), text);
  };

  // One copy of the source, looked at as it is, and again with everything injected at once.
  beforeAll(() => {
    tree = mkdtempSync(join(tmpdir(), "tesserlab-walls-"));
    for (const file of ["biome.json", "test/house/walls.biome.json"]) cpSync(join(ROOT, file), join(tree, file));
    cpSync(join(ROOT, "src"), join(tree, "src"), { recursive: true });
    before = inspect();
    for (const [, file, text] of [...VIOLATIONS, ...ALLOWED]) write(file, text);
    for (const { folder } of walls) write(`src/${folder}/all-doors.ts`, allDoors(folder).join("\n"));
    after = inspect();
  });
  afterAll(() => rmSync(tree, { recursive: true, force: true }));

  /** One import a line, of every folder but its own. */
  const allDoors = (folder: string): string[] =>
    others(folder).map((other) => `import "${"../".repeat(folder.split("/").length)}${other}/index.js";`);
  const others = (folder: string): string[] => walls.map((wall) => wall.folder).filter((other) => other !== folder);

  const found = (file: string): Findings => ({
    biome: after.biome.filter((finding) => finding.startsWith(`${file}:`)),
    paths: after.paths.filter((finding) => `src/${finding}`.startsWith(`${file}:`)),
  });

  it("stand in the source as it is", () => {
    expect(before).toEqual({ biome: [], paths: [] });
  });

  it.each(VIOLATIONS)("stop %s", (_kind, file, text, biome, byPath) => {
    expect(found(file)).toEqual({
      biome: biome.map((rule) => `${file}:1 ${rule}`),
      paths: byPath ? [`${file.replace("src/", "")}: ${/"(.*)"/.exec(text)![1]}`] : [],
    });
  });

  it.each(ALLOWED)("let %s pass", (_kind, file) => {
    expect(found(file)).toEqual({ biome: [], paths: [] });
  });

  it.each(walls)("open from $folder exactly the doors in the table", ({ folder, mayImport }) => {
    const file = `src/${folder}/all-doors.ts`;
    const closed = others(folder).flatMap((other, line) => (mayImport.includes(other) ? [] : [`${file}:${line + 1} ${WALL}`]));
    const { biome, paths } = found(file);
    expect(biome.filter((finding) => finding.endsWith(WALL)).sort()).toEqual(closed.sort());
    expect(paths.length).toBe(closed.length);
  });
});

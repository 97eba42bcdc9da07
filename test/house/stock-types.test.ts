import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildCopy, ROOT, withDoor } from "./package-copy.js";
import { checkCell } from "./stock-types.js";
import { readWalls } from "./walls.js";

const doors = withDoor(readWalls(readFileSync(join(ROOT, "CONTRIBUTING.md"), "utf8")).map((wall) => wall.folder));
const importAll = doors.map(
  (door, i) => `import * as door${i} from "tesserlab/${door}"; export const value${i}: typeof door${i} = door${i};`,
);

describe("types in a cell of stock tslab (TypeScript 5.0, node10 resolution)", () => {
  let copy: string;
  beforeAll(() => {
    copy = buildCopy();
  });
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  it("resolve for every entry, and TypeScript 5.0 reads every declaration behind them", () => {
    const { cell, declarations, read } = checkCell(copy, importAll.join("\n"));
    expect(cell).toEqual([]);
    expect(declarations).toEqual([]);
    expect(read).toEqual(expect.arrayContaining(doors.map((door) => `${door}/index.d.ts`)));
  });

  it("are enforced, not any", () => {
    const cell =
      'import { decimal } from "tesserlab/core";\nexport const wrong: number = decimal("0.1");\nexport const text: string = decimal("0.1").toFixed();';
    expect(checkCell(copy, cell).cell).toEqual([
      expect.stringMatching(/^notebooks\/cell\.ts:2 Type 'Decimal' is not assignable to type 'number'/),
    ]);
  });

  it("do not resolve for a name that is not exported", () => {
    const { cell } = checkCell(copy, 'export * from "tesserlab/core";\nexport * from "tesserlab/cores";\n');
    expect(cell).toEqual([expect.stringContaining("notebooks/cell.ts:2 Cannot find module 'tesserlab/cores'")]);
  });

  it.each([
    ["NoInfer (5.4)", "export declare function pick<T>(all: T[], one: NoInfer<T>): T;", "Cannot find name 'NoInfer'"],
    ["generic typed arrays (5.7)", "export declare const bytes: Uint8Array<ArrayBuffer>;", "Type 'Uint8Array' is not generic"],
    ["deferred imports (5.9)", 'import defer * as later from "../errors/index.js";', "expected"],
  ])("would be seen breaking on %s", (_feature, declaration, complaint) => {
    const file = join(copy, "dist/core/index.d.ts");
    const healthy = readFileSync(file, "utf8");
    writeFileSync(file, `${healthy}\n${declaration}\n`);
    const { declarations } = checkCell(copy, 'import "tesserlab/core";');
    writeFileSync(file, healthy);
    expect(declarations).toContainEqual(expect.stringContaining(complaint));
  });
});

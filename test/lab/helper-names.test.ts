import { describe, expect, test } from "vitest";
import { scope } from "../../src/lab/index.js";
import { runCells } from "../kernel/run-cells.js";

const HELPERS = Object.keys(scope());

/** Cells that declare a helper's name, and what the name is in later cells; where there is an initialiser, it asks for the helper. */
const FORMS: [form: string, declare: (name: string) => string, later: string][] = [
  ["const, with an await", (n) => `const ${n} = await Promise.resolve(${n} === lab.${n} ? "taken" : "lost");`, "taken"],
  ["var", (n) => `var ${n} = ${n} === lab.${n} ? "taken" : "lost";`, "taken"],
  ["class", (n) => `class ${n} { static toString() { return "taken" } }`, "taken"],
  ["import", (n) => `import { sep as ${n} } from "node:path";`, "/"],
];

describe("a cell may declare any helper's name", () => {
  test.each(FORMS)("by %s: the initialiser sees the helper, later cells the variable, lab the helper", async (_form, declare, later) => {
    const cells = HELPERS.flatMap((name) => [
      declare(name),
      `[String(${name}), lab.${name} !== ${name} && lab.${name} !== undefined].join()`,
    ]);
    const run = await runCells(cells, { lab: "tesserlab/lab" });
    expect(HELPERS.length).toBeGreaterThan(40);
    expect(run.results.flatMap(({ error }) => error?.evalue ?? [])).toEqual([]);
    expect(HELPERS.map((name, i) => [name, run.result(2 * i + 2)])).toEqual(HELPERS.map((name) => [name, `${later},true`]));
  });

  test("an initialiser that throws leaves the helper", async () => {
    const cells = HELPERS.flatMap((name) => [`const ${name} = null.nothing(${name});`, `${name} === lab.${name}`]);
    const run = await runCells(cells, { lab: "tesserlab/lab" });
    for (const [i, name] of HELPERS.entries()) {
      expect(run.error(2 * i + 1), name).toContain("Cannot read properties of null");
      expect(run.result(2 * i + 2), name).toBe("true");
    }
  });
});

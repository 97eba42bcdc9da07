import { join } from "node:path";
import { describe, expect, test } from "vitest";
import * as lab from "../../src/lab/index.js";
import { ROOT } from "../cli/tesserlab.js";
import { readTypes } from "./documented.js";

describe("the names of cells", () => {
  const scope = lab.scope();

  test("are what tesserlab/lab exports, each the very same value", () => {
    const { scope: _, ...exported } = lab;
    expect(Object.keys(scope).sort()).toEqual(Object.keys(exported).sort());
    for (const [name, value] of Object.entries(exported)) expect(scope[name], name).toBe(value);
  });

  test("hold what the research loop needs, and none is undefined", () => {
    expect(Object.keys(scope)).toEqual(
      expect.arrayContaining(
        "data backtest tune range choice compare sizers risk compliance router algos quality fees charts table exportStrategy loadStrategy live paper replay state".split(
          " ",
        ),
      ),
    );
    expect(Object.entries(scope).filter(([, value]) => value === undefined)).toEqual([]);
  });

  test("are a new object every time, so that one kernel's cells cannot spoil another's", () => {
    expect(lab.scope()).not.toBe(scope);
    expect(lab.scope()).toEqual(scope);
  });

  test("hold helpers that cells cannot overwrite by accident", () => {
    for (const name of ["data", "live", "state", "strategies", "fees"]) expect(Object.isFrozen(scope[name]), name).toBe(true);
    expect(() => {
      (lab.data as { load: unknown }).load = () => 1;
    }).toThrow(TypeError);
  });
});

describe("the declarations that editors and cells read", () => {
  const types = readTypes(join(ROOT, "dist", "lab", "index.d.ts"));

  test("explain every helper", () => {
    expect(types.names).toEqual(Object.keys(lab).sort());
    expect(types.names.filter((name) => types.documentation(name) === "" && !types.isNamespace(name))).toEqual([]);
  });

  test("explain every function of a helper that is a set of functions", () => {
    const members = types.names.flatMap((name) => types.functionsOf(name).map((member) => `${name}.${member}`));
    expect(members).toEqual(
      expect.arrayContaining(
        "algos.start analytics.sharpe charts.equityChart compliance.monitor data.load live.start param.integer quality.orders risk.heat router.create sizers.percent".split(
          " ",
        ),
      ),
    );
    expect(members.filter((member) => types.documentation(member) === "")).toEqual([]);
  });

  test("give an example where a cell begins", () => {
    for (const name of ["backtest", "tune"]) expect(types.tags(name)).toContain("example");
  });

  test("would be found without a comment", () => {
    const bare = readTypes("bare.d.ts", "/** Said. */\nexport declare const said: 1;\nexport declare const unsaid: { run(): void };\n");
    expect(bare.names).toEqual(["said", "unsaid"]);
    expect(["said", "unsaid", "unsaid.run"].map((name) => bare.documentation(name))).toEqual(["Said.", "", ""]);
  });
});

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..", "..");
const { exports } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
  exports: Record<string, string | { default: string }>;
};
/** Source and built file of every entry of the package. */
const ENTRIES: [name: string, source: string, built: string][] = Object.entries(exports).flatMap(([name, target]) =>
  typeof target === "string"
    ? []
    : [[name, target.default.replace("./dist/", "../../src/").replace(/\.js$/, ".ts"), target.default.replace("./", "../../")]],
);

type Exported = Record<string, unknown>;

/** What a module exports, with the names of its functions and classes, which errors and displays show. */
const named = (module: Exported): unknown[] =>
  Object.keys(module)
    .sort()
    .map((name) => {
      const value = module[name];
      return [name, typeof value, typeof value === "function" ? value.name : undefined];
    });

describe("the bundles of folders", () => {
  it.each(ENTRIES)("%s exports what its source does, under the same names", async (_, source, built) => {
    const [ours, bundled] = await Promise.all([import(source) as Promise<Exported>, import(built) as Promise<Exported>]);
    expect(named(bundled)).toEqual(named(ours));
  });

  it("share their classes", async () => {
    const lab = (await import("../../dist/lab/index.js")) as Exported;
    const errors = (await import("../../dist/errors/index.js")) as Exported;
    expect(lab.LabError).toBe(errors.LabError);
  });

  it("come with the names of the helpers, for completion before they are loaded", async () => {
    const { scope } = (await import("../../src/lab/index.js")) as { scope(): object };
    expect(JSON.parse(readFileSync(join(ROOT, "dist/lab/scope.json"), "utf8"))).toEqual(Object.keys(scope()));
  });

  it("are one file a folder, which imports no other of its folder but the parts it shares with programs", () => {
    for (const [, , built] of ENTRIES.filter(([name]) => name !== "." && name !== "./bench")) {
      const text = readFileSync(join(import.meta.dirname, built), "utf8");
      const near = [...text.matchAll(/(?:from|import) "(\.\/[^"]+)"/g)].map(([, path]) => path);
      expect(near.filter((path) => !/^\.\/part-[A-Z0-9]{8}\.js$/.test(path!))).toEqual([]);
    }
  });
});

import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { folderWith } from "./run-cells.js";

const MODULE = new URL("../../dist/kernel/compiled-program.js", import.meta.url).href;
const SOURCE = `const { join } = require("node:path");
const answer = () => 6 * 7;
exports.answer = answer();
const { word } = require("./sibling.cjs");
console.log(answer(), word, __filename === join(process.cwd(), "program.cjs"));
`;

/** Runs the program as a kernel would, in a process of its own, until its code has been kept. */
function run(folder: string, flags: string[] = []): { compiled: boolean; printed: string } {
  const script = `import { runCompiled } from ${JSON.stringify(MODULE)};
const compiled = runCompiled(${JSON.stringify(join(folder, "program.cjs"))}, 0);
setTimeout(() => console.log(JSON.stringify({ compiled })), 20);`;
  const args = [...flags, "--input-type=module", "--eval", script];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
  expect([status, stderr]).toEqual([0, ""]);
  const [printed = "", told = ""] = stdout.trim().split("\n");
  return { printed, ...(JSON.parse(told) as { compiled: boolean }) };
}

const program = (): string => folderWith({ "program.cjs": SOURCE, "sibling.cjs": "exports.word = 'hello';" });
const compiledFile = (folder: string): string =>
  join(folder, readdirSync(folder).find((name) => name.endsWith(".compiled")) ?? "no compiled code");

test("a program runs from the code that its first start left", () => {
  const folder = program();
  expect(run(folder)).toEqual({ compiled: false, printed: "42 hello true" });
  expect(run(folder)).toEqual({ compiled: true, printed: "42 hello true" });
  expect(readdirSync(folder)).toHaveLength(3); // and nothing unfinished
});

test.each<[what: string, spoil: (folder: string, file: string) => void]>([
  ["is empty", (_, file) => truncateSync(file, 0)],
  ["was cut short", (_, file) => truncateSync(file, 200)],
  [
    "has a changed byte",
    (_, file) => {
      const bytes = readFileSync(file);
      bytes[bytes.length - 20]! ^= 1;
      writeFileSync(file, bytes);
    },
  ],
  ["is garbage", (_, file) => writeFileSync(file, Buffer.alloc(5000, 7))],
  // V8 compares nothing but the lengths of the sources.
  ["is of another program of the same length", (folder) => writeFileSync(join(folder, "program.cjs"), SOURCE.replace("6 * 7", "5 * 9"))],
])("compiled code that %s is not run, and made anew", (_, spoil) => {
  const folder = program();
  run(folder);
  spoil(folder, compiledFile(folder));
  const { compiled, printed } = run(folder);
  expect([compiled, printed]).toEqual([false, expect.stringMatching(/^4[25] hello true$/)]);
  expect(run(folder)).toEqual({ compiled: true, printed });
});

test("code that was compiled with other flags is refused by V8, and the program runs", () => {
  const folder = program();
  run(folder, ["--no-opt"]);
  expect(run(folder)).toEqual({ compiled: false, printed: "42 hello true" });
});

test("where no code can be kept the program runs all the same", () => {
  const folder = program();
  run(folder);
  const file = compiledFile(folder);
  rmSync(file);
  mkdirSync(file);
  for (let k = 0; k < 2; k++) expect(run(folder)).toEqual({ compiled: false, printed: "42 hello true" });
  expect(readdirSync(folder)).toHaveLength(3);
});

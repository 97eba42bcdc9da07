import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { LabError } from "../../src/errors/index.js";
import { StateWriter } from "../../src/state/index.js";
import { scratch, start } from "./samples.js";

test("a state file whose folder cannot be made is an error that names both", () => {
  const file = join(scratch(), "file");
  writeFileSync(file, "");
  const open = (): StateWriter => new StateWriter(join(file, "state.db"), start("a"));
  expect(open).toThrow(LabError);
  expect(open).toThrow(/file\/state\.db cannot be used: its folder cannot be made \(E/);
});

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { configTable, metricTable } from "../../src/live/index.js";

test("the folder's README holds the tables of metrics and of configuration as they are", () => {
  const readme = readFileSync("src/live/README.md", "utf8");
  expect(readme).toContain(metricTable());
  expect(readme).toContain(configTable());
});

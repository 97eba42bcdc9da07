import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { backtest } from "../../src/backtest/index.js";
import { syntheticCandles } from "../../src/data/index.js";
import { defineRisk } from "../../src/execution/index.js";
import { exportStrategy } from "../../src/handoff/index.js";

const data = syntheticCandles({ bars: 2_000, seed: 3 });
const calm = defineRisk({ name: "calm", check: () => undefined });

test("a result found with a risk check in code is not exported as if it had none", async () => {
  const run = backtest({ data, strategy: "SmaCross", risk: calm });
  expect(run.settings.riskChecker).toBe("calm");
  const path = join(mkdtempSync(join(tmpdir(), "tesserlab-")), "x.toml");
  await expect(exportStrategy(run, path)).rejects.toMatchObject({
    code: "SETTINGS_NOT_PORTABLE",
    message: expect.stringContaining("'calm'"),
  });
});

test("limits given in its place are exported", async () => {
  const run = backtest({ data, strategy: "SmaCross", risk: calm });
  const path = join(mkdtempSync(join(tmpdir(), "tesserlab-")), "x.toml");
  const loaded = await exportStrategy(run, path, { settings: { risk: { maxOrderQuantity: "1" } } });
  expect(loaded.toml()).toContain("max_order_quantity = 1.0");
});

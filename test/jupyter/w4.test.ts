import { expect, test } from "vitest";
import type * as Bench from "../../src/bench/index.js";

// The kernelspec starts what is built.
const { runW4, w4Text } = (await import(new URL("../../dist/bench/index.js", import.meta.url).href)) as typeof Bench;

test("W4 measures the kernel of the kernelspec and the one without its supervisor", async () => {
  const result = await runW4({ starts: 2, interrupts: 6, others: false });
  expect(Object.keys(result)).toEqual(["tesserlab", "tesserlab bare"]);
  for (const figures of Object.values(result)) {
    if ("failed" in figures) throw new Error(figures.failed);
    expect(figures.printing.lines).toBe(20_000);
    expect(figures.printing.messages).toBeLessThanOrEqual(100);
    expect(figures.interrupt.stopped).toBe(6);
    expect(figures.interrupt.p99Ms!).toBeGreaterThanOrEqual(figures.interrupt.medianMs!);
    for (const ms of [figures.readyMs, figures.firstCellMs, figures.laterCellMs, figures.firstCompletionMs, figures.laterCompletionMs])
      expect(ms).toBeGreaterThan(0);
    expect(figures.version).toMatch(/^tesserlab \d+\.\d+\.\d+$/);
    expect(figures.emptyMs).toBeGreaterThan(0);
    // A variable of an earlier cell is the engine's own: behind a proxy the loop would take a hundred times as long as the script's.
    expect(figures.loop.cellMs! / figures.loop.scriptMs!).toBeLessThan(10);
    expect(figures.idleMb).toBeGreaterThan(20);
    expect(figures.languageServerMb).toBeGreaterThan(10);
  }
  const lines = w4Text({ ...result, broken: { failed: "it never answered" } }).split("\n");
  expect(lines[0]).toMatch(/tesserlab +tesserlab bare +broken$/);
  expect(lines.find((line) => line.includes("stopped of asked"))).toMatch(/6 of 6 +6 of 6 +failed$/);
  expect(lines.at(-1)).toBe("    broken: it never answered");
}, 120_000);

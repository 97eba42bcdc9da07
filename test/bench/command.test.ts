import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { benchSeries, bracketFloor, crossFloor, floorData } from "../../src/bench/index.js";
import { tesserlab } from "../cli/tesserlab.js";

const folder = mkdtempSync(join(tmpdir(), "tesserlab-bench-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const BARS = 3000;
const time = expect.any(Number);

describe("tesserlab bench on another series", () => {
  test("runs W1 and W1b with the periods given, and writes their figures as JSON", async () => {
    const args = ["bench", "--seed", "7", "--fast", "5", "--slow", "20", "--bars", String(BARS), "--json", "made/bench.json"];
    const { code, stdout, stderr } = await tesserlab(args, { cwd: folder });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^tesserlab \d+\.\d+\.\d+, Node v/);
    expect(stdout).toMatch(/\nW1 [\s\S]*, floor [\s\S]*, ratio \d[\s\S]*MB resident[\s\S]*\nW1b [\s\S]* stops, \d+ targets/);
    expect(stdout).toMatch(/\nmade\/bench\.json\n$/);
    const figures = JSON.parse(readFileSync(join(folder, "made/bench.json"), "utf8")) as object;
    const cross = crossFloor(floorData(benchSeries({ bars: BARS, seed: 7 })), 5, 20, new Float64Array(BARS));
    const bracket = bracketFloor(floorData(benchSeries({ bars: BARS, seed: 7, gaps: true })), 5, 20, new Float64Array(BARS));
    expect(figures).toEqual({
      w1: {
        roundTrips: cross.roundTrips,
        finalEquity: (cross.finalUnits / 1e8).toFixed(8),
        maxDrawdownPct: (cross.maxDrawdown * 100).toFixed(6),
        ms: time,
        floorMs: time,
        ratio: time,
        rssMb: time,
      },
      w1b: {
        roundTrips: bracket.roundTrips,
        stops: bracket.stops,
        targets: bracket.targets,
        finalEquity: (bracket.finalUnits / 1e8).toFixed(8),
        maxDrawdownPct: (bracket.maxDrawdown * 100).toFixed(6),
        ms: time,
        ratio: time,
      },
    });
  });

  test("runs W1g instead of W1 with gaps", async () => {
    const { code } = await tesserlab(["bench", "--gaps", "--bars", String(BARS), "--json", "gaps.json"], { cwd: folder });
    expect(code).toBe(0);
    const figures = JSON.parse(readFileSync(join(folder, "gaps.json"), "utf8")) as Record<string, Record<string, unknown>>;
    const cross = crossFloor(floorData(benchSeries({ bars: BARS, gaps: true })), 10, 30, new Float64Array(BARS));
    expect(Object.keys(figures)).toEqual(["w1g", "w1b"]);
    expect(figures.w1g).toMatchObject({ roundTrips: cross.roundTrips, finalEquity: (cross.finalUnits / 1e8).toFixed(8) });
  });

  test("says what failed in the part's own process, without its stack", async () => {
    const { code, stderr } = await tesserlab(["bench", "--seed", "1", "--bars", "99999999", "--json", "never.json"], { cwd: folder });
    expect(code).toBe(2);
    expect(stderr).toBe(
      "LabError [BENCH_FAILED]: Part w1 failed: LabError [OPTION_INVALID]: bars must be a whole number from 1 to 10,000,000, got '99999999'.\n",
    );
  });
});

describe("a part alone, as JSON", () => {
  const part = async (name: string, request: object): Promise<Record<string, unknown>> => {
    const { code, stdout, stderr } = await tesserlab(["bench", "--part", name, "--request", JSON.stringify(request)], { cwd: folder });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return JSON.parse(stdout) as Record<string, unknown>;
  };
  const request = { seed: 42, fast: 10, slow: 30, bars: BARS, gaps: false };

  test("has the fields that its line in the JSON file is made of", async () => {
    expect(await part("w3", request)).toMatchObject({ rows: BARS, ms: time, floorMs: time, ratio: time });
    expect(await part("rss", request)).toMatchObject({ rssMb: time });
    const w2 = await part("w2", { ...request, bars: 500 });
    expect(w2).toMatchObject({
      best: [time, time],
      bestEquity: expect.stringMatching(/^\d+\.\d{8}$/),
      ms: time,
      floorMs: time,
      ratio: time,
    });
  });
});

import { afterEach, describe, expect, test } from "vitest";
import type { MimeBundle } from "../../src/display/index.js";
import { choice, range, tune, walkForward } from "../../src/lab/index.js";
import { tune as search } from "../../src/tune/index.js";
import { runCells } from "../kernel/run-cells.js";
import { btc } from "./samples.js";

const HOST = Symbol.for("tesserlab.host");
const space = { fastPeriod: range(10, 30, 10), slowPeriod: range(40, 80, 20) };
const options = { data: btc, strategy: "SmaCross", space };
const scope = globalThis as Record<symbol, unknown>;

/** Stands where a kernel does: outputs arrive here, and its interrupt is ours to give. */
function host(): { texts: string[]; ids: Set<unknown>; stop: AbortController } {
  const heard = { texts: [] as string[], ids: new Set<unknown>(), stop: new AbortController() };
  scope[HOST] = {
    signal: heard.stop.signal,
    display(bundle: MimeBundle, { id }: { id?: string }) {
      heard.texts.push(String(bundle["text/plain"]));
      heard.ids.add(id);
    },
  };
  return heard;
}

afterEach(() => {
  delete scope[HOST];
});

describe("walkForward in a notebook", () => {
  test("draws one line for all its searches, and stops with the cell", async () => {
    const { texts, ids, stop } = host();
    const walk = await walkForward({ ...options, train: 300, test: 200 });
    expect(texts.at(-1)).toMatch(new RegExp(`^walk forward .* 100 % .* ${walk.windows.length} windows, [\\d.]+ s$`));
    expect(ids.size).toBe(1);
    stop.abort();
    await expect(walkForward({ ...options, train: 300, test: 200 })).rejects.toMatchObject({ code: "WALK_ABORTED" });
    expect(texts.at(-1)).toMatch(/failed$/);
  });

  test("what is no object is refused as the walk refuses it", async () => {
    await expect(walkForward(5 as never)).rejects.toMatchObject({ code: "OPTION_INVALID" });
  });
});

describe("tune in a notebook", () => {
  test("draws one line that changes in place, from nothing to all trials", async () => {
    const { texts, ids } = host();
    const study = await tune(options);
    expect(study.length).toBe(9);
    expect(texts[0]).toMatch(/^tune .* 0 % {2}0\/9/);
    expect(texts.at(-1)).toMatch(/100 % {2}9\/9 {2}in [\d.]+ s {2}9 trials, [\d.]+ s$/);
    expect(ids.size).toBe(1);
  });

  test("stops when the cell is interrupted, keeps what it has, and goes on from there", async () => {
    const { texts, stop } = host();
    const later = new AbortController();
    const running = tune({ ...options, space: { fastPeriod: range(2, 80), slowPeriod: range(81, 200) } });
    setTimeout(() => stop.abort(), 60);
    const study = await running;
    expect(study.aborted).toBe(true);
    expect(study.length).toBeGreaterThan(0);
    expect(study.warnings.map(({ code }) => code)).toContain("ABORTED");
    expect(texts.at(-1)).toContain("; stopped: tune.last holds them, tune.last.resume() goes on");
    expect(tune.last).toBe(study);

    scope[HOST] = { signal: later.signal, display: () => later.abort() };
    const more = await study.resume();
    expect(more.length).toBeGreaterThanOrEqual(study.length);
    expect(more.aborted).toBe(true);
    expect(tune.last).toBe(more);
    expect(more.scores.slice(0, study.length)).toEqual(study.scores);
  });

  test("obeys a signal and a listener given instead of the cell's own", async () => {
    const { texts, stop } = host();
    stop.abort();
    const own = new AbortController();
    const seen: number[] = [];
    const study = await tune({ ...options, signal: own.signal, onProgress: ({ done }) => seen.push(done) });
    expect(study.aborted).toBe(false);
    expect(seen.at(-1)).toBe(9);
    expect(texts).toEqual([]);
  });

  test("does nothing at all in an interrupted cell", async () => {
    const { stop } = host();
    stop.abort();
    const study = await tune(options);
    expect([study.aborted, study.length, study.hasBest]).toEqual([true, 0, false]);
  });
});

describe("tune outside of notebooks", () => {
  test("is the search itself", async () => {
    const [ours, plain] = [await tune(options), await search(options)];
    expect(ours.table()).toEqual(plain.table());
    expect(tune.last).toBe(ours);
  });

  test("refuses what the search refuses", async () => {
    await expect(tune({ ...options, space: { fastPeriode: [1] } })).rejects.toMatchObject({ code: "PARAM_UNKNOWN" });
    await expect(tune({ ...options, sapce: space } as never)).rejects.toThrow("Did you mean space?");
    await expect(tune(undefined as never)).rejects.toMatchObject({ name: "LabError" });
    const study = await tune({ ...options, space: { fastPeriod: choice(5, 7) } });
    await expect(study.resume({ singal: new AbortController().signal } as never)).rejects.toThrow("Did you mean signal?");
  });
});

test("in the kernel an interrupted search is in tune.last, and a later cell goes on with it", async () => {
  const lab = new URL("../../dist/lab/index.js", import.meta.url).href;
  const session = await runCells(
    [
      'const btc = data.synthetic({ bars: 40_000 });\nconst wide = { data: btc, strategy: "SmaCross", space: { fastPeriod: range(2, 100), slowPeriod: range(101, 400) } };',
      { source: "const study = await tune(wide);", interruptAfterMs: 1000 },
      "[tune.last.aborted, tune.last.length > 0, tune.last.length < 29_700].join()",
      "const before = tune.last.length;\nconst stop = new AbortController();\nsetTimeout(() => stop.abort(), 100);\n(await tune.last.resume({ signal: stop.signal })).length > before",
      "study",
    ],
    { lab },
  );
  expect(session.results.map(({ status }) => status)).toEqual(["ok", "error", "ok", "ok", "error"]);
  expect(session.results[1]?.error?.ename).toBe("KeyboardInterrupt");
  expect(session.result(3)).toBe("true,true,true");
  expect(session.result(4)).toBe("true");
  const bars = session.outputs.filter((output) => output.cell === session.results[1]!.id).map((output) => JSON.stringify(output));
  expect(bars.some((bar) => bar.includes("tune.last.resume() goes on"))).toBe(true);
});
